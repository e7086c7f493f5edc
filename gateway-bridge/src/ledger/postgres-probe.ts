import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Refusal } from './postgres-refusal.ts'
import { isServerError, PostgresFailure, PostgresSession } from './postgres-session.ts'
import { nameOf, type PostgresTarget } from './postgres-url.ts'

/** What one server turned out to be. Only a `primary` has just had a write of ours confirmed as it has to be. */
export type ProbeReport =
  | {
      readonly kind: 'primary'
      readonly session: PostgresSession
      readonly sinceMs: number
      readonly seen: string
    }
  | { readonly kind: 'standby' | 'unreachable' | 'unsafe' | 'unconfirmed'; readonly why: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly why: string }

/** Channel of `moveHead` and `publish`. */
export const CHANNEL = 'hanpyo_head'

/** A server that has not answered by then is reported as silent; a write that no standby has confirmed, as such. */
const LOOK_MS = 3_000
/** A write without an answer may be a dead connection: after this time the server is asked on a new one. */
const GIVE_UP_MS = 10_000

export interface ProbeOptions {
  readonly clock: Clock
  readonly requireQuorum: boolean
  /** Called for a notification of `CHANNEL`. */
  onTold(): void
}

interface Settings {
  readonly standby: boolean
  readonly fsync: string
  readonly pages: string
  readonly names: string
  readonly commit: string
  readonly senders: number
}

/**
 * `reset_val`, because every session of ours sets synchronous_commit for itself. The number of WAL senders is visible without
 * any privilege.
 */
const SETTINGS = `SELECT pg_is_in_recovery() AS standby, current_setting('fsync') AS fsync,
 current_setting('full_page_writes') AS pages, current_setting('synchronous_standby_names') AS names,
 (SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit') AS commit,
 (SELECT count(*)::int FROM pg_stat_replication) AS senders`

/** Written, so that its COMMIT waits for the standbys: nothing before it in the WAL can then be lost with this machine. */
const BARRIER = "SELECT pg_logical_emit_message(true, 'hanpyo', '')"

const SEEN = `SELECT h.revision || ' ' || coalesce((SELECT size || ' ' || md5(note) FROM published), '') AS seen FROM head h`

/** Asks one server again and again what it is, over one connection. */
export class Probe {
  readonly target: PostgresTarget
  readonly #options: ProbeOptions
  #session: PostgresSession | undefined
  #look: { readonly done: Promise<ProbeReport>; readonly startedMs: number } | undefined
  #isCommitting = false
  #isListening = false
  /** Whether the tables are there. */
  isFollowing = false

  constructor(target: PostgresTarget, options: ProbeOptions) {
    this.target = target
    this.#options = options
  }

  /** Within three seconds. Never rejects. */
  async look(): Promise<ProbeReport> {
    const { clock } = this.#options
    this.#look ??= { done: this.#run().finally(() => (this.#look = undefined)), startedMs: clock.now() }
    const { done, startedMs } = this.#look
    const inTime = new AbortController()
    const late = clock.sleep(LOOK_MS, inTime.signal).then(
      () => undefined,
      () => undefined,
    )
    const report = await Promise.race([done, late])
    inTime.abort()
    if (report !== undefined) return report
    const name = nameOf(this.target)
    if (!this.#isCommitting) {
      this.#drop()
      return { kind: 'unreachable', why: `${name} does not answer` }
    }
    if (clock.now() - startedMs >= GIVE_UP_MS) this.#drop()
    return { kind: 'unconfirmed', why: `no standby confirms what ${name} writes` }
  }

  async close(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    if (this.#look === undefined) await session?.close()
    else session?.destroy()
  }

  async #run(): Promise<ProbeReport> {
    const name = nameOf(this.target)
    try {
      const session = await this.#open()
      const [settings] = await session.query<Settings>(SETTINGS, [], 'settings')
      if (settings === undefined) return { kind: 'unreachable', why: `${name} tells nothing of itself` }
      if (settings.standby) return { kind: 'standby', why: `${name} is a standby` }
      const { requireQuorum, clock } = this.#options
      const unsafe = requireQuorum ? whatWouldLose(settings) : undefined
      if (unsafe !== undefined) return { kind: 'unsafe', why: `${name}: ${unsafe}` }
      if (requireQuorum && settings.senders === 0)
        return { kind: 'unconfirmed', why: `no standby is connected to ${name}` }
      if (!this.#isListening) await session.script(`LISTEN ${CHANNEL}`)
      this.#isListening = true
      const sinceMs = clock.now()
      await session.script('BEGIN')
      await session.query(BARRIER, [], 'barrier')
      this.#isCommitting = true
      if ((await session.commit()) !== 'committed')
        return { kind: 'unconfirmed', why: `no standby has confirmed what ${name} wrote` }
      this.#isCommitting = false
      const [row] = this.isFollowing ? await session.query<{ seen: string }>(SEEN, [], 'seen') : []
      return { kind: 'primary', session, sinceMs, seen: row?.seen ?? '' }
    } catch (error) {
      if (!isServerError(error)) throw error
      this.#drop()
      const why = `${name}: ${error.message}`
      const refusal = error instanceof PostgresFailure ? error.refusal : undefined
      return refusal === undefined ? { kind: 'unreachable', why } : { kind: 'refused', refusal, why }
    } finally {
      this.#isCommitting = false
    }
  }

  async #open(): Promise<PostgresSession> {
    if (this.#session?.isOpen) return this.#session
    this.#isListening = false
    const session = await PostgresSession.open(this.target, this.#options.clock)
    session.onNotification(() => this.#options.onTold())
    this.#session = session
    return session
  }

  #drop(): void {
    this.#session?.destroy()
    this.#session = undefined
  }
}

/** Why this server could lose a ballot that was acknowledged, with what to set; undefined when it cannot. */
export function whatWouldLose(settings: Omit<Settings, 'standby' | 'senders'>): string | undefined {
  const { fsync, pages, names, commit } = settings
  if (fsync !== 'on') return 'fsync is off, a power cut would destroy the ledger: set fsync = on'
  if (pages !== 'on')
    return 'full_page_writes is off, a power cut would destroy the ledger: set full_page_writes = on'
  if (names.trim() === '')
    return "synchronous_standby_names is empty, so that a commit waits for no standby: set it to 'ANY 1 (…)' with the names of the servers"
  if (commit !== 'on' && commit !== 'remote_apply')
    return `synchronous_commit is ${commit}, so that a commit does not wait until a standby has it on disk: set synchronous_commit = on`
  return undefined
}
