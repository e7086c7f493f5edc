import { type Database, openDatabase } from '@hanpyo/platform/sqlite.ts'
import { equalBytes, fromHex } from '@hanpyo/protocol/bytes.ts'
import { ok, type Result } from '@hanpyo/protocol/result.ts'
import type {
  Head,
  Leadership,
  LedgerEngine,
  ProposalText,
  SharedFragments,
  StoredWaiting,
  StoreSnapshot,
} from './engine.ts'
import {
  type LedgerWriter,
  type OpenError,
  openSqliteWriter,
  readHead,
  readMeta,
  readRevision,
  type SqliteEngineOptions,
  storageError,
} from './sqlite-writer.ts'
import { openThreadedWriter } from './threaded-writer.ts'

/**
 * Opens the SQLite engine with its writing connection on this thread: for tools and tests. A second connection reads,
 * so that readers never see a half-done transaction.
 */
export function openSqliteEngine(options: SqliteEngineOptions): Result<LedgerEngine, OpenError> {
  const writer = openSqliteWriter(options)
  return writer.ok ? withReader(writer.value, options.path) : writer
}

/** The same with the writing connection on a thread of its own, so that no fsync ever holds the event loop. */
export async function openThreadedSqliteEngine(
  options: SqliteEngineOptions,
): Promise<Result<LedgerEngine, OpenError>> {
  const writer = await openThreadedWriter(options)
  return writer.ok ? withReader(writer.value, options.path) : writer
}

function withReader(writer: LedgerWriter, path: string): Result<LedgerEngine, OpenError> {
  try {
    const reader = openDatabase(path, { journal: 'WAL', synchronous: 'FULL', readOnly: true })
    return ok(new SqliteEngine(writer, reader))
  } catch (error) {
    void writer.close()
    return storageError(error)
  }
}

class SqliteEngine implements LedgerEngine {
  readonly #writer: LedgerWriter
  readonly #reader: Database
  readonly accept: LedgerWriter['accept']
  readonly putBlob: LedgerWriter['putBlob']
  readonly transaction: LedgerWriter['transaction']
  readonly scrub: LedgerWriter['scrub']
  readonly #headListeners = new Set<() => void>()
  /** A second writing process is refused when it opens the file. */
  readonly isShared = false
  readonly trouble = null
  readonly fragments: SharedFragments = memoryFragments()

  constructor(writer: LedgerWriter, reader: Database) {
    this.#writer = writer
    this.#reader = reader
    this.accept = writer.accept.bind(writer)
    this.putBlob = writer.putBlob.bind(writer)
    this.scrub = writer.scrub.bind(writer)
    this.transaction = async (work) => this.#toldIfDone(await writer.transaction(work))
  }

  async publish(...args: Parameters<LedgerWriter['publish']>): ReturnType<LedgerWriter['publish']> {
    return this.#toldIfDone(await this.#writer.publish(...args))
  }

  async published(): Promise<string | null> {
    return this.#reader.prepare('SELECT note FROM published').get<{ note: string }>()?.note ?? null
  }

  /** One process writes to this file, so that there is nobody to agree with. */
  async lead(): Promise<Leadership | null> {
    return { isHeld: true, onLost: () => {}, release: async () => {} }
  }

  onHeadMoved(listener: () => void): () => void {
    this.#headListeners.add(listener)
    return () => void this.#headListeners.delete(listener)
  }

  #toldIfDone<R extends { readonly ok: boolean }>(result: R): R {
    if (result.ok) for (const listener of this.#headListeners) listener()
    return result
  }

  async identity(): Promise<Uint8Array | null> {
    const hex = readMeta(this.#reader, 'manifest')
    return hex === undefined ? null : fromHex(hex)
  }

  async head(): Promise<Head | null> {
    return readHead(this.#reader)
  }

  async waiting(): Promise<StoredWaiting[]> {
    return this.#reader
      .prepare(
        'SELECT id, leaf, note AS promise FROM waiting LEFT JOIN promise USING (id) ORDER BY waiting.id',
      )
      .all<StoredWaiting>()
  }

  async snapshot(): Promise<StoreSnapshot> {
    // Synchronous, but the writer may be on another thread: one read transaction holds the three together.
    this.#reader.exec('BEGIN')
    try {
      const waiting = this.#reader.prepare('SELECT id FROM waiting ORDER BY id').all<{ id: Uint8Array }>()
      const revision = readRevision(this.#reader)
      return { revision, head: readHead(this.#reader), waiting: waiting.map(({ id }) => id) }
    } finally {
      this.#reader.exec('COMMIT')
    }
  }

  async waitingRecords(ids: readonly Uint8Array[]): Promise<StoredWaiting[]> {
    const find = this.#reader.prepare(
      'SELECT id, leaf, note AS promise FROM waiting LEFT JOIN promise USING (id) WHERE id = ?',
    )
    return ids.flatMap((id) => find.get<StoredWaiting>(id) ?? [])
  }

  async refusedMore(): Promise<Map<number, number>> {
    const rows = this.#reader
      .prepare('SELECT kiosk, count FROM refused_more')
      .all<{ kiosk: number; count: number }>()
    return new Map(rows.map(({ kiosk, count }) => [kiosk, count]))
  }

  async promise(id: Uint8Array): Promise<string | null> {
    const row = this.#reader.prepare('SELECT note FROM promise WHERE id = ?').get<{ note: string }>(id)
    return row?.note ?? null
  }

  async entries(first: number, count: number): Promise<Uint8Array[]> {
    return this.#reader
      .prepare('SELECT leaf FROM entry WHERE position >= ? AND position < ? ORDER BY position')
      .all<{ leaf: Uint8Array }>(first, first + count)
      .map(({ leaf }) => leaf)
  }

  async tile(level: number, number: number): Promise<Uint8Array | null> {
    const row = this.#reader
      .prepare('SELECT hashes FROM tile WHERE level = ? AND number = ?')
      .get<{ hashes: Uint8Array }>(level, number)
    return row?.hashes ?? null
  }

  async blob(name: Uint8Array): Promise<Uint8Array | null> {
    const row = this.#reader.prepare('SELECT bytes FROM blob WHERE name = ?').get<{ bytes: Uint8Array }>(name)
    return row?.bytes ?? null
  }

  async proposalText(id: Uint8Array): Promise<Omit<ProposalText, 'id'> | null> {
    const row = this.#reader
      .prepare('SELECT salt, text FROM proposal_text WHERE id = ?')
      .get<{ salt: Uint8Array; text: string }>(id)
    return row ?? null
  }

  async close(): Promise<void> {
    this.#reader.close()
    await this.#writer.close()
  }
}

/** For tests: bridges on SQLite keep their fragments in a file of their own, because nobody shares them. */
function memoryFragments(): SharedFragments {
  const rows = new Map<string, Uint8Array>()
  return {
    get: async (devEui) => rows.get(devEui) ?? null,
    async swap(devEui, before, after) {
      const now = rows.get(devEui)
      const isSame =
        now === undefined || before === null ? now === (before ?? undefined) : equalBytes(now, before)
      if (!isSame) return ok(false)
      if (after === null) rows.delete(devEui)
      else rows.set(devEui, after)
      return ok(true)
    },
    devices: async () => [...rows.keys()],
  }
}
