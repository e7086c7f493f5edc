import type { Database } from '@hanpyo/platform/sqlite.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { SCHEMA } from './sqlite-schema.ts'

/** One step from the schema before it to the next. Steps that have been released are never edited; new ones are added. */
export interface Migration {
  readonly version: number
  readonly sql: string
}

/** The same shape as `postgres-schema.ts` has. */
export const MIGRATIONS: readonly Migration[] = [{ version: 1, sql: SCHEMA }]

/**
 * Brings a store to the newest version this program knows, in one transaction: whole or not at all, also when the power fails. A
 * store that is newer, or whose version is no number, is left alone. The version is the row `schema` of the table `meta`.
 */
export function migrate(
  database: Database,
  migrations: readonly Migration[] = MIGRATIONS,
): Result<void, 'schema-version'> {
  const newest = migrations.at(-1)?.version ?? 0
  const found = storedVersion(database)
  const there = Number(found ?? 0)
  if (!Number.isInteger(there) || there < 0 || there > newest)
    return err('schema-version', `the store has version ${found}, this program knows ${newest}`)
  // Looked at first, so that opening a store that is up to date writes nothing.
  if (there === newest) return ok(undefined)
  database.transaction(() => {
    for (const { version, sql } of migrations) if (version > there) database.exec(sql)
    database
      .prepare("INSERT INTO meta VALUES ('schema', ?1) ON CONFLICT DO UPDATE SET value = ?1")
      .run(String(newest))
  })
  return ok(undefined)
}

function storedVersion(database: Database): string | undefined {
  const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'").get()
  if (table === undefined) return undefined
  return database.prepare("SELECT value FROM meta WHERE key = 'schema'").get<{ value: string }>()?.value
}
