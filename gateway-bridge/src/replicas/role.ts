import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { Leadership, LedgerEngine } from '../ledger/engine.ts'

export interface RoleDeps {
  readonly engine: LedgerEngine
  readonly clock: Clock
  readonly log: Logger
  /** Simulated milliseconds between two attempts to lead. */
  readonly retryMs: number
  /** Simulated milliseconds after which the store is followed although nobody said that it changed. */
  readonly followMs: number
  /** Follows the store to where it stands now; false when that does not work now. */
  follow(): Promise<boolean>
  /** Whether nothing outside speaks against cutting batches on the head as it was just followed. */
  mayLead(): Promise<boolean>
  /** Batches are cut here from now on. */
  onLead(): void
  /** No batch is cut here from now on; resolves when none is under way. */
  onStepDown(): Promise<void>
}

/**
 * Whether this replica cuts batches. It tries to lead whenever nobody does, reads head and waiting records anew before it
 * begins, and follows otherwise. That two lead for a moment is possible and does no harm: the one whose batch comes
 * second finds that the head has moved, and steps down.
 */
export class Role {
  readonly #deps: RoleDeps
  #leadership: Leadership | undefined
  #isLeading = false
  #isClosed = false
  #timer: Timer | undefined
  #trying: Promise<void> | undefined
  #steppingDown: Promise<void> = Promise.resolve()
  #followedAtMs = 0
  readonly #stopListening: () => void

  constructor(deps: RoleDeps) {
    this.#deps = deps
    this.#stopListening = deps.engine.isShared
      ? deps.engine.onHeadMoved(() => {
          // What the leader moved itself it knows.
          if (!this.#isLeading && !this.#isClosed) void deps.follow()
        })
      : () => {}
  }

  get isLeading(): boolean {
    return this.#isLeading
  }

  /** The first attempt; others follow by themselves. */
  async start(): Promise<void> {
    await this.#try()
    this.#arm()
  }

  /** Another replica has moved the head although this one believed to lead. */
  superseded(): void {
    this.#deps.log.warn('replica-superseded')
    this.#stepDown()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopListening()
    this.#deps.clock.clearTimeout(this.#timer)
    await this.#trying
    this.#stepDown()
    await this.#steppingDown
  }

  #arm(): void {
    const { clock, engine, retryMs } = this.#deps
    if (this.#isClosed || !engine.isShared) return
    this.#timer = clock.setTimeout(() => {
      void this.#try().finally(() => {
        this.#followSometimes()
        this.#arm()
      })
    }, retryMs)
  }

  #followSometimes(): void {
    const { clock, followMs, follow } = this.#deps
    if (this.#isLeading || this.#isClosed || clock.now() - this.#followedAtMs < followMs) return
    this.#followedAtMs = clock.now()
    void follow()
  }

  #try(): Promise<void> {
    if (this.#isLeading || this.#isClosed) return Promise.resolve()
    this.#trying ??= this.#tryOnce()
      .catch((error: unknown) => this.#deps.log.warn('replica-not-leading', { error }))
      .finally(() => {
        this.#trying = undefined
      })
    return this.#trying
  }

  async #tryOnce(): Promise<void> {
    await this.#steppingDown
    const leadership = await this.#deps.engine.lead()
    if (leadership === null) return
    try {
      const isReady = (await this.#deps.follow()) && (await this.#deps.mayLead())
      if (!isReady || this.#isClosed || !leadership.isHeld) return await leadership.release()
    } catch (error) {
      await leadership.release()
      throw error
    }
    this.#leadership = leadership
    this.#isLeading = true
    this.#deps.log.info('replica-leads')
    this.#deps.onLead()
    leadership.onLost(() => {
      if (this.#leadership !== leadership) return
      this.#deps.log.warn('replica-lost-the-lead')
      this.#stepDown()
    })
  }

  #stepDown(): void {
    const leadership = this.#leadership
    if (leadership === undefined) return
    this.#leadership = undefined
    this.#isLeading = false
    this.#steppingDown = this.#deps
      .onStepDown()
      .then(() => leadership.release())
      .then(async () => {
        if (!this.#isClosed) await this.#deps.follow()
      })
      .catch((error: unknown) => this.#deps.log.error('replica-step-down', { error }))
  }
}
