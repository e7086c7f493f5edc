import { type Database, openDatabase, SqliteError } from '@hanpyo/platform/sqlite.ts'
import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { APPLICATION_ID, EVIDENCE_SCHEMA, SCHEMA, SCHEMA_VERSION, STATEMENT_SCHEMA } from './schema.ts'

export type OpenBoxError =
  | 'box-damaged'
  | 'box-not-ours'
  | 'box-of-another-version'
  | 'box-of-another-election'
  | 'box-of-another-kiosk'
  | 'box-unavailable'
  | 'disk-full'

/** What staff and technician do when the box does not open; the core refuses to start until then. */
export const OPEN_BOX_ADVICE: Readonly<Record<OpenBoxError, string>> = {
  'box-damaged':
    'The ballot box file is damaged. Do not delete it. Take this kiosk out of service, copy the data folder to a USB stick and call the technician; ballots already sent are safe in the ledger.',
  'box-not-ours': 'The file at this path is not a ballot box. Check data_dir in the configuration.',
  'box-of-another-version':
    'The ballot box was written by another version of this software. Install that version, or set up a new data folder for a new election.',
  'box-of-another-election':
    'The ballot box belongs to another election. Archive its data folder and configure a new, empty one.',
  'box-of-another-kiosk':
    'The ballot box belongs to another kiosk id. Check the kiosk id and the data folder in the configuration.',
  'box-unavailable':
    'The data folder cannot be opened or written. Check that it exists, its owner and its permissions.',
  'disk-full': 'The disk is full. Free space, then start again; nothing that was stored is lost.',
}

export interface BoxIdentity {
  readonly kioskId: number
  readonly manifestHash: Uint8Array
}

/**
 * Opens or creates the database of a ballot box with the settings of docs/protocol.md ("Order and privacy"), checks
 * every page, and that the box is of this kiosk and election. A hot journal left by a crash is rolled back by SQLite.
 */
export function openBoxDatabase(path: string, identity: BoxIdentity): Result<Database, OpenBoxError> {
  let database: Database
  try {
    database = openDatabase(path, { journal: 'DELETE', synchronous: 'EXTRA', secureDelete: true })
  } catch (error) {
    return err(openErrorOf(error), String((error as Error).message))
  }
  try {
    const problem = prepare(database, identity)
    if (problem.ok) return ok(database)
    database.close()
    return problem
  } catch (error) {
    database.close()
    return err(openErrorOf(error), String((error as Error).message))
  }
}

function prepare(database: Database, identity: BoxIdentity): Result<void, OpenBoxError> {
  const applicationId = pragma(database, 'application_id')
  const tables = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get<{ count: number }>()
  if (tables?.count === 0 && applicationId === 0) create(database, identity)
  else if (applicationId !== APPLICATION_ID) return err('box-not-ours')
  else if (!upgrade(database)) return err('box-of-another-version')
  const check = database.prepare('PRAGMA integrity_check(1)').get<{ integrity_check: string }>()
  if (check?.integrity_check !== 'ok') return err('box-damaged', check?.integrity_check)
  if (setting(database, 'kiosk') !== String(identity.kioskId)) return err('box-of-another-kiosk')
  if (setting(database, 'election') !== toBase64(identity.manifestHash)) return err('box-of-another-election')
  return ok(undefined)
}

/** A box of an older version gets the tables it lacks; nothing it holds is lost. `false`: a version this one does not know. */
function upgrade(database: Database): boolean {
  if (pragma(database, 'user_version') === 1) {
    database.transaction(() => {
      database.exec(STATEMENT_SCHEMA)
      database.exec('PRAGMA user_version = 2')
    })
  }
  if (pragma(database, 'user_version') === 2) {
    database.transaction(() => {
      const promises = database
        .prepare('SELECT leaf, note FROM promise')
        .all<{ leaf: Uint8Array; note: string }>()
      database.exec('DROP TABLE promise')
      database.exec(EVIDENCE_SCHEMA)
      const keep = database.prepare('INSERT INTO promise (leaf, bridge, note) VALUES (?, ?, ?)')
      for (const { leaf, note } of promises) keep.run(leaf, bridgeOf(note), note)
      database.exec('PRAGMA user_version = 3')
    })
  }
  return pragma(database, 'user_version') === SCHEMA_VERSION
}

/** The id in the name `<origin>/bridge/<id>` of the key that signed a promise. */
function bridgeOf(note: string): string {
  const parsed = parseNote(note)
  const name = parsed.ok ? (parsed.value.signatures[0]?.name ?? '') : ''
  return name.slice(name.lastIndexOf('/') + 1)
}

function create(database: Database, { kioskId, manifestHash }: BoxIdentity): void {
  database.transaction(() => {
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
    database.exec(SCHEMA)
    const set = database.prepare('INSERT INTO setting (name, value) VALUES (?, ?)')
    set.run('kiosk', String(kioskId))
    set.run('election', toBase64(manifestHash))
    set.run('polls', 'closed')
    const count = database.prepare('INSERT INTO counter (name, value) VALUES (?, 0)')
    count.run('acked-wifi')
    count.run('acked-lora')
  })
}

function pragma(database: Database, name: 'application_id' | 'user_version'): number {
  return database.prepare(`PRAGMA ${name}`).get<Record<string, number>>()?.[name] ?? 0
}

function setting(database: Database, name: string): string | undefined {
  return database.prepare('SELECT value FROM setting WHERE name = ?').get<{ value: string }>(name)?.value
}

function openErrorOf(error: unknown): OpenBoxError {
  if (!(error instanceof SqliteError)) throw error
  switch (error.code) {
    case 'disk-full':
      return 'disk-full'
    case 'database-unavailable':
    case 'database-busy':
    case 'io-error':
      return 'box-unavailable'
    case 'database-corrupt':
    case 'constraint-unique':
      return 'box-damaged'
  }
}
