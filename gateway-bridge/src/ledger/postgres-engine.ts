import { type Clock, createRealClock, type Timer } from '@hanpyo/platform/clock.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type {
  AcceptOutcome,
  Head,
  Leadership,
  LedgerEngine,
  LedgerTransaction,
  ProposalText,
  SharedFragments,
  StorageError,
  StoredWaiting,
  StoreSnapshot,
} from './engine.ts'
import { acceptRecords } from './postgres-accept.ts'
import { createLane, type Lane } from './postgres-lane.ts'
import { takeLead } from './postgres-leadership.ts'
import { type OpenWait, openStore, type PostgresOpenError } from './postgres-opening.ts'
import { createReadPool, type ReadPool } from './postgres-pool.ts'
import { PrimaryWatch } from './postgres-primary.ts'
import { CHANNEL } from './postgres-probe.ts'
import type { Migration } from './postgres-schema.ts'
import { PostgresFailure, type PostgresSession } from './postgres-session.ts'
import { settle } from './postgres-settle.ts'
import { headOf, PostgresTransaction } from './postgres-transaction.ts'
import type { PostgresTarget } from './postgres-url.ts'
import { createTurnstile } from './turnstile.ts'

export interface PostgresEngineOptions extends OpenWait {
  /** Every server of the cluster; which of them is the primary is found out, again and again. */
  readonly targets: readonly PostgresTarget[]
  /**
   * Refuses servers that would lose what was acknowledged, and trusts no server whose standbys do not confirm a write. Off
   * only for tests and for a single server whose loss is accepted.
   */
  readonly requireQuorum: boolean
  /** Real time; a scaled clock would make timeouts of the network shorter. */
  readonly clock?: Clock
  readonly beatMs?: number
  /** Tests of later versions. */
  readonly migrations?: readonly Migration[]
}

const SETTLE_PAUSE_MS = 30_000

/** Opens the store of one election on a PostgreSQL cluster, and makes or migrates its tables. docs/adr/0014 is the why. */
export async function openPostgresEngine(
  options: PostgresEngineOptions,
): Promise<Result<LedgerEngine, PostgresOpenError>> {
  const { clock = createRealClock() } = options
  const watch = new PrimaryWatch({ ...options, clock })
  watch.start()
  try {
    const opened = await openStore({ ...options, watch, clock })
    if (opened.ok) {
      watch.follow()
      return ok(new PostgresEngine(watch, clock))
    }
    await watch.close()
    return opened
  } catch (error) {
    await watch.close()
    throw error
  }
}

class PostgresEngine implements LedgerEngine {
  readonly #watch: PrimaryWatch
  readonly #clock: Clock
  /** Ballots and their acknowledgement never wait for a batch or a blob that is being written. */
  readonly #accepting: Lane
  readonly #appending: Lane
  readonly #pool: ReadPool
  readonly isShared = true
  readonly fragments: SharedFragments
  readonly #oneSnapshot = createTurnstile()
  #leadership: Leadership | null = null
  #settling: Promise<unknown> = Promise.resolve()
  #settleTimer: Timer | undefined
  #settledMs = Number.NEGATIVE_INFINITY

  constructor(watch: PrimaryWatch, clock: Clock) {
    this.#watch = watch
    this.#clock = clock
    this.#accepting = createLane({ watch, clock })
    this.#appending = createLane({ watch, clock })
    this.#pool = createReadPool({ watch, clock })
    this.fragments = sharedFragments(this.#pool)
  }

  get trouble(): string | null {
    return this.#watch.trouble
  }

  async accept(
    ...[records, refusedMore, revision]: Parameters<LedgerEngine['accept']>
  ): Promise<Result<AcceptOutcome[], StorageError | 'stale'>> {
    const accepted = await this.#accepting.run(
      (session) => acceptRecords(session, records, refusedMore, revision),
      { retries: true },
    )
    if (!accepted.ok) return accepted
    return accepted.value === 'stale' ? err('stale') : ok(accepted.value)
  }

  async transaction<T, E extends string>(
    work: (tx: LedgerTransaction) => Promise<Result<T, E>>,
  ): Promise<Result<T, E | StorageError>> {
    let hasMoved = false
    const done = await this.#appending.run<Result<T, E>>(async (session) => {
      const tx = new PostgresTransaction(session)
      const value = await work(tx)
      if (value.ok) await tx.flush()
      hasMoved = value.ok && tx.hasMoved
      return { commit: value.ok, value }
    })
    if (!done.ok) return done
    if (hasMoved) this.#settleSoon()
    return done.value
  }

  async putBlob(name: Uint8Array, bytes: Uint8Array): Promise<Result<void, StorageError>> {
    return this.#appending.run(
      async (session) => {
        await session.query('INSERT INTO blob VALUES ($1, $2) ON CONFLICT DO NOTHING', [name, bytes])
        return { commit: true, value: undefined }
      },
      { retries: true },
    )
  }

  async publish(size: number, note: string): Promise<Result<boolean, StorageError>> {
    return this.#appending.run(
      async (session) => {
        const kept = await session.query(
          `WITH kept AS (INSERT INTO published (size, note) VALUES ($1, $2)
             ON CONFLICT (one) DO UPDATE SET size = excluded.size, note = excluded.note
             WHERE published.size <= excluded.size RETURNING one)
           SELECT pg_notify('${CHANNEL}', '') FROM kept`,
          [size, note],
        )
        return { commit: true, value: kept.length === 1 }
      },
      { retries: true },
    )
  }

  async scrub(): Promise<Result<boolean, StorageError>> {
    const settled = await this.#settle({ texts: true })
    if (settled.ok) return ok(true)
    return settled.error === 'storage-unavailable' && this.trouble === null ? ok(false) : settled
  }

  /** After every batch where batches are minutes apart; where they are seconds apart, every half minute. */
  #settleSoon(): void {
    if (this.#settleTimer !== undefined) return
    const waitMs = Math.max(0, this.#settledMs + SETTLE_PAUSE_MS - this.#clock.now())
    this.#settleTimer = this.#clock.setTimeout(() => {
      this.#settleTimer = undefined
      this.#settledMs = this.#clock.now()
      this.#settling = this.#settle({ texts: false })
    }, waitMs)
  }

  async #settle(what: { readonly texts: boolean }): Promise<Result<void, StorageError>> {
    return this.#appending.run((session) => settle(session, what))
  }

  async identity(): Promise<Uint8Array | null> {
    const [row] = await this.#rows<{ manifest: Uint8Array | null }>('SELECT manifest FROM head')
    return row?.manifest ?? null
  }

  async head(): Promise<Head | null> {
    const [row] = await this.#rows<{ size: number; root: Uint8Array | null; checkpoint: string | null }>(
      'SELECT size, root, checkpoint FROM head',
    )
    return headOf(row)
  }

  waiting(): Promise<StoredWaiting[]> {
    return this.#rows('SELECT id, leaf, promise FROM waiting ORDER BY id')
  }

  /** One statement is one moment; and its transaction writes, so that the standbys have what it saw before it is handed out. */
  snapshot(): Promise<StoreSnapshot> {
    // One at a time: those that wait for standbys would otherwise keep all sessions from readers.
    return this.#oneSnapshot(() => this.#pool.read((session) => confirmedSnapshot(session)))
  }

  async waitingRecords(ids: readonly Uint8Array[]): Promise<StoredWaiting[]> {
    if (ids.length === 0) return []
    return this.#rows('SELECT id, leaf, promise FROM waiting WHERE id = ANY($1::bytea[])', [ids])
  }

  async refusedMore(): Promise<Map<number, number>> {
    const rows = await this.#rows<{ kiosk: number; count: number }>('SELECT kiosk, count FROM refused_more')
    return new Map(rows.map(({ kiosk, count }) => [kiosk, count]))
  }

  async promise(id: Uint8Array): Promise<string | null> {
    const [row] = await this.#rows<{ note: string | null }>(
      'SELECT promise AS note FROM waiting WHERE id = $1 UNION ALL SELECT note FROM promise WHERE id = $1',
      [id],
    )
    return row?.note ?? null
  }

  async entries(first: number, count: number): Promise<Uint8Array[]> {
    const rows = await this.#rows<{ leaf: Uint8Array }>(
      'SELECT leaf FROM entry WHERE position >= $1 AND position < $2 ORDER BY position',
      [first, first + count],
    )
    return rows.map(({ leaf }) => leaf)
  }

  async tile(level: number, number: number): Promise<Uint8Array | null> {
    const [row] = await this.#rows<{ hashes: Uint8Array }>(
      'SELECT hashes FROM tile WHERE level = $1 AND number = $2',
      [level, number],
    )
    return row?.hashes ?? null
  }

  async blob(name: Uint8Array): Promise<Uint8Array | null> {
    const [row] = await this.#rows<{ bytes: Uint8Array }>('SELECT bytes FROM blob WHERE name = $1', [name])
    return row?.bytes ?? null
  }

  async proposalText(id: Uint8Array): Promise<Omit<ProposalText, 'id'> | null> {
    const [row] = await this.#rows<{ salt: Uint8Array; text: string }>(
      'SELECT salt, text FROM proposal_text WHERE id = $1',
      [id],
    )
    return row ?? null
  }

  async published(): Promise<string | null> {
    const [row] = await this.#rows<{ note: string }>('SELECT note FROM published')
    return row?.note ?? null
  }

  async lead(): Promise<Leadership | null> {
    this.#leadership = await takeLead({ watch: this.#watch, clock: this.#clock })
    return this.#leadership
  }

  onHeadMoved(listener: () => void): () => void {
    return this.#watch.onTold(listener)
  }

  async close(): Promise<void> {
    this.#clock.clearTimeout(this.#settleTimer)
    await this.#leadership?.release()
    await Promise.all([this.#accepting.close(), this.#appending.close(), this.#pool.close()])
    await this.#settling.catch(() => {})
    await this.#watch.close()
  }

  #rows<Row extends object>(
    text: string,
    values: Parameters<PostgresSession['query']>[1] = [],
  ): Promise<Row[]> {
    return this.#pool.read((session) => session.query<Row>(text, values))
  }
}

/** An unlogged table: nothing of it goes through the WAL or to a standby, and a crash of the server empties it. */
function sharedFragments(pool: ReadPool): SharedFragments {
  const changed = async (text: string, values: (string | Uint8Array)[]) => {
    try {
      const rows = await pool.once((session) => session.query(`${text} RETURNING true`, values))
      return ok(rows.length === 1)
    } catch (error) {
      if (error instanceof PostgresFailure) return err(error.storage, error.message)
      throw error
    }
  }
  return {
    async get(devEui) {
      const [row] = await pool.read((session) =>
        session.query<{ packet: Uint8Array }>('SELECT packet FROM fragment WHERE dev_eui = $1', [devEui]),
      )
      return row?.packet ?? null
    },
    async swap(devEui, before, after) {
      if (before === null && after === null) return ok((await this.get(devEui)) === null)
      if (before === null)
        return changed('INSERT INTO fragment VALUES ($1, $2) ON CONFLICT DO NOTHING', [
          devEui,
          after as Uint8Array,
        ])
      if (after === null)
        return changed('DELETE FROM fragment WHERE dev_eui = $1 AND packet = $2', [devEui, before])
      return changed('UPDATE fragment SET packet = $3 WHERE dev_eui = $1 AND packet = $2', [
        devEui,
        before,
        after,
      ])
    },
    async devices() {
      const rows = await pool.read((session) =>
        session.query<{ devEui: string }>('SELECT dev_eui AS "devEui" FROM fragment ORDER BY dev_eui'),
      )
      return rows.map(({ devEui }) => devEui)
    },
  }
}

async function confirmedSnapshot(session: PostgresSession): Promise<StoreSnapshot> {
  await session.script("BEGIN; SELECT pg_logical_emit_message(true, 'hanpyo', '')")
  const [row] = await session.query<{
    revision: number
    size: number
    root: Uint8Array | null
    checkpoint: string | null
    waiting: Uint8Array | null
  }>(
    `SELECT revision, size, root, checkpoint, (SELECT string_agg(id, '' ORDER BY id) FROM waiting) AS waiting FROM head`,
    [],
    'snapshot',
  )
  if ((await session.commit()) !== 'committed' || row === undefined)
    throw new PostgresFailure('storage-unavailable', undefined, 'no standby has confirmed what was read')
  const { revision, waiting: ids } = row
  const waiting = Array.from({ length: (ids?.length ?? 0) / 32 }, (_, n) =>
    (ids as Uint8Array).slice(32 * n, 32 * n + 32),
  )
  return { revision, head: headOf(row), waiting }
}
