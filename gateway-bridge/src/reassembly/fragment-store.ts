import { rmSync } from 'node:fs'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { type Database, openDatabase, SqliteError } from '@hanpyo/platform/sqlite.ts'

/**
 * Where packets in the making survive a crash: one row of at most 3 kB for each device, overwritten with zeros when it
 * goes, and no journal that stays: a file that remembered packets in the order they came would tell in which order people
 * voted. No ballot is here that its kiosk does not keep as well, so a damaged file may be thrown away.
 */
export interface FragmentStore {
  /** Every row by DevEUI. */
  load(): Map<string, Uint8Array>
  /** Writes rows, or deletes those that are `null`; durable when it returns. Throws `SqliteError`. */
  write(changes: ReadonlyMap<string, Uint8Array | null>): void
  close(): void
}

/** Opens or makes the file; a damaged one is made anew. Throws `SqliteError` when that does not work either. */
export function openFragmentStore(path: string, log: Logger): FragmentStore {
  try {
    return new SqliteFragmentStore(open(path))
  } catch (error) {
    if (!(error instanceof SqliteError) || error.code !== 'database-corrupt') throw error
    log.warn('fragments-file-replaced', { path })
    for (const suffix of ['', '-journal']) rmSync(path + suffix, { force: true })
    return new SqliteFragmentStore(open(path))
  }
}

function open(path: string): Database {
  const database = openDatabase(path, { journal: 'DELETE', synchronous: 'EXTRA', secureDelete: true })
  try {
    database.exec(
      'CREATE TABLE IF NOT EXISTS reassembly (dev_eui TEXT PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID, STRICT',
    )
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

class SqliteFragmentStore implements FragmentStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  load(): Map<string, Uint8Array> {
    const rows = this.#database.prepare('SELECT dev_eui, state FROM reassembly').all<{
      dev_eui: string
      state: Uint8Array
    }>()
    return new Map(rows.map(({ dev_eui, state }) => [dev_eui, state]))
  }

  write(changes: ReadonlyMap<string, Uint8Array | null>): void {
    const put = this.#database.prepare(
      'INSERT INTO reassembly (dev_eui, state) VALUES (?, ?) ON CONFLICT (dev_eui) DO UPDATE SET state = excluded.state',
    )
    const drop = this.#database.prepare('DELETE FROM reassembly WHERE dev_eui = ?')
    this.#database.transaction(() => {
      for (const [devEui, state] of changes) {
        if (state === null) drop.run(devEui)
        else put.run(devEui, state)
      }
    })
  }

  close(): void {
    this.#database.close()
  }
}
