import type { SeededRandom } from '../random.ts'
import { framesFor } from './fragments.ts'
import { FleetModem, type FleetParts } from './modem.ts'
import { type Entry, FleetOutbox } from './outbox.ts'
import type { Answer } from './server.ts'
import type { KioskSite } from './world.ts'

/** Somebody casts a ballot here. */
export interface FleetKiosk {
  cast(bytes: number): void
}

/** RFC 9011: how often an All-1 fragment is sent before the transfer is given up. */
const MAX_ACK_REQUESTS = 8
/** Pauses inside a transfer: for a free channel, and for an answer that did not come. */
const FREE_CHANNEL_PAUSE_MS = 2000
const RETRANSMISSION_PAUSE_MS = 10_000

/** A kiosk that sends whenever something is due: ALOHA, tamed by listening and by its outbox. */
export class RandomKiosk implements FleetKiosk {
  readonly #parts: FleetParts
  readonly #site: KioskSite
  readonly #random: SeededRandom
  readonly #outbox: FleetOutbox
  readonly #modem: FleetModem
  #isTransferring = false
  #wakesMs = Number.POSITIVE_INFINITY

  constructor(parts: FleetParts, site: KioskSite, random: SeededRandom) {
    this.#parts = parts
    this.#site = site
    this.#random = random
    this.#outbox = new FleetOutbox(parts.scenario.kiosk, random)
    this.#modem = new FleetModem(parts, site, random)
  }

  cast(bytes: number): void {
    const { queue, statistics } = this.#parts
    this.#outbox.add(statistics.cast(this.#site.id), bytes, queue.nowMs)
    this.#next()
  }

  /** Sends what is due, or sets an alarm for when something will be. */
  #next(): void {
    if (this.#isTransferring) return
    const { queue, statistics } = this.#parts
    const entry = this.#outbox.pick(this.#outbox.due(queue.nowMs))
    if (entry === undefined) {
      this.#sleep()
      return
    }
    this.#isTransferring = true
    statistics.sending(entry.ballot)
    const { reservedBytes } = this.#parts.scenario.kiosk
    const frames = framesFor(entry.bytes, this.#site.dataRate, reservedBytes)
    if (frames.length === 1) this.#sendWhole(entry, frames[0]!)
    else this.#sendFragments(entry, frames, { pending: frames.map((_, i) => i), requests: 0 })
  }

  #sleep(): void {
    const { queue } = this.#parts
    const dueMs = this.#outbox.nextDueMs(queue.nowMs)
    if (dueMs === undefined || dueMs >= this.#wakesMs) return
    this.#wakesMs = dueMs
    queue.at(dueMs, () => {
      if (this.#wakesMs !== dueMs) return
      this.#wakesMs = Number.POSITIVE_INFINITY
      this.#next()
    })
  }

  #sendWhole(entry: Entry, phyBytes: number): void {
    const content = { kiosk: this.#site.id, ballot: entry.ballot, frame: 0, frameCount: 1 }
    this.#modem.send(
      { content, phyBytes },
      (answer) => this.#settle(answer),
      (result) => this.#done(entry, result === 'sent'),
    )
  }

  /** SCHC ACK-on-Error: all fragments, then the All-1; what is reported missing once more; until an ack ends it. */
  #sendFragments(entry: Entry, frames: readonly number[], state: { pending: number[]; requests: number }) {
    const last = frames.length - 1
    const [frame, ...pending] = state.pending
    if (frame === undefined) throw new Error('a transfer always ends with its All-1 fragment')
    const content = { kiosk: this.#site.id, ballot: entry.ballot, frame, frameCount: frames.length }
    let missing: readonly number[] | undefined
    const again = (next: { pending: number[]; requests: number }, pauseMs: number) =>
      this.#parts.queue.at(this.#parts.queue.nowMs + pauseMs * (1 + this.#random.next()), () =>
        this.#sendFragments(entry, frames, next),
      )
    this.#modem.send(
      { content, phyBytes: frames[frame]! },
      (answer) => {
        this.#settle(answer)
        if (answer.type === 'missing') missing = answer.frames
      },
      (result) => {
        if (result === 'no-free-channel') return again(state, FREE_CHANNEL_PAUSE_MS)
        if (!this.#outbox.has(entry.ballot)) return this.#done(entry, true)
        if (frame !== last) return this.#sendFragments(entry, frames, { ...state, pending })
        const requests = state.requests + 1
        if (requests > MAX_ACK_REQUESTS) {
          this.#parts.statistics.aborted++
          return this.#done(entry, true)
        }
        if (missing === undefined) return again({ pending: [last], requests }, RETRANSMISSION_PAUSE_MS)
        this.#sendFragments(entry, frames, {
          pending: [...missing.filter((i) => i !== last), last],
          requests,
        })
      },
    )
  }

  #settle(answer: Answer): void {
    if (answer.type !== 'ack') return
    for (const ballot of answer.ballots) {
      this.#outbox.settle(ballot)
      this.#parts.statistics.acknowledged(ballot)
    }
  }

  #done(entry: Entry, wasSent: boolean): void {
    this.#isTransferring = false
    const { nowMs } = this.#parts.queue
    if (this.#outbox.has(entry.ballot)) {
      if (wasSent) this.#outbox.sent(entry, nowMs)
      else this.#outbox.notSent(entry, nowMs)
    }
    this.#next()
  }
}
