import type { Clock } from '@hanpyo/platform/clock.ts'
import { Probe, type ProbeReport } from './postgres-probe.ts'
import type { Refusal } from './postgres-refusal.ts'
import { PostgresFailure, type PostgresSession } from './postgres-session.ts'
import type { PostgresTarget } from './postgres-url.ts'

/** The server to use: of all that are named, the one that takes writes and has them confirmed. */
export interface Primary {
  readonly target: PostgresTarget
  /** Another number, another server or another life of it: what is open from before is to be dropped. */
  readonly generation: number
}

export interface PrimaryWatchOptions {
  readonly targets: readonly PostgresTarget[]
  readonly clock: Clock
  readonly requireQuorum: boolean
  /** Milliseconds between two looks at a server while all is well. */
  readonly beatMs?: number
}

const RETRY_MS = 250

/**
 * Looks at every server all the time. `pg` knows one host and no `target_session_attrs`, and being writable is not enough:
 * an old primary that was cut off takes writes too, but has no standby to confirm them, so that it is never chosen.
 */
export class PrimaryWatch {
  readonly #options: PrimaryWatchOptions
  readonly #probes: readonly Probe[]
  readonly #reports = new Map<Probe, ProbeReport>()
  readonly #listeners = new Set<() => void>()
  readonly #toldListeners = new Set<() => void>()
  readonly #closing = new AbortController()
  #wake = new AbortController()
  #current: (Primary & { readonly probe: Probe; readonly session: PostgresSession }) | undefined
  #confirmedSinceMs = Number.NEGATIVE_INFINITY
  #seen = ''
  #loops: Promise<unknown> = Promise.resolve()

  constructor(options: PrimaryWatchOptions) {
    this.#options = options
    const { clock, requireQuorum } = options
    const onTold = () => this.#tell()
    this.#probes = options.targets.map((target) => new Probe(target, { clock, requireQuorum, onTold }))
  }

  start(): void {
    this.#loops = Promise.all(this.#probes.map((probe) => this.#loop(probe)))
  }

  /** Why nothing can be stored now, for people; null while writes are confirmed. */
  get trouble(): string | null {
    const reports = this.#probes.map((probe) => this.#reports.get(probe))
    const ofCurrent = this.#current && this.#reports.get(this.#current.probe)
    if (ofCurrent?.kind === 'primary') return null
    const worst = (['refused', 'unsafe', 'unconfirmed', 'unreachable', 'standby'] as const).flatMap((kind) =>
      reports.flatMap((report) => (report?.kind === kind ? [report.why] : [])),
    )
    return worst.length === 0 ? 'the servers have not answered yet' : worst.join('; ')
  }

  /** Whether every server has answered, or was seen not to answer. */
  get isEveryoneAsked(): boolean {
    return this.#reports.size === this.#probes.length
  }

  /**
   * What waiting does not change, once every server was asked and none of them is the primary: one that would lose ballots,
   * or that all who are there refuse the bridge. A server that refuses while another one lets it in is left aside.
   */
  get hopeless(): { readonly error: 'store-unsafe' | Refusal; readonly why: string } | undefined {
    const reports = [...this.#reports.values()]
    if (!this.isEveryoneAsked || reports.some(({ kind }) => kind === 'primary')) return undefined
    for (const report of reports)
      if (report.kind === 'unsafe') return { error: 'store-unsafe', why: report.why }
    if (reports.some(({ kind }) => kind === 'standby' || kind === 'unconfirmed')) return undefined
    for (const report of reports)
      if (report.kind === 'refused') return { error: report.refusal, why: report.why }
    return undefined
  }

  /** A write that was begun before this moment, in milliseconds of the clock, is confirmed if it was made at all. */
  get confirmedSinceMs(): number {
    return this.#confirmedSinceMs
  }

  /** The primary as of now; undefined while there is none. It may be one that waits for its standbys. */
  get current(): Primary | undefined {
    return this.#current
  }

  /** Waits for a confirmed primary; rejects with `PostgresFailure` after `waitMs` and when this is closed. */
  async whenKnown(waitMs: number): Promise<Primary> {
    const isReady = () => this.#current !== undefined && this.trouble === null
    const { clock } = this.#options
    const untilMs = clock.now() + waitMs
    while (!isReady() || this.#current === undefined) {
      const leftMs = untilMs - clock.now()
      if (this.#closing.signal.aborted || leftMs <= 0) {
        throw new PostgresFailure('storage-unavailable', undefined, this.trouble ?? 'it is being closed')
      }
      await this.nextReport(leftMs)
    }
    return this.#current
  }

  /** Resolves after the next look at a server, after `waitMs`, or when `signal` says so. */
  nextReport(waitMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const { clock } = this.#options
      const done = () => {
        stop()
        clock.clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const stop = this.onReport(done)
      const timer = clock.setTimeout(done, waitMs)
      signal?.addEventListener('abort', done, { once: true })
      if (signal?.aborted) done()
    })
  }

  /** Called after every look at a server. What it returns ends that. */
  onReport(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Called when the head moved or a note was published, perhaps also for nothing. */
  onTold(listener: () => void): () => void {
    this.#toldListeners.add(listener)
    return () => void this.#toldListeners.delete(listener)
  }

  /** Somebody lost a connection: look at once. */
  lookNow(): void {
    this.#wake.abort()
    this.#wake = new AbortController()
  }

  /** From now on the tables are there, and changes of the head are looked for with every beat. */
  follow(): void {
    for (const probe of this.#probes) probe.isFollowing = true
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.lookNow()
    await Promise.all(this.#probes.map((probe) => probe.close()))
    for (const listener of [...this.#listeners]) listener()
    await this.#loops
  }

  async #loop(probe: Probe): Promise<void> {
    const { clock, beatMs = 1_000 } = this.#options
    const { signal } = this.#closing
    while (!signal.aborted) {
      const report = await probe.look()
      if (signal.aborted) break
      this.#take(probe, report)
      const pauseMs = this.trouble === null ? beatMs : RETRY_MS
      await clock.sleep(pauseMs, AbortSignal.any([this.#wake.signal, signal])).catch(() => {})
    }
    await probe.close()
  }

  #take(probe: Probe, report: ProbeReport): void {
    this.#reports.set(probe, report)
    if (report.kind === 'primary') {
      const { session, sinceMs, seen } = report
      const isSame = this.#current?.session === session
      if (!isSame && (this.#current?.probe === probe || this.trouble !== null)) {
        const generation = (this.#current?.generation ?? 0) + 1
        this.#current = { target: probe.target, generation, probe, session }
        session.onEnd(() => this.lookNow())
      }
      if (this.#current?.session === session) {
        this.#confirmedSinceMs = sinceMs
        if (seen !== this.#seen) this.#tell()
        this.#seen = seen
      }
    }
    for (const listener of [...this.#listeners]) listener()
  }

  #tell(): void {
    for (const listener of [...this.#toldListeners]) listener()
  }
}
