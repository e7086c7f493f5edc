import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { LedgerView } from './ledger-view.ts'

export type LedgerState = 'online' | 'offline' | 'inconsistent'

export interface LedgerFollowerDeps {
  readonly view: LedgerView
  readonly clock: Clock
  readonly everyMs: number
  readonly log: Logger
  /** Reads on what belongs to the leaves just read. Never rejects, in bounded time. */
  readonly afterRead?: () => Promise<void>
  /** Something a screen shows is different now. */
  readonly onChange: () => void
}

/** Looks at the ledger again and again, one read at a time. */
export class LedgerFollower {
  readonly #deps: LedgerFollowerDeps
  #state: LedgerState = 'offline'
  #timer: Timer | undefined
  #isClosed = false
  #reading: Promise<void> | undefined

  constructor(deps: LedgerFollowerDeps) {
    this.#deps = deps
  }

  get state(): LedgerState {
    return this.#state
  }

  /** Reads now, then again after every pause. Resolves when the first read is over, whatever came of it. */
  async start(): Promise<void> {
    await this.look()
    if (this.#isClosed) return
    this.#timer = this.#deps.clock.setTimeout(() => void this.start(), this.#deps.everyMs)
  }

  close(): void {
    this.#isClosed = true
    this.#deps.clock.clearTimeout(this.#timer)
  }

  /** Reads once, or waits for the read that is going on. Never rejects; the reader bounds the time. */
  look(): Promise<void> {
    this.#reading ??= this.#look().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #look(): Promise<void> {
    const { view, log, onChange } = this.#deps
    const before = [this.#state, view.polls, view.voidCount].join()
    try {
      const read = await view.refresh()
      this.#state = read.ok ? 'online' : 'inconsistent'
      if (read.ok) await this.#deps.afterRead?.()
      else log.warn('ledger-not-believed', { code: read.error, detail: read.detail })
    } catch (error) {
      this.#state = 'offline'
      log.debug('ledger-unreachable', { reason: (error as Error).message })
    }
    if ([this.#state, view.polls, view.voidCount].join() !== before) onChange()
  }
}
