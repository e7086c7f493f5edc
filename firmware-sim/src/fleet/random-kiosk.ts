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

/** The kiosk's LoRa route (kiosk/src/routes/lora.ts) pauses so long before every frame. */
const FRAME_PAUSE_MS = { least: 200, most: 2000 }
/** Fragments (protocol/src/link/schc/sender.ts): unanswered All-1 in a row before the transfer is given up, and between two. */
const MAX_ACK_REQUESTS = 8
const RETRANSMISSION_MS = 60_000

interface TransferState {
  /** Numbers of the frames to send, the All-1 last. */
  readonly pending: readonly number[]
  readonly requests: number
}

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
    const { queue } = this.#parts
    const entry = this.#outbox.pick(this.#outbox.due(queue.nowMs))
    if (entry === undefined) {
      this.#sleep()
      return
    }
    this.#isTransferring = true
    const { reservedBytes } = this.#parts.scenario.kiosk
    const frames = framesFor(entry.bytes, this.#site.dataRate, reservedBytes)
    const start: TransferState = { pending: frames.map((_, i) => i), requests: 0 }
    this.#afterPause(() => {
      if (frames.length === 1) this.#sendWhole(entry, frames[0]!)
      else this.#sendFragments(entry, frames, start)
    })
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

  #afterPause(send: () => void): void {
    const { least, most } = FRAME_PAUSE_MS
    const { queue } = this.#parts
    queue.at(queue.nowMs + least + this.#random.next() * (most - least), send)
  }

  #sendWhole(entry: Entry, phyBytes: number): void {
    const content = { kiosk: this.#site.id, ballot: entry.ballot, frame: 0, frameCount: 1 }
    this.#parts.statistics.sending(entry.ballot)
    this.#modem.send(
      { content, phyBytes },
      (answer) => this.#settle(answer),
      (result) => this.#done(entry, result === 'sent'),
    )
  }

  /** SCHC ACK-on-Error: all fragments, then the All-1; what is reported missing once more; until an ack ends it. */
  #sendFragments(entry: Entry, frames: readonly number[], state: TransferState): void {
    const last = frames.length - 1
    const [frame, ...pending] = state.pending
    if (frame === undefined) throw new Error('a transfer always ends with its All-1 fragment')
    const content = { kiosk: this.#site.id, ballot: entry.ballot, frame, frameCount: frames.length }
    const { queue, statistics } = this.#parts
    const goOn = (next: TransferState) => this.#afterPause(() => this.#sendFragments(entry, frames, next))
    const dueAgainMs = queue.nowMs + RETRANSMISSION_MS * (1 + this.#random.next() / 2)
    let missing: readonly number[] = []
    statistics.sending(entry.ballot)
    this.#modem.send(
      { content, phyBytes: frames[frame]! },
      (answer) => {
        this.#settle(answer)
        if (answer.type === 'missing') missing = answer.frames.filter((i) => i !== last)
      },
      (result) => {
        if (result === 'no-free-channel') goOn(state)
        else if (!this.#outbox.has(entry.ballot)) this.#done(entry, true)
        else if (frame !== last) goOn({ ...state, pending })
        else if (missing.length > 0) goOn({ pending: [...missing, last], requests: 0 })
        else if (state.requests + 1 < MAX_ACK_REQUESTS) {
          const again = { pending: [last], requests: state.requests + 1 }
          queue.at(dueAgainMs, () => this.#sendFragments(entry, frames, again))
        } else {
          statistics.aborted++
          this.#done(entry, true)
        }
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
