import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'

/** What callers can act on; everything else SQLite reports is a bug and is thrown as it is. */
export type SqliteErrorCode =
  | 'disk-full'
  | 'database-corrupt'
  | 'constraint-unique'
  | 'io-error'
  | 'database-busy'
  | 'database-unavailable'

export class SqliteError extends Error {
  override readonly name = 'SqliteError'
  readonly code: SqliteErrorCode

  constructor(code: SqliteErrorCode, message: string, cause: unknown) {
    super(`${code}: ${message}`, { cause })
    this.code = code
  }
}

/**
 * Whether the same call may work later: a full disk, a lock, a file that cannot be opened now. After every other error, a
 * failed fsync among them, the page cache may claim what is not on disk: the process has to stop and start anew from disk.
 */
export function mayPass({ code }: SqliteError): boolean {
  return code === 'disk-full' || code === 'database-busy' || code === 'database-unavailable'
}

export type SqlValue = null | number | bigint | string | Uint8Array

/** A compiled statement. Rows are plain objects by column name; blobs come as `Uint8Array`. */
export interface Statement {
  run(...parameters: SqlValue[]): { changes: number; lastInsertRowid: number | bigint }
  get<Row = Record<string, SqlValue>>(...parameters: SqlValue[]): Row | undefined
  all<Row = Record<string, SqlValue>>(...parameters: SqlValue[]): Row[]
  iterate<Row = Record<string, SqlValue>>(...parameters: SqlValue[]): IterableIterator<Row>
}

/**
 * One connection, used from one thread. All calls are synchronous; when `transaction` or a single `run`
 * returns, the change is on disk (both synchronous levels offered here fsync before they return). After a failed fsync every
 * call fails with `io-error`, until the process has started anew: the page cache may claim what is not on disk.
 */
export interface Database {
  exec(sql: string): void
  /** Compiled statements are cached by their text. */
  prepare(sql: string): Statement
  /** BEGIN IMMEDIATE … COMMIT; any throw rolls back and passes on. `work` must not be async. Not nestable. */
  transaction<T>(work: () => T): T
  /** Writes a compact copy to a new file; safe while the database is in use. */
  backup(path: string): void
  close(): void
}

export interface DatabaseOptions {
  /** WAL for many writers' throughput; DELETE where page history must not betray the order of inserts. */
  readonly journal: 'WAL' | 'DELETE'
  /** FULL is durable in WAL mode; EXTRA also syncs the directory after the DELETE journal is unlinked. */
  readonly synchronous: 'FULL' | 'EXTRA'
  /** Overwrites deleted content with zeros and keeps temporary data in memory. */
  readonly secureDelete?: boolean
  readonly readOnly?: boolean
  /** How long a lock of another connection is waited for; 5 s unless told. */
  readonly busyMs?: number
}

/** Two connections that checkpoint at once can corrupt a WAL database before this version. */
const LOWEST_SQLITE = [3, 51, 3] as const
const BUSY_TIMEOUT_MS = 5_000

/** Opens or creates a database file (`:memory:` for tests); a new one is for its owner alone. Throws `SqliteError` or, for old SQLite, `Error`. */
export function openDatabase(path: string, options: DatabaseOptions): Database {
  if (options.readOnly !== true && path !== ':memory:') makePrivate(path)
  const raw = mapped(
    () =>
      new DatabaseSync(path, {
        timeout: options.busyMs ?? BUSY_TIMEOUT_MS,
        readOnly: options.readOnly ?? false,
      }),
  )
  try {
    mapped(() => assertVersion(raw))
    mapped(() => configure(raw, options))
  } catch (error) {
    raw.close()
    throw error
  }
  return new NodeDatabase(raw)
}

/** SQLite would give a new file what the umask leaves, and gives its log and its journal what the file has. */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'ax', 0o600))
  } catch {
    // It is there already; or it cannot be made, and SQLite says why.
  }
}

function configure(raw: DatabaseSync, options: DatabaseOptions): void {
  // The first statement reads the header, so that a damaged file is reported here and not at the first vote.
  raw.prepare('SELECT count(*) FROM sqlite_schema').get()
  if (options.readOnly !== true) raw.exec(`PRAGMA journal_mode = ${options.journal}`)
  raw.exec(`PRAGMA synchronous = ${options.synchronous}`)
  raw.exec('PRAGMA foreign_keys = ON')
  raw.exec('PRAGMA trusted_schema = OFF')
  if (options.secureDelete === true) {
    raw.exec('PRAGMA secure_delete = ON')
    raw.exec('PRAGMA temp_store = MEMORY')
  }
}

function assertVersion(raw: DatabaseSync): void {
  const { version } = raw.prepare('SELECT sqlite_version() AS version').get() as { version: string }
  if (!isVersionAtLeast(version, LOWEST_SQLITE)) {
    throw new Error(
      `SQLite ${version} can corrupt WAL databases; ${LOWEST_SQLITE.join('.')} or later is needed`,
    )
  }
}

/** Compares a dotted version with a minimum, number by number. */
export function isVersionAtLeast(version: string, minimum: readonly number[]): boolean {
  const parts = version.split('.').map(Number)
  for (const [at, least] of minimum.entries()) {
    const part = parts[at] ?? 0
    if (part !== least) return part > least
  }
  return true
}

class NodeDatabase implements Database {
  readonly #raw: DatabaseSync
  readonly #statements = new Map<string, Statement>()
  /** The failed sync, after which the page cache may claim what the disk does not hold. */
  #failedSync: SqliteError | undefined

  constructor(raw: DatabaseSync) {
    this.#raw = raw
  }

  exec(sql: string): void {
    if (sql === 'ROLLBACK') mapped(() => this.#raw.exec(sql))
    else this.#unlessLost(() => this.#raw.exec(sql))
  }

  /** After a failed sync every call fails with it: what a later one would read or sync may be a lie. */
  readonly #unlessLost = <T>(call: () => T): T => {
    if (this.#failedSync !== undefined) throw this.#failedSync
    try {
      return mapped(call)
    } catch (error) {
      if (isFailedSync(error)) this.#failedSync = error
      throw error
    }
  }

  prepare(sql: string): Statement {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      const prepared = this.#unlessLost(() => this.#raw.prepare(sql))
      statement = wrap(prepared, this.#unlessLost)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  transaction<T>(work: () => T): T {
    if (this.#raw.isTransaction) throw new Error('a transaction is already open on this connection')
    this.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      if (result instanceof Promise) throw new Error('a transaction body must not be async')
      this.exec('COMMIT')
      return result
    } catch (error) {
      // A full disk or an I/O error may have rolled back already.
      if (this.#raw.isTransaction) this.exec('ROLLBACK')
      throw error
    }
  }

  backup(path: string): void {
    this.prepare('VACUUM INTO ?').run(path)
  }

  close(): void {
    this.#statements.clear()
    if (this.#raw.isOpen) mapped(() => this.#raw.close())
  }
}

function wrap(raw: StatementSync, run: <T>(call: () => T) => T): Statement {
  return {
    run(...parameters) {
      const { changes, lastInsertRowid } = run(() => raw.run(...parameters))
      return { changes: Number(changes), lastInsertRowid }
    },
    get: <Row>(...parameters: SqlValue[]) => run(() => raw.get(...parameters)) as Row | undefined,
    all: <Row>(...parameters: SqlValue[]) => run(() => raw.all(...parameters)) as Row[],
    *iterate<Row>(...parameters: SqlValue[]) {
      const rows = run(() => raw.iterate(...parameters))
      for (;;) {
        const next = run(() => rows.next())
        if (next.done === true) return
        yield next.value as Row
      }
    },
  }
}

function mapped<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw translate(error)
  }
}

/** Extended result codes, https://www.sqlite.org/rescode.html; the low byte is the primary code. */
function translate(error: unknown): unknown {
  const { code, errcode, message } = error as { code?: string; errcode?: number; message?: string }
  if (code !== 'ERR_SQLITE_ERROR' || errcode === undefined) return error
  const known = codeOf(errcode)
  return known === undefined ? error : new SqliteError(known, message ?? '', error)
}

/** SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC. */
function isFailedSync(error: unknown): error is SqliteError {
  if (!(error instanceof SqliteError)) return false
  const { errcode } = error.cause as { errcode?: number }
  return errcode === 1034 || errcode === 1290
}

function codeOf(errcode: number): SqliteErrorCode | undefined {
  const UNIQUE = 2067
  const PRIMARY_KEY = 1555
  const ROW_ID = 2579
  if (errcode === UNIQUE || errcode === PRIMARY_KEY || errcode === ROW_ID) return 'constraint-unique'
  switch (errcode & 0xff) {
    case 5:
    case 6:
      return 'database-busy'
    case 8:
    case 14:
      return 'database-unavailable'
    case 10:
      return 'io-error'
    case 11:
    case 26:
      return 'database-corrupt'
    case 13:
      return 'disk-full'
    default:
      return undefined
  }
}
