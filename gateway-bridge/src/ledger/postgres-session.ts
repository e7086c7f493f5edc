import type { Clock } from '@hanpyo/platform/clock.ts'
import pg from 'pg'
import type { StorageError } from './engine.ts'
import { messageOf, type Refusal, refusalOf } from './postgres-refusal.ts'
import type { PostgresTarget } from './postgres-url.ts'

/** What a server or the way to it answered, in the terms of the engine. Everything else a query can throw is a bug. */
export class PostgresFailure extends Error {
  override readonly name = 'PostgresFailure'
  readonly storage: StorageError
  /** Five characters; undefined when the connection failed. */
  readonly sqlState: string | undefined
  /** Set when there is no connection for a reason that does not pass by waiting. */
  readonly refusal: Refusal | undefined

  constructor(storage: StorageError, sqlState: string | undefined, cause: unknown, refusal?: Refusal) {
    super(messageOf(cause), { cause })
    this.storage = storage
    this.sqlState = sqlState
    this.refusal = refusal
  }
}

export type SqlParameter = null | boolean | number | string | Uint8Array | readonly SqlParameter[]

/**
 * `unknown`: the server may or may not have committed, or has committed what no standby has confirmed. It is settled by
 * looking for what was written, never by asking for a cancellation.
 */
export type CommitOutcome = 'committed' | 'unknown'

/** A silent server is given up after this time, unless it is committing. */
const QUERY_TIMEOUT_MS = 30_000
const CONNECT_TIMEOUT_MS = 3_000
const GOODBYE_MS = 1_000

/**
 * No session of ours lets a write return before the quorum has it, whatever the role's defaults say; an open transaction of
 * a process that stands still ends after ten seconds; a query whose client is gone ends too, but never a COMMIT.
 */
const SESSION_SETTINGS = `SET synchronous_commit = on; SET idle_in_transaction_session_timeout = '10s';
SET client_connection_check_interval = '5s'; SET statement_timeout = 0; SET lock_timeout = 0;
SET default_transaction_isolation = 'read committed'; SET timezone = 'UTC'`

const BYTEA = 17
const INT8 = 20
/** Columns come as the engine hands them on: plain byte arrays, and counters as numbers. */
const TYPES = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === BYTEA) return (text: string) => Uint8Array.from(Buffer.from(text.slice(2), 'hex'))
    if (oid === INT8) return Number
    return pg.types.getTypeParser(oid, format as 'text')
  },
}

/** One connection, one query at a time. It never sends a cancel request. */
export class PostgresSession {
  readonly #client: pg.Client
  readonly #clock: Clock
  readonly #onEnd = new Set<() => void>()
  #warning: string | undefined
  #isOpen = true

  private constructor(client: pg.Client, clock: Clock) {
    this.#client = client
    this.#clock = clock
    client.on('error', () => this.#ended())
    client.on('end', () => this.#ended())
    client.on('notice', (notice) => {
      // By code, because severity and text come in the server's language; 00000 is a mere notice.
      if (notice.code !== '00000') this.#warning = notice.message
    })
  }

  /** Rejects with `PostgresFailure` when there is no session within three seconds. */
  static async open(
    target: PostgresTarget,
    clock: Clock,
    applicationName = 'hanpyo-bridge',
  ): Promise<PostgresSession> {
    const client = new pg.Client({
      ...target,
      application_name: applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      types: TYPES as pg.CustomTypesConfig,
    })
    const session = new PostgresSession(client, clock)
    try {
      await connected(client)
      await session.script(SESSION_SETTINGS)
      return session
    } catch (error) {
      session.destroy()
      throw error
    }
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Called once when the connection is gone, for whatever reason; at once when it is gone already. */
  onEnd(listener: () => void): void {
    if (this.#isOpen) this.#onEnd.add(listener)
    else listener()
  }

  /** Called for every notification of a channel this session listens to. */
  onNotification(listener: () => void): void {
    this.#client.on('notification', listener)
  }

  /** Rows of one statement. A named statement is planned once for each connection. */
  async query<Row extends object = Record<string, never>>(
    text: string,
    values: readonly SqlParameter[] = [],
    name?: string,
  ): Promise<Row[]> {
    const config = { text, values: values as unknown[], ...(name === undefined ? {} : { name }) }
    const { rows } = await this.#inTime(() => this.#client.query<Row>(config))
    return rows
  }

  /** Several statements without parameters, in one message. */
  async script(text: string): Promise<void> {
    await this.#inTime(() => this.#client.query(text))
  }

  /** COMMIT, however long the standbys take. A warning or a lost connection leave the outcome unknown. */
  async commit(): Promise<CommitOutcome> {
    this.#warning = undefined
    try {
      const { command } = await this.#client.query('COMMIT')
      // The server answers ROLLBACK to the COMMIT of a transaction that had failed; callers roll such a one back themselves.
      if (command !== 'COMMIT') throw new Error(`COMMIT was answered with ${command}`)
    } catch (error) {
      if (error instanceof pg.DatabaseError && !isLostConnection(error.code)) {
        // An error that the server reports for COMMIT while the connection lives: it has rolled back.
        throw failure(error)
      } else if (this.#isOpen && !isSocketError(error)) throw error
      this.destroy()
      return 'unknown'
    }
    return this.#warning === undefined ? 'committed' : 'unknown'
  }

  /** Says goodbye; for a session with nothing under way. */
  async close(): Promise<void> {
    if (!this.#isOpen) return
    const timer = this.#clock.setTimeout(() => this.destroy(), GOODBYE_MS)
    await this.#client.end().catch(() => {})
    this.#clock.clearTimeout(timer)
    this.#ended()
  }

  /** Drops the connection without a word; what is under way rejects, and goes on at the server. */
  destroy(): void {
    const { connection } = this.#client as unknown as { connection: { stream: { destroy(): void } } }
    connection.stream.destroy()
    this.#ended()
  }

  async #inTime<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#isOpen) throw new PostgresFailure('storage-unavailable', undefined, 'the connection is closed')
    const timer = this.#clock.setTimeout(() => this.destroy(), QUERY_TIMEOUT_MS)
    try {
      return await work()
    } catch (error) {
      throw failure(error)
    } finally {
      this.#clock.clearTimeout(timer)
    }
  }

  #ended(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    const listeners = [...this.#onEnd]
    this.#onEnd.clear()
    for (const listener of listeners) listener()
  }
}

/** Whatever keeps a connection from being made is the server, the way to it or its settings; nothing was asked of it yet. */
async function connected(client: pg.Client): Promise<void> {
  try {
    await client.connect()
  } catch (error) {
    const sqlState = error instanceof pg.DatabaseError ? error.code : undefined
    throw new PostgresFailure('storage-unavailable', sqlState, error, refusalOf(error))
  }
}

/** Whether a server said this, in whatever words; anything else that is thrown is a bug of this program. */
export function isServerError(error: unknown): error is Error {
  return error instanceof PostgresFailure || error instanceof pg.DatabaseError
}

/** Classes of SQLSTATE after which the connection is not to be used again. */
function isLostConnection(sqlState: string | undefined): boolean {
  return sqlState === undefined || sqlState.startsWith('08') || sqlState.startsWith('57P')
}

function isSocketError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, message } = error as NodeJS.ErrnoException
  return (
    /^(E[A-Z]+|ERR_(TLS|SSL|SOCKET|STREAM)_\w+|\w*CERT\w*|UNABLE_TO\w+)$/.test(code ?? '') ||
    /^(Connection terminated|Client was closed|Client has encountered a connection error|timeout expired|The server does not support SSL|This socket has been ended|write after end)/.test(
      message,
    )
  )
}

/** https://www.postgresql.org/docs/15/errcodes-appendix.html; what is not listed is a bug and stays what it is. */
function failure(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) {
    return isSocketError(error) ? new PostgresFailure('storage-unavailable', undefined, error) : error
  }
  const { code = '' } = error
  if (code === '53100') return new PostgresFailure('disk-full', code, error)
  if (code === 'XX001' || code === 'XX002') return new PostgresFailure('storage-broken', code, error)
  const isPassing =
    /^(08|28|40|53|57|58)/.test(code) || ['25006', '25P03', '55P03', '3D000', '42501'].includes(code)
  if (isPassing || code === '23505') return new PostgresFailure('storage-unavailable', code, error)
  return error
}
