import type { SeededRandom } from '../random.ts'
import type { FleetScenario } from './scenario.ts'

export interface Entry {
  readonly ballot: number
  readonly bytes: number
  dueMs: number
  attempts: number
}

/**
 * The kiosk's outbox on LoRaWAN alone, rule by rule (kiosk/src/core/outbox/schedule.ts): a random hold, a random choice
 * among what is due, pauses that double with the attempts. That an ack settles a ballot is up to the caller.
 */
export class FleetOutbox {
  readonly #options: Pick<FleetScenario['kiosk'], 'holdMaxMs' | 'retryMs'>
  readonly #dice: SeededRandom
  readonly #entries = new Map<number, Entry>()

  constructor(options: Pick<FleetScenario['kiosk'], 'holdMaxMs' | 'retryMs'>, dice: SeededRandom) {
    this.#options = options
    this.#dice = dice
  }

  get size(): number {
    return this.#entries.size
  }

  has(ballot: number): boolean {
    return this.#entries.has(ballot)
  }

  add(ballot: number, bytes: number, nowMs: number): void {
    const dueMs = nowMs + this.#dice.next() * this.#options.holdMaxMs
    this.#entries.set(ballot, { ballot, bytes, dueMs, attempts: 0 })
  }

  settle(ballot: number): void {
    this.#entries.delete(ballot)
  }

  /** What may be sent now, without those in `except`. */
  due(nowMs: number, except?: ReadonlySet<number>): Entry[] {
    const due: Entry[] = []
    for (const entry of this.#entries.values()) {
      if (entry.dueMs <= nowMs && except?.has(entry.ballot) !== true) due.push(entry)
    }
    return due
  }

  /** One of `entries`, each as likely as the others. */
  pick(entries: readonly Entry[]): Entry | undefined {
    return entries.length === 0 ? undefined : entries[this.#dice.integer(entries.length)]
  }

  /** When the next entry becomes due that is not due yet; undefined without one. */
  nextDueMs(nowMs: number): number | undefined {
    let next: number | undefined
    for (const { dueMs } of this.#entries.values()) {
      if (dueMs > nowMs && (next === undefined || dueMs < next)) next = dueMs
    }
    return next
  }

  /** The entry was on air; it is due again after a pause that grows with the attempts. */
  sent(entry: Entry, nowMs: number): void {
    const [first, longest] = this.#options.retryMs
    entry.attempts++
    const pauseMs = Math.min(longest, first * 2 ** Math.min(20, entry.attempts - 1))
    entry.dueMs = nowMs + pauseMs * (0.75 + this.#dice.next() * 0.5)
  }

  /** It could not be sent, because no channel was free; that counts as an attempt all the same. */
  notSent(entry: Entry, nowMs: number): void {
    entry.attempts++
    entry.dueMs = nowMs + this.#options.retryMs[0] * (0.25 + this.#dice.next() * 0.25)
  }
}
