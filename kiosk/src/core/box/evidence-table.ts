import type { Database } from '@hanpyo/platform/sqlite.ts'
import { concatBytes, equalBytes, utf8 } from '@hanpyo/protocol/bytes.ts'
import { encodeLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { formatTlogProof } from '@hanpyo/protocol/log/proof.ts'
import { ITEM_TABLES, STATE } from './answer-table.ts'
import type { BridgeCounts, LeafProof, PromiseVerdict, StoredPromise, StoredProof } from './ballot-box.ts'

const VERDICT: Readonly<Record<PromiseVerdict, number>> = { open: 0, kept: 1, broken: 2 }
const HASH_BYTES = 32

/** Promises of bridges, and proofs that the ledger holds what they promised; every call runs inside the box's transactions. */
export class EvidenceTable {
  readonly #db: Database

  constructor(database: Database) {
    this.#db = database
  }

  keepPromise(leaf: Uint8Array, bridge: string, note: string): 'kept' | 'known' | 'no-such-leaf' {
    if (this.itemOf(leaf) === null) return 'no-such-leaf'
    const insert = this.#db.prepare('INSERT OR IGNORE INTO promise (leaf, bridge, note) VALUES (?, ?, ?)')
    return insert.run(leaf, bridge, note).changes > 0 ? 'kept' : 'known'
  }

  /** Id of the item whose ledger leaf has this hash. */
  itemOf(leaf: Uint8Array): Uint8Array | null {
    for (const table of ITEM_TABLES) {
      const row = this.#db.prepare(`SELECT id FROM ${table} WHERE leaf = ?`).get<{ id: Uint8Array }>(leaf)
      if (row !== undefined) return row.id
    }
    return null
  }

  promises(verdict?: PromiseVerdict): StoredPromise[] {
    const where = verdict === undefined ? '' : `WHERE verdict = ${VERDICT[verdict]}`
    return this.#db
      .prepare(`SELECT leaf, bridge, note FROM promise ${where} ORDER BY leaf`)
      .all<StoredPromise>()
  }

  judge(leaf: Uint8Array, bridge: string, verdict: PromiseVerdict): void {
    const set = this.#db.prepare('UPDATE promise SET verdict = ? WHERE leaf = ? AND bridge = ?')
    set.run(VERDICT[verdict], leaf, bridge)
  }

  /** Of each bridge what it answered and what became of its promises. */
  bridgeCounts(
    bridges: readonly string[],
    answers: ReadonlyMap<string, { readonly recorded: number; readonly refused: number }>,
  ): ReadonlyMap<string, BridgeCounts> {
    const rows = this.#db
      .prepare(
        `SELECT bridge, count(*) AS promises, count(*) FILTER (WHERE verdict = 1) AS kept,
           count(*) FILTER (WHERE verdict = 2) AS broken FROM promise GROUP BY bridge`,
      )
      .all<{ bridge: string; promises: number; kept: number; broken: number }>()
    const promised = new Map(rows.map(({ bridge, ...counts }) => [bridge, counts]))
    const ids = new Set([...bridges, ...answers.keys(), ...promised.keys()])
    return new Map(
      [...ids].map((id) => [
        id,
        {
          ...(answers.get(id) ?? { recorded: 0, refused: 0 }),
          ...(promised.get(id) ?? { promises: 0, kept: 0, broken: 0 }),
        },
      ]),
    )
  }

  /** Leaf hashes of recorded ballots that no proof was stored for. */
  unpublished(): Uint8Array[] {
    return this.#db
      .prepare(
        `SELECT leaf FROM ballot WHERE state = ${STATE.recorded} AND leaf NOT IN (SELECT leaf FROM proof)`,
      )
      .all<{ leaf: Uint8Array }>()
      .map(({ leaf }) => leaf)
  }

  /** Leaf hashes of everything that no proof was stored for. */
  unproven(): Uint8Array[] {
    return ITEM_TABLES.flatMap((table) =>
      this.#db
        .prepare(`SELECT leaf FROM ${table} WHERE leaf NOT IN (SELECT leaf FROM proof)`)
        .all<{ leaf: Uint8Array }>()
        .map(({ leaf }) => leaf),
    )
  }

  keepProofs(head: string, proofs: readonly LeafProof[]): void {
    const name = sha256(utf8(head))
    this.#db.prepare('INSERT OR IGNORE INTO head (name, note) VALUES (?, ?)').run(name, head)
    const insert = this.#db.prepare(
      'INSERT OR IGNORE INTO proof (leaf, position, hashes, head) VALUES (?, ?, ?, ?)',
    )
    for (const { leaf, index, hashes } of proofs) insert.run(leaf, index, concatBytes(...hashes), name)
  }

  positionOf(leaf: Uint8Array): number | null {
    const row = this.#db.prepare('SELECT position FROM proof WHERE leaf = ?').get<{ position: number }>(leaf)
    return row?.position ?? null
  }

  proofs(): StoredProof[] {
    return this.#db
      .prepare(
        'SELECT leaf, position, hashes, note FROM proof JOIN head ON proof.head = head.name ORDER BY leaf',
      )
      .all<{ leaf: Uint8Array; position: number; hashes: Uint8Array; note: string }>()
      .map(({ leaf, position, hashes, note }) => {
        const siblings = Array.from({ length: hashes.length / HASH_BYTES }, (_, i) =>
          hashes.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES),
        )
        return { leaf, text: formatTlogProof({ index: position, hashes: siblings, checkpoint: note }) }
      })
  }

  /**
   * Erases the ballots of every kiosk manifest that are all recorded and proven: whole manifests only, so that what is
   * left says nothing that the public manifests do not say. Id and leaf hash stay. Returns how many.
   */
  eraseProven(): number {
    const rows = this.#db
      .prepare(
        `SELECT id, leaf, canonical FROM ballot WHERE length(canonical) > 0 AND interval > 0 AND interval NOT IN (
           SELECT interval FROM ballot WHERE state <> ${STATE.recorded} OR leaf NOT IN (SELECT leaf FROM proof))`,
      )
      .all<{ id: Uint8Array; leaf: Uint8Array; canonical: Uint8Array }>()
    const erase = this.#db.prepare("UPDATE ballot SET canonical = x'' WHERE id = ?")
    for (const { id, leaf, canonical } of rows) {
      // What was proven has to be these very bytes.
      if (!equalBytes(leafHash(encodeLeaf(RECORD.ballot, canonical)), leaf)) {
        throw new Error('a stored ballot is not the one whose leaf hash was stored with it')
      }
      erase.run(id)
    }
    return rows.length
  }

  counts(): { readonly proven: number; readonly erased: number } {
    const sql = `SELECT (SELECT count(*) FROM ballot WHERE leaf IN (SELECT leaf FROM proof)) AS proven,
      (SELECT count(*) FROM ballot WHERE length(canonical) = 0) AS erased`
    return this.#db.prepare(sql).get<{ proven: number; erased: number }>()!
  }
}
