import { type Database, openDatabase, SqliteError } from '@hanpyo/platform/sqlite.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type {
  AcceptOutcome,
  Head,
  LedgerEngine,
  LedgerTransaction,
  SpentCredential,
  StorageError,
  StoredTile,
  WaitingRecord,
} from './engine.ts'
import { migrate } from './sqlite-migrations.ts'
import { PROPOSAL_TEXT_TABLE } from './sqlite-schema.ts'
import { createTurnstile } from './turnstile.ts'

export interface SqliteEngineOptions {
  /** Database file; made when it does not exist. */
  readonly path: string
  /** Upper bound of the file in 4 kB pages; tests use it to fill the disk. */
  readonly maxPageCount?: number
}

/** What the file turned out to be when it is not a ledger this version can use. */
export type OpenError =
  | 'storage-broken'
  | 'storage-unavailable'
  | 'disk-full'
  | 'schema-version'
  | 'store-in-use'

/** The half of the engine that changes the store; it has one connection, and runs on this thread or another. */
export type LedgerWriter = Pick<
  LedgerEngine,
  'accept' | 'transaction' | 'putBlob' | 'scrub' | 'publish' | 'close'
>

/**
 * Opens the writing connection: WAL, synchronous=FULL, so that a returned commit was fsynced. Makes the tables. A second
 * one on the same file, of this process or another, is refused: two sequencers would sign two trees.
 */
export function openSqliteWriter(options: SqliteEngineOptions): Result<LedgerWriter, OpenError> {
  const lock = lockStore(options.path)
  if (!lock.ok) return lock
  const opened = openLocked(options, lock.value)
  if (!opened.ok) lock.value.close()
  return opened
}

function openLocked(options: SqliteEngineOptions, lock: Database): Result<LedgerWriter, OpenError> {
  let database: Database | undefined
  try {
    database = openDatabase(options.path, { journal: 'WAL', synchronous: 'FULL' })
    const migrated = migrate(database)
    if (!migrated.ok) {
      database.close()
      return migrated
    }
    if (options.maxPageCount !== undefined) database.exec(`PRAGMA max_page_count = ${options.maxPageCount}`)
    return ok(new SqliteWriter(database, lock))
  } catch (error) {
    database?.close()
    return storageError(error)
  }
}

/** An empty file beside the store, locked until it is closed or the process ends in whatever way. */
export function lockStore(path: string): Result<Database, OpenError> {
  let lock: Database | undefined
  try {
    const isFile = path !== ':memory:'
    lock = openDatabase(isFile ? `${path}.lock` : path, {
      journal: 'DELETE',
      synchronous: 'EXTRA',
      busyMs: 0,
    })
    lock.exec('BEGIN EXCLUSIVE')
    return ok(lock)
  } catch (error) {
    lock?.close()
    const failed = storageError(error)
    return error instanceof SqliteError && error.code === 'database-busy' ? err('store-in-use') : failed
  }
}

class SqliteWriter implements LedgerWriter {
  readonly #writer: Database
  readonly #lock: Database
  readonly #oneWriter = createTurnstile()

  constructor(writer: Database, lock: Database) {
    this.#writer = writer
    this.#lock = lock
  }

  accept(
    records: readonly WaitingRecord[],
    refusedMore: readonly number[],
    revision?: number,
  ): Promise<Result<AcceptOutcome[], StorageError | 'stale'>> {
    const accepted = this.#write(() =>
      this.#writer.transaction(() => {
        if (revision !== undefined && revision !== readRevision(this.#writer)) return 'stale' as const
        for (const kioskId of refusedMore) {
          this.#writer
            .prepare('INSERT INTO refused_more VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1')
            .run(kioskId)
        }
        return records.map((record) => this.#acceptOne(record))
      }),
    )
    return accepted.then((result) =>
      result.ok && result.value === 'stale'
        ? err('stale')
        : (result as Result<AcceptOutcome[], StorageError>),
    )
  }

  #acceptOne(record: WaitingRecord): AcceptOutcome {
    const { id, leaf, spends, text, claims = [], isNote } = record
    const db = this.#writer
    if (spends === undefined) {
      if (db.prepare('SELECT 1 FROM waiting WHERE id = ?').get(id) !== undefined) return 'already-stored'
    } else {
      const isSpent = db.prepare('SELECT max(id = ?1) AS byIt FROM spent WHERE id = ?1 OR credential = ?2')
      const { byIt } = isSpent.get<{ byIt: number | null }>(id, spends.credential) as { byIt: number | null }
      if (byIt !== null) return byIt === 1 ? 'already-stored' : 'credential-taken'
    }
    const claimed = db.prepare('SELECT 1 FROM claim WHERE key = ?')
    if (claims.some((claim) => claimed.get(claim) !== undefined)) return 'claim-taken'
    for (const claim of claims) db.prepare('INSERT OR IGNORE INTO claim VALUES (?, ?)').run(claim, id)
    db.prepare('INSERT INTO waiting VALUES (?, ?)').run(id, leaf)
    if (spends !== undefined) {
      db.prepare('INSERT INTO spent (credential, id) VALUES (?, ?)').run(spends.credential, id)
      db.prepare('INSERT INTO promise VALUES (?, ?)').run(id, spends.promise)
    }
    if (text !== undefined) {
      db.prepare('INSERT OR IGNORE INTO proposal_text VALUES (?, ?, ?)').run(text.id, text.salt, text.text)
    }
    if (isNote) raiseRevision(db)
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

  publish(size: number, note: string): Promise<Result<boolean, StorageError>> {
    return this.#write(() => {
      const kept = this.#writer
        .prepare(
          'INSERT INTO published VALUES (1, ?1, ?2) ON CONFLICT DO UPDATE SET size = ?1, note = ?2 WHERE size <= ?1',
        )
        .run(size, note)
      return kept.changes === 1
    })
  }

  close(): Promise<void> {
    return this.#oneWriter(async () => {
      this.#writer.close()
      this.#lock.close()
    })
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

  async markSpent(spent: readonly SpentCredential[]): Promise<void> {
    const mark = this.#db.prepare(
      'UPDATE spent SET position = ? WHERE credential = ? AND id = ? AND position IS NULL',
    )
    for (const { credential, id, position } of spent) {
      if (mark.run(position, credential, id).changes !== 1)
        throw new Error(`the ballot for position ${position} has not spent its credential`)
    }
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
    if (moved.changes === 1) raiseRevision(this.#db)
    return moved.changes === 1
  }

  async clearWaiting(ids: readonly Uint8Array[]): Promise<void> {
    const clear = this.#db.prepare('DELETE FROM waiting WHERE id = ?')
    const release = this.#db.prepare('DELETE FROM claim WHERE id = ?')
    // Where one process alone takes records there are none.
    const areThereClaims = this.#db.prepare('SELECT 1 FROM claim LIMIT 1').get() !== undefined
    for (const id of ids) {
      if (areThereClaims) release.run(id)
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

  async addRefusedMore(counts: ReadonlyMap<number, number>): Promise<void> {
    const add = this.#db.prepare(
      'INSERT INTO refused_more VALUES (?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
    )
    for (const [kioskId, count] of counts) add.run(kioskId, count)
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

/** Notes stored and heads moved so far. */
export function readRevision(db: Database): number {
  return Number(readMeta(db, 'revision') ?? 0)
}

function raiseRevision(db: Database): void {
  db.exec(
    "INSERT INTO meta VALUES ('revision', '1') ON CONFLICT DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)",
  )
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
