import { type Database, openDatabase, SqliteError } from '@hanpyo/platform/sqlite.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { refusalName } from '@hanpyo/protocol/election/refusal.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'

export interface BoxListing {
  readonly kiosk: number
  readonly polls: string
  readonly ballots: readonly ListedItem[]
  readonly challenged: readonly ListedItem[]
  readonly kioskManifests: readonly ListedItem[]
  /** Proposals, supports and moderations; which of them is which, this list does not say. */
  readonly statements: readonly ListedItem[]
  /** The bridges' signed promises to publish, in the order of leaf hashes, which says nothing about time. */
  readonly promises: readonly string[]
  /** Recorded ballots whose place in the ledger was not proven to this kiosk yet. */
  readonly unproven: number
  /** What this kiosk found out about the promises in the ledger itself. */
  readonly verdicts: { readonly open: number; readonly kept: number; readonly broken: number }
}

export interface ListedItem {
  /** Hex of the 32-byte id an ack names. */
  readonly id: string
  readonly state: 'waiting' | 'recorded' | 'refused'
  readonly reason?: string
}

const STATES = ['waiting', 'recorded', 'refused'] as const

/** Reads a ballot box without changing it; rows come in key order. */
export function listBox(path: string): Result<BoxListing, 'box-unreadable'> {
  try {
    const database = openDatabase(path, { journal: 'DELETE', synchronous: 'EXTRA', readOnly: true })
    try {
      const setting = (name: string) =>
        database.prepare('SELECT value FROM setting WHERE name = ?').get<{ value: string }>(name)?.value ?? ''
      const items = (table: 'ballot' | 'challenged' | 'kiosk_manifest' | 'statement') =>
        database
          .prepare(`SELECT id, state, reason FROM ${table}`)
          .all<{ id: Uint8Array; state: number; reason: number }>()
          .map(listed)
      return ok({
        kiosk: Number(setting('kiosk')),
        polls: setting('polls'),
        ballots: items('ballot'),
        challenged: items('challenged'),
        kioskManifests: items('kiosk_manifest'),
        // A box that was never opened since its first version has no such table.
        statements: hasTable(database, 'statement') ? items('statement') : [],
        promises: database
          .prepare('SELECT note FROM promise ORDER BY leaf')
          .all<{ note: string }>()
          .map(({ note }) => note),
        unproven: unproven(database),
        verdicts: verdicts(database),
      })
    } finally {
      database.close()
    }
  } catch (error) {
    if (error instanceof SqliteError) return err('box-unreadable', error.message)
    throw error
  }
}

/** Boxes of older versions judge nothing. */
function verdicts(database: Database): BoxListing['verdicts'] {
  if (!hasTable(database, 'proof')) return { open: 0, kept: 0, broken: 0 }
  const sql = `SELECT count(*) FILTER (WHERE verdict = 0) AS open, count(*) FILTER (WHERE verdict = 1) AS kept,
    count(*) FILTER (WHERE verdict = 2) AS broken FROM promise`
  return { ...(database.prepare(sql).get<BoxListing['verdicts']>() as BoxListing['verdicts']) }
}

function unproven(database: Database): number {
  const proven = hasTable(database, 'proof') ? ' AND leaf NOT IN (SELECT leaf FROM proof)' : ''
  const sql = `SELECT count(*) AS n FROM ballot WHERE state = 1${proven}`
  return database.prepare(sql).get<{ n: number }>()?.n ?? 0
}

function hasTable(database: Database, name: string): boolean {
  const sql = "SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table' AND name = ?"
  return database.prepare(sql).get<{ n: number }>(name)?.n === 1
}

function listed({ id, state, reason }: { id: Uint8Array; state: number; reason: number }): ListedItem {
  const common = { id: toHex(id), state: STATES[state] as ListedItem['state'] }
  return state === 2 ? { ...common, reason: refusalName(reason) ?? `reason-${reason}` } : common
}
