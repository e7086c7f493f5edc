import { type Database, openDatabase, SqliteError } from '@hanpyo/platform/sqlite.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type {
  AcceptOutcome,
  Head,
  LedgerEngine,
  LedgerTransaction,
  StorageError,
  StoredTile,
  WaitingRecord,
} from './engine.ts'
import { PROPOSAL_TEXT_TABLE, SCHEMA, SCHEMA_VERSION } from './sqlite-schema.ts'
import { createTurnstile } from './turnstile.ts'

export interface SqliteEngineOptions {
  /** Database file; made when it does not exist. */
  readonly path: string
  /** Upper bound of the file in 4 kB pages; tests use it to fill the disk. */
  readonly maxPageCount?: number
}

/** What the file turned out to be when it is not a ledger this version can use. */
export type OpenError = 'storage-broken' | 'storage-unavailable' | 'disk-full' | 'schema-version'

/** The half of the engine that changes the store; it has one connection, and runs on this thread or another. */
export type LedgerWriter = Pick<LedgerEngine, 'accept' | 'transaction' | 'putBlob' | 'scrub' | 'close'>

/** Opens the writing connection: WAL, synchronous=FULL, so that a returned commit was fsynced. Makes the tables. */
export function openSqliteWriter(options: SqliteEngineOptions): Result<LedgerWriter, OpenError> {
  let database: Database | undefined
  try {
    database = openDatabase(options.path, { journal: 'WAL', synchronous: 'FULL' })
    database.exec(SCHEMA)
    const version = readMeta(database, 'schema')
    if (version === undefined) writeMeta(database, 'schema', SCHEMA_VERSION)
    else if (version !== SCHEMA_VERSION) {
      database.close()
      return err('schema-version', version)
    }
    if (options.maxPageCount !== undefined) database.exec(`PRAGMA max_page_count = ${options.maxPageCount}`)
    return ok(new SqliteWriter(database))
  } catch (error) {
    database?.close()
    return storageError(error)
  }
}

class SqliteWriter implements LedgerWriter {
  readonly #writer: Database
  readonly #oneWriter = createTurnstile()

  constructor(writer: Database) {
    this.#writer = writer
  }

  accept(
    records: readonly WaitingRecord[],
    refusedMore: readonly number[],
  ): Promise<Result<AcceptOutcome[], StorageError>> {
    return this.#write(() =>
      this.#writer.transaction(() => {
        for (const kioskId of refusedMore) {
          this.#writer
            .prepare('INSERT INTO refused_more VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1')
            .run(kioskId)
        }
        return records.map((record) => this.#acceptOne(record))
      }),
    )
  }

  #acceptOne({ id, leaf, spends, text }: WaitingRecord): AcceptOutcome {
    if (spends === undefined) {
      const inserted = this.#writer.prepare('INSERT OR IGNORE INTO waiting VALUES (?, ?)').run(id, leaf)
      if (inserted.changes === 1 && text !== undefined) {
        this.#writer
          .prepare('INSERT OR IGNORE INTO proposal_text VALUES (?, ?, ?)')
          .run(text.id, text.salt, text.text)
      }
      return inserted.changes === 1 ? 'stored' : 'already-stored'
    }
    const { credential, promise } = spends
    const spent = this.#writer
      .prepare('INSERT OR IGNORE INTO spent (credential, id) VALUES (?, ?)')
      .run(credential, id)
    if (spent.changes === 0) {
      const owner = this.#writer.prepare('SELECT 1 FROM spent WHERE id = ?').get(id)
      return owner === undefined ? 'credential-taken' : 'already-stored'
    }
    this.#writer.prepare('INSERT INTO waiting VALUES (?, ?)').run(id, leaf)
    this.#writer.prepare('INSERT INTO promise VALUES (?, ?)').run(id, promise)
    return 'stored'
  }

  transaction<T, E extends string>(
    work: (tx: LedgerTransaction) => Promise<Result<T, E>>,
  ): Promise<Result<T, E | StorageError>> {
    return this.#oneWriter(async () => {
      try {
        this.#writer.exec('BEGIN IMMEDIATE')
        const result = await work(new SqliteTransaction(this.#writer))
        if (result.ok) this.#writer.exec('COMMIT')
        else rollBackIfOpen(this.#writer)
        return result
      } catch (error) {
        rollBackIfOpen(this.#writer)
        return storageError(error)
      }
    })
  }

  putBlob(name: Uint8Array, bytes: Uint8Array): Promise<Result<void, StorageError>> {
    return this.#write(() => {
      this.#writer.prepare('INSERT OR IGNORE INTO blob VALUES (?, ?)').run(name, bytes)
    })
  }

  scrub(): Promise<Result<boolean, StorageError>> {
    return this.#write(() => {
      const [done] = this.#writer.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all<{ busy: number }>()
      return done?.busy === 0
    })
  }

  close(): Promise<void> {
    return this.#oneWriter(async () => this.#writer.close())
  }

  #write<T>(work: () => T): Promise<Result<T, StorageError>> {
    return this.#oneWriter(async () => {
      try {
        return ok(work())
      } catch (error) {
        return storageError(error)
      }
    })
  }
}

class SqliteTransaction implements LedgerTransaction {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async initialise(manifestHash: Uint8Array): Promise<void> {
    if (readMeta(this.#db, 'manifest') !== undefined) throw new Error('the store already holds an election')
    writeMeta(this.#db, 'manifest', toHex(manifestHash))
  }

  async head(): Promise<Head | null> {
    return readHead(this.#db)
  }

  async insertEntries(first: number, leaves: readonly Uint8Array[]): Promise<void> {
    const insert = this.#db.prepare('INSERT INTO entry VALUES (?, ?)')
    for (const [offset, leaf] of leaves.entries()) insert.run(first + offset, leaf)
  }

  async markSpent(credential: number, id: Uint8Array, position: number): Promise<void> {
    const marked = this.#db
      .prepare('UPDATE spent SET position = ? WHERE credential = ? AND id = ? AND position IS NULL')
      .run(position, credential, id)
    if (marked.changes !== 1)
      throw new Error(`the ballot for position ${position} has not spent its credential`)
  }

  async putTiles(tiles: readonly StoredTile[]): Promise<void> {
    const put = this.#db.prepare('INSERT OR REPLACE INTO tile VALUES (?, ?, ?)')
    for (const { level, number, hashes } of tiles) put.run(level, number, hashes)
  }

  async moveHead(expectedSize: number, { size, root, checkpoint }: Head): Promise<boolean> {
    const moved =
      expectedSize === 0
        ? this.#db.prepare('INSERT OR IGNORE INTO head VALUES (1, ?, ?, ?)').run(size, root, checkpoint)
        : this.#db
            .prepare('UPDATE head SET size = ?, root = ?, checkpoint = ? WHERE size = ?')
            .run(size, root, checkpoint, expectedSize)
    return moved.changes === 1
  }

  async clearWaiting(ids: readonly Uint8Array[]): Promise<void> {
    const clear = this.#db.prepare('DELETE FROM waiting WHERE id = ?')
    for (const id of ids) {
      if (clear.run(id).changes !== 1) throw new Error('a published record was not waiting')
    }
  }

  async eraseTexts(ids: readonly Uint8Array[]): Promise<void> {
    if (ids.length === 0) return
    // Pages of a table keep pieces of rows that were moved when the tree was balanced, so that overwriting a row is not
    // enough: the rows that stay move to a new table, and every page of the old one is overwritten.
    this.#db.exec('PRAGMA secure_delete = ON')
    try {
      const erase = this.#db.prepare('DELETE FROM proposal_text WHERE id = ?')
      for (const id of ids) erase.run(id)
      this.#db.exec(PROPOSAL_TEXT_TABLE('kept_text'))
      this.#db.exec('INSERT INTO kept_text SELECT * FROM proposal_text')
      this.#db.exec('DROP TABLE proposal_text')
      this.#db.exec('ALTER TABLE kept_text RENAME TO proposal_text')
    } finally {
      this.#db.exec('PRAGMA secure_delete = OFF')
    }
  }

  async takeRefusedMore(counts: ReadonlyMap<number, number>): Promise<void> {
    const take = this.#db.prepare('UPDATE refused_more SET count = count - ? WHERE kiosk = ?')
    for (const [kioskId, count] of counts) take.run(count, kioskId)
    this.#db.exec('DELETE FROM refused_more WHERE count <= 0')
  }
}

/** The head row; `null` before the first batch. */
export function readHead(db: Database): Head | null {
  return db.prepare('SELECT size, root, checkpoint FROM head').get<Head & Record<string, never>>() ?? null
}

/** A fact about the store as a whole. */
export function readMeta(db: Database, key: string): string | undefined {
  return db.prepare('SELECT value FROM meta WHERE key = ?').get<{ value: string }>(key)?.value
}

function writeMeta(db: Database, key: string, value: string): void {
  db.prepare('INSERT INTO meta VALUES (?, ?)').run(key, value)
}

/** SQLite has already rolled back by itself after some errors, a full disk among them. */
function rollBackIfOpen(db: Database): void {
  try {
    db.exec('ROLLBACK')
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('no transaction is active'))) throw error
  }
}

/** What a caller can act on; anything else is a bug and is thrown. */
export function storageError(error: unknown): { ok: false; error: StorageError; detail?: string } {
  if (!(error instanceof SqliteError)) throw error
  switch (error.code) {
    case 'disk-full':
      return err('disk-full', error.message)
    case 'database-busy':
    case 'database-unavailable':
      return err('storage-unavailable', error.message)
    case 'database-corrupt':
    case 'io-error':
      return err('storage-broken', error.message)
    case 'constraint-unique':
      throw error
  }
}
