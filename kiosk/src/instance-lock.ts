import { join } from 'node:path'
import { type Database, openDatabase, SqliteError } from '@hanpyo/platform/sqlite.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'

/**
 * Makes sure that one process at a time works on a data folder. The kernel drops the lock with the process, also after
 * `kill -9`; a process that is just ending is waited for (5 s).
 */
export function lockDataDir(dataDir: string): Result<{ release(): void }, 'already-running'> {
  let database: Database | undefined
  try {
    database = openDatabase(join(dataDir, 'core.lock'), { journal: 'DELETE', synchronous: 'FULL' })
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    if (error instanceof SqliteError && error.code === 'database-busy') return err('already-running', dataDir)
    throw error
  }
  const held = database
  return ok({ release: () => held.close() })
}
