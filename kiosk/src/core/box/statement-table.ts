import type { Database } from '@hanpyo/platform/sqlite.ts'
import { concatBytes, decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { encodeLeaf, noteLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import { encodeDatagram } from '@hanpyo/protocol/link/datagram.ts'
import { recordId } from '@hanpyo/protocol/link/record-id.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { PROPOSAL_BYTES } from '@hanpyo/protocol/proposal/layout.ts'
import { parseModeration } from '@hanpyo/protocol/proposal/moderation.ts'
import type { SealedItem, Statement, StatementKind, StoredStatement } from './ballot-box.ts'

const TYPE: Readonly<Record<StatementKind, number>> = {
  proposal: RECORD.proposal,
  support: RECORD.support,
  moderation: RECORD.moderation,
}
const KIND_OF = new Map(Object.entries(TYPE).map(([kind, type]) => [type, kind as StatementKind]))

interface Row {
  readonly id: Uint8Array
  readonly type: number
  readonly body: Uint8Array
  readonly parcel: Uint8Array | null
  readonly state: number
}

/** Proposals, supports and moderations among the box's tables; every call runs inside the box's transactions. */
export class StatementTable {
  readonly #db: Database

  constructor(database: Database) {
    this.#db = database
  }

  insert(statement: Statement): SealedItem {
    const { kind, datagram } = statement
    const id = recordId(datagram)
    const rest = datagram.subarray(1)
    const length = kind === 'proposal' ? PROPOSAL_BYTES : rest.length
    const body = rest.slice(0, length)
    const parcel = length < rest.length ? rest.slice(length) : null
    const leaf =
      kind === 'moderation' ? noteLeaf(RECORD.moderation, decodeUtf8(body)) : encodeLeaf(TYPE[kind], body)
    this.#db
      .prepare('INSERT INTO statement (id, type, body, parcel, leaf) VALUES (?, ?, ?, ?, ?)')
      .run(id, TYPE[kind], body, parcel, leafHash(leaf))
    return { id, kind, datagram, interval: placeOf(kind, body) }
  }

  waiting(): SealedItem[] {
    return this.#rows('WHERE state = 0').map((row) => {
      const datagram = encodeDatagram(
        row.type,
        row.parcel === null ? row.body : concatBytes(row.body, row.parcel),
      )
      const kind = kindOf(row)
      return { id: row.id, kind, datagram, interval: placeOf(kind, row.body) }
    })
  }

  all(): StoredStatement[] {
    return this.#rows('').map((row) => ({
      kind: kindOf(row),
      body: row.body,
      parcel: row.parcel,
      state: (['waiting', 'recorded', 'refused'] as const)[row.state as 0 | 1 | 2],
    }))
  }

  /** Salt and text of an acknowledged proposal: from now on the bridge keeps them, or nobody. */
  eraseParcel(id: Uint8Array): void {
    this.#db.prepare('UPDATE statement SET parcel = NULL WHERE id = ?').run(id)
  }

  count(kind: StatementKind): number {
    const sql = 'SELECT count(*) AS n FROM statement WHERE type = ?'
    return this.#db.prepare(sql).get<{ n: number }>(TYPE[kind])!.n
  }

  #rows(where: string): Row[] {
    return this.#db.prepare(`SELECT id, type, body, parcel, state FROM statement ${where}`).all<Row>()
  }
}

/** `hide` after `show` is another word than `show` after `hide`: moderations say in which order they were made. */
function placeOf(kind: StatementKind, body: Uint8Array): number {
  const note = kind === 'moderation' ? parseNote(body) : undefined
  const record = note?.ok === true ? parseModeration(note.value.text) : undefined
  return record?.ok === true ? (record.value.at ?? 0) : 0
}

function kindOf({ type }: Row): StatementKind {
  return KIND_OF.get(type) as StatementKind
}
