import type { Clock } from '@hanpyo/platform/clock.ts'

export type TimeSource = 'ledger' | 'lora'

export interface ClockFacts {
  readonly state: 'ok' | 'wrong' | 'unknown'
  /** How far this machine's clock is ahead; negative: behind. */
  readonly aheadSeconds: number | null
  readonly source: TimeSource | null
}

/** Answers of networks take a moment and say whole seconds; what is nearer than this is right. */
const TOLERATED_MS = 120_000

/**
 * Compares this machine's clock with times that others tell. The times are not authenticated, so they warn staff and decide
 * nothing: no vote and no state of the polls depends on them.
 */
export class ClockWatch {
  readonly #clock: Clock
  readonly #onChange: () => void
  #newest: { readonly source: TimeSource; readonly aheadMs: number } | null = null

  /** @param clock the machine's own, in real time. */
  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock
    this.#onChange = onChange
  }

  /** Somebody says that it is `unixMs` now. */
  told(source: TimeSource, unixMs: number): void {
    this.compared(source, this.#clock.now() - unixMs)
  }

  /** Somebody has compared already: this machine is `aheadMs` ahead (negative: behind). */
  compared(source: TimeSource, aheadMs: number): void {
    const before = this.facts.state
    this.#newest = { source, aheadMs }
    if (this.facts.state !== before) this.#onChange()
  }

  get facts(): ClockFacts {
    if (this.#newest === null) return { state: 'unknown', aheadSeconds: null, source: null }
    const { source, aheadMs } = this.#newest
    return {
      state: Math.abs(aheadMs) > TOLERATED_MS ? 'wrong' : 'ok',
      aheadSeconds: Math.round(aheadMs / 1000),
      source,
    }
  }
}
