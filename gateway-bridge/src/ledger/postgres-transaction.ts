import type { Head, LedgerTransaction, SpentCredential, StoredTile } from './engine.ts'
import { REVISION_LOCK } from './postgres-accept.ts'
import { CHANNEL } from './postgres-probe.ts'
import type { PostgresSession } from './postgres-session.ts'

/** Bytes of leaves or tiles in one statement. */
const MOST_BYTES = 1 << 20

interface HeadRow {
  readonly size: number
  readonly root: Uint8Array | null
  readonly checkpoint: string | null
}

/** The head row as the engine shows it; `null` before the first batch. */
export function headOf(row: HeadRow | undefined): Head | null {
  if (row === undefined || row.root === null || row.checkpoint === null) return null
  return { size: row.size, root: row.root, checkpoint: row.checkpoint }
}

/**
 * Entries, tiles and positions are kept until the head has moved: whoever loses that comparison has written nothing, and
 * nobody waits for him. `flush` writes what is left when the work is done without moving the head.
 */
export class PostgresTransaction implements LedgerTransaction {
  readonly #session: PostgresSession
  readonly #entries: { readonly position: number; readonly leaf: Uint8Array }[] = []
  readonly #spent: SpentCredential[] = []
  readonly #tiles = new Map<string, StoredTile>()
  /** Whether the tables that are filled ballot by ballot have changed, so that they are to be written anew. */
  hasMoved = false

  constructor(session: PostgresSession) {
    this.#session = session
  }

  async initialise(manifestHash: Uint8Array): Promise<void> {
    const rows = await this.#session.query(
      'UPDATE head SET manifest = $1 WHERE manifest IS NULL RETURNING one',
      [manifestHash],
    )
    if (rows.length !== 1) throw new Error('the store already holds an election')
  }

  async head(): Promise<Head | null> {
    const [row] = await this.#session.query<HeadRow>('SELECT size, root, checkpoint FROM head')
    return headOf(row)
  }

  async insertEntries(first: number, leaves: readonly Uint8Array[]): Promise<void> {
    for (const [offset, leaf] of leaves.entries()) this.#entries.push({ position: first + offset, leaf })
  }

  /** The exception for a ballot that has not spent its credential comes with `moveHead`, or at the end. */
  async markSpent(spent: readonly SpentCredential[]): Promise<void> {
    for (const one of spent) this.#spent.push(one)
  }

  async putTiles(tiles: readonly StoredTile[]): Promise<void> {
    for (const tile of tiles) this.#tiles.set(`${tile.level} ${tile.number}`, tile)
  }

  async moveHead(expectedSize: number, { size, root, checkpoint }: Head): Promise<boolean> {
    await this.#session.script(`SELECT ${REVISION_LOCK}`)
    const moved = await this.#session.query(
      `WITH moved AS (UPDATE head SET size = $2, root = $3, checkpoint = $4, revision = revision + 1
                      WHERE size = $1 AND (root IS NULL) = ($1 = 0) RETURNING one)
       SELECT pg_notify('${CHANNEL}', '') FROM moved`,
      [expectedSize, size, root, checkpoint],
    )
    if (moved.length !== 1) return false
    this.hasMoved = true
    await this.flush()
    return true
  }

  async clearWaiting(ids: readonly Uint8Array[]): Promise<void> {
    if (ids.length === 0) return
    await this.#session.query('DELETE FROM claim WHERE id = ANY($1::bytea[])', [ids])
    // Promises leave with their records, in the order of ids: their table never sees the order of acceptance.
    await this.#session.query(
      `INSERT INTO promise SELECT id, promise FROM waiting
       WHERE id = ANY($1::bytea[]) AND promise IS NOT NULL ORDER BY id`,
      [ids],
    )
    const gone = await this.#session.query('DELETE FROM waiting WHERE id = ANY($1::bytea[]) RETURNING true', [
      ids,
    ])
    if (gone.length !== ids.length) throw new Error('a published record was not waiting')
  }

  async eraseTexts(ids: readonly Uint8Array[]): Promise<void> {
    if (ids.length === 0) return
    await this.#session.query('DELETE FROM proposal_text WHERE id = ANY($1::bytea[])', [ids])
  }

  async takeRefusedMore(counts: ReadonlyMap<number, number>): Promise<void> {
    if (counts.size === 0) return
    const sorted = [...counts].sort(([a], [b]) => a - b)
    await this.#session.query(
      `UPDATE refused_more SET count = refused_more.count - taken.count
       FROM unnest($1::int[], $2::bigint[]) AS taken (kiosk, count) WHERE refused_more.kiosk = taken.kiosk`,
      [sorted.map(([kioskId]) => kioskId), sorted.map(([, count]) => count)],
    )
    await this.#session.query('DELETE FROM refused_more WHERE count <= 0')
  }

  async addRefusedMore(counts: ReadonlyMap<number, number>): Promise<void> {
    const sorted = [...counts].sort(([a], [b]) => a - b)
    await this.#session.query(
      `INSERT INTO refused_more SELECT * FROM unnest($1::int[], $2::bigint[])
       ON CONFLICT (kiosk) DO UPDATE SET count = refused_more.count + excluded.count`,
      [sorted.map(([kioskId]) => kioskId), sorted.map(([, count]) => count)],
    )
  }

  /** Writes what was kept. Throws when a ballot has not spent its credential: then nothing of the transaction may stay. */
  async flush(): Promise<void> {
    for (const part of inParts(this.#entries.splice(0), ({ leaf }) => leaf.length)) {
      await this.#session.query('INSERT INTO entry SELECT * FROM unnest($1::bigint[], $2::bytea[])', [
        part.map(({ position }) => position),
        part.map(({ leaf }) => leaf),
      ])
    }
    for (const part of inParts(this.#spent.splice(0), () => 64)) {
      const marked = await this.#session.query(
        `UPDATE spent SET position = m.position FROM unnest($1::int[], $2::bytea[], $3::bigint[]) AS m (credential, id, position)
         WHERE spent.credential = m.credential AND spent.id = m.id AND spent.position IS NULL RETURNING true`,
        [
          part.map(({ credential }) => credential),
          part.map(({ id }) => id),
          part.map(({ position }) => position),
        ],
      )
      if (marked.length !== part.length) throw new Error('a ballot of the batch has not spent its credential')
    }
    const tiles = [...this.#tiles.values()]
    this.#tiles.clear()
    for (const part of inParts(tiles, ({ hashes }) => hashes.length)) {
      await this.#session.query(
        `INSERT INTO tile SELECT * FROM unnest($1::int[], $2::bigint[], $3::bytea[])
         ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes`,
        [part.map(({ level }) => level), part.map(({ number }) => number), part.map(({ hashes }) => hashes)],
      )
    }
  }
}

/** Consecutive pieces of at most a mebibyte each, or of one element that is larger. */
function inParts<T>(all: readonly T[], bytesOf: (one: T) => number): T[][] {
  const parts: T[][] = []
  let bytes = MOST_BYTES
  for (const one of all) {
    bytes += bytesOf(one)
    if (bytes > MOST_BYTES) {
      parts.push([])
      bytes = bytesOf(one)
    }
    parts.at(-1)?.push(one)
  }
  return parts
}
