import { access, open, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { moveFile, syncDirectory } from '@hanpyo/platform/durable-file.ts'
import { openDatabase, SqliteError } from '@hanpyo/platform/sqlite.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Head } from '../ledger/engine.ts'
import { readHead, readMeta, storageError } from '../ledger/sqlite-writer.ts'

export type BackupError =
  | 'storage-broken'
  | 'storage-unavailable'
  | 'disk-full'
  | 'not-initialised'
  | 'out-exists'

/**
 * Writes a compact copy of a store that may be in use, as of one moment, to a new file (mode 0600); opened and checked before it
 * gets its name. It holds which slips are spent and what waits, so it is as private as the store.
 */
export async function backupStore(path: string, out: string): Promise<Result<Head, BackupError>> {
  const target = resolve(out)
  if (await exists(target)) return err('out-exists', target)
  const unfinished = `${target}.unfinished`
  await rm(unfinished, { force: true })
  // SQLite fills an empty file; one that it makes itself others could read meanwhile.
  await (await open(unfinished, 'wx', 0o600)).close()
  try {
    const database = openDatabase(path, { journal: 'WAL', synchronous: 'FULL' })
    try {
      database.backup(unfinished)
    } finally {
      database.close()
    }
    const checked = checkCopy(unfinished)
    if (!checked.ok) return checked
    const file = await open(unfinished, 'r+')
    await file.sync().finally(() => file.close())
    await moveFile(unfinished, target)
    await syncDirectory(dirname(target))
    return checked
  } catch (error) {
    if (error instanceof SqliteError) return storageError(error)
    throw error
  } finally {
    await rm(unfinished, { force: true })
  }
}

/** Whether a file is a sound store: SQLite's own check, and a head. */
export function checkCopy(path: string): Result<Head, 'storage-broken' | 'not-initialised'> {
  const copy = openDatabase(path, { journal: 'DELETE', synchronous: 'FULL', readOnly: true })
  try {
    const [row] = copy.prepare('PRAGMA integrity_check').all<{ integrity_check: string }>()
    if (row?.integrity_check !== 'ok') return err('storage-broken', row?.integrity_check)
    const head = readHead(copy)
    return head === null || readMeta(copy, 'manifest') === undefined ? err('not-initialised', path) : ok(head)
  } finally {
    copy.close()
  }
}

/**
 * Whether a file is what a bridge leaves that was started where there was no ledger: tables, and nothing in them from which anything was
 * promised. Changes nothing in it.
 */
export function isBareStore(path: string): boolean {
  try {
    const store = openDatabase(path, { journal: 'WAL', synchronous: 'FULL', readOnly: true })
    try {
      const tables = store
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .all<{ name: string }>()
      if (tables.length === 0) return true
      const isEmpty = (table: string) => store.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined
      const named = new Set(tables.map(({ name }) => name))
      return (
        ['head', 'meta', 'waiting', 'spent'].every((table) => named.has(table)) &&
        readMeta(store, 'manifest') === undefined &&
        ['head', 'waiting', 'spent'].every(isEmpty)
      )
    } finally {
      store.close()
    }
  } catch (error) {
    if (error instanceof SqliteError) return false
    throw error
  }
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
