import type { Database } from '@hanpyo/platform/sqlite.ts'
import { type Answers, BROKEN, RECORDED, standingOf } from './answers.ts'
import type { RouteName } from './ballot-box.ts'

export const STATE = { waiting: 0, recorded: 1, refused: 2 } as const
export const ITEM_TABLES = ['ballot', 'challenged', 'kiosk_manifest', 'statement'] as const
type ItemTable = (typeof ITEM_TABLES)[number]

/** Which bridge said what about which item; every call runs inside the box's transactions. */
export class AnswerTable {
  readonly #db: Database
  readonly #bridges: readonly string[]

  constructor(database: Database, bridges: readonly string[]) {
    this.#db = database
    this.#bridges = bridges
  }

  of(id: Uint8Array): Answers {
    const rows = this.#db
      .prepare('SELECT bridge, status FROM answer WHERE id = ?')
      .all<{ bridge: string; status: number }>(id)
    return new Map(rows.map(({ bridge, status }) => [bridge, status]))
  }

  /** Takes in an ack. `done`: the table of an item that waits no longer because of it; `isNew`: something was written. */
  acked(
    id: Uint8Array,
    bridge: string,
    status: number,
    route: RouteName,
  ): { readonly done: ItemTable | null; readonly isNew: boolean } {
    const isNew = this.#put(id, bridge, status)
    return { done: this.#settle(id, status, route), isNew }
  }

  #settle(id: Uint8Array, status: number, route: RouteName): ItemTable | null {
    const [table, state] = this.#stateOf(id) ?? []
    if (table === undefined || state === STATE.recorded) return null
    const standing = STATE[standingOf(this.of(id), this.#bridges)]
    if (standing === STATE.waiting) return null
    const reason = standing === STATE.refused ? status : 0
    const set = this.#db.prepare(
      `UPDATE ${table} SET state = ?, reason = ? WHERE id = ? AND (state <> ? OR reason <> ?)`,
    )
    if (set.run(standing, reason, id, standing, reason).changes === 0) return null
    if (table === 'ballot' && standing === STATE.recorded) {
      this.#db.prepare('UPDATE counter SET value = value + 1 WHERE name = ?').run(`acked-${route}`)
    }
    return table
  }

  /** The bridge broke its promise. Whether the item waits again: not when another has recorded it, nor without its text. */
  broken(id: Uint8Array, bridge: string): boolean {
    this.#put(id, bridge, BROKEN)
    const [table] = this.#stateOf(id) ?? []
    if (table === undefined || standingOf(this.of(id), this.#bridges) !== 'waiting') return false
    const isWhole = table === 'statement' ? ' AND (type <> 32 OR parcel IS NOT NULL)' : ''
    const set = this.#db.prepare(`UPDATE ${table} SET state = ?, reason = 0 WHERE id = ?${isWhole}`)
    return set.run(STATE.waiting, id).changes > 0
  }

  /** What bridges have recorded is not in the ledger: their word for it is not believed any longer. Names those bridges. */
  doubt(id: Uint8Array): string[] {
    const said = [...this.of(id)].filter(([, status]) => status === RECORDED).map(([bridge]) => bridge)
    for (const bridge of said) this.broken(id, bridge)
    return said
  }

  /** What was refused by everybody there was, and can be offered to a bridge that the kiosk knows since, waits again. */
  reopen(): boolean {
    let hasChanged = false
    for (const table of ITEM_TABLES) {
      const refused = this.#db
        .prepare(`SELECT id FROM ${table} WHERE state = ${STATE.refused}`)
        .all<{ id: Uint8Array }>()
      for (const { id } of refused) {
        const answers = this.of(id)
        if (answers.size === 0 || standingOf(answers, this.#bridges) !== 'waiting') continue
        this.#db.prepare(`UPDATE ${table} SET state = ?, reason = 0 WHERE id = ?`).run(STATE.waiting, id)
        hasChanged = true
      }
    }
    return hasChanged
  }

  /** How many items each bridge recorded and refused. */
  counts(): ReadonlyMap<string, { readonly recorded: number; readonly refused: number }> {
    const rows = this.#db
      .prepare(
        `SELECT bridge, count(*) FILTER (WHERE status = ${RECORDED}) AS recorded,
           count(*) FILTER (WHERE status > 0) AS refused FROM answer GROUP BY bridge`,
      )
      .all<{ bridge: string; recorded: number; refused: number }>()
    return new Map(rows.map(({ bridge, recorded, refused }) => [bridge, { recorded, refused }]))
  }

  /** Recorded stays recorded, whatever a later ack of that bridge says; only a broken promise undoes it. */
  #put(id: Uint8Array, bridge: string, status: number): boolean {
    const put = this.#db
      .prepare(
        `INSERT INTO answer (id, bridge, status) VALUES (?, ?, ?) ON CONFLICT (id, bridge)
           DO UPDATE SET status = excluded.status
           WHERE status <> excluded.status AND (status <> ${RECORDED} OR excluded.status = ${BROKEN})`,
      )
      .run(id, bridge, status)
    return put.changes > 0
  }

  #stateOf(id: Uint8Array): readonly [ItemTable, number] | undefined {
    for (const table of ITEM_TABLES) {
      const row = this.#db.prepare(`SELECT state FROM ${table} WHERE id = ?`).get<{ state: number }>(id)
      if (row !== undefined) return [table, row.state]
    }
    return undefined
  }
}
