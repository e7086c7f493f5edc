import {
  type KioskSlot,
  nextTurn,
  type SlotPlan,
  type SlotTurn,
  useOfTurn,
} from '@hanpyo/protocol/link/slots.ts'
import { LBT_SENSE_MS } from '../radio/kr920.ts'
import type { SeededRandom } from '../random.ts'
import { framesFor } from './fragments.ts'
import { FleetModem, type FleetParts } from './modem.ts'
import { type Entry, FleetOutbox } from './outbox.ts'
import type { FleetKiosk } from './random-kiosk.ts'
import type { Answer } from './server.ts'
import type { KioskSite } from './world.ts'

/** A kiosk that sends by the clock (`protocol/src/link/slots.ts`). Its datagrams fit one frame. */
export class SlottedKiosk implements FleetKiosk {
  readonly #parts: FleetParts
  readonly #site: KioskSite
  readonly #random: SeededRandom
  readonly #plan: SlotPlan
  readonly #own: KioskSlot
  readonly #clockErrorMs: (atMs: number) => number
  readonly #outbox: FleetOutbox
  readonly #modem: FleetModem
  /** Sent since the last ack turn. */
  readonly #unanswered = new Set<number>()
  #isArmed = false

  constructor(options: {
    parts: FleetParts
    site: KioskSite
    random: SeededRandom
    plan: SlotPlan
    own: KioskSlot
    clockErrorMs: (atMs: number) => number
  }) {
    this.#parts = options.parts
    this.#site = options.site
    this.#random = options.random
    this.#plan = options.plan
    this.#own = options.own
    this.#clockErrorMs = options.clockErrorMs
    this.#outbox = new FleetOutbox(options.parts.scenario.kiosk, options.random)
    this.#modem = new FleetModem(options.parts, options.site, options.random)
  }

  cast(bytes: number): void {
    const { queue, statistics } = this.#parts
    this.#outbox.add(statistics.cast(this.#site.id), bytes, queue.nowMs)
    this.#arm()
  }

  /** Sets an alarm for the next turn at which something is due. */
  #arm(): void {
    if (this.#isArmed || this.#outbox.size === 0) return
    const { queue } = this.#parts
    const hasDue = this.#outbox.due(queue.nowMs).length > 0
    const fromMs = hasDue ? queue.nowMs : (this.#outbox.nextDueMs(queue.nowMs) ?? queue.nowMs)
    const errorMs = this.#clockErrorMs(fromMs)
    const turn = nextTurn(this.#plan, this.#own, fromMs + LBT_SENSE_MS + errorMs)
    this.#isArmed = true
    queue.at(turn.startMs - errorMs - LBT_SENSE_MS, () => {
      this.#isArmed = false
      this.#use(turn)
    })
  }

  #use(turn: SlotTurn): void {
    const { queue } = this.#parts
    const waiting = this.#outbox.due(queue.nowMs, this.#unanswered)
    const use = this.#modem.isBusy ? 'nothing' : useOfTurn(turn, waiting.length, this.#unanswered.size)
    if (use !== 'nothing') {
      const sent = this.#outbox.due(queue.nowMs).filter(({ ballot }) => this.#unanswered.has(ballot))
      const entry = this.#outbox.pick(use === 'send' ? waiting : sent)
      if (entry === undefined) throw new Error('a turn is used only for something')
      this.#send(entry, turn)
    }
    this.#armAfter()
  }

  /** The alarm must not find the same turn again. */
  #armAfter(): void {
    const { queue } = this.#parts
    queue.at(queue.nowMs + 2 * LBT_SENSE_MS, () => this.#arm())
  }

  #send(entry: Entry, turn: SlotTurn): void {
    const { scenario, statistics } = this.#parts
    const { kiosk, schedule, radio } = scenario
    const [phyBytes, ...more] = framesFor(entry.bytes, this.#site.dataRate, kiosk.reservedBytes)
    if (phyBytes === undefined || more.length > 0) throw new Error('a slot holds one frame')
    const content = { kiosk: this.#site.id, ballot: entry.ballot, frame: 0, frameCount: 1 }
    const isPlanned = schedule.channels === 'planned'
    const channel = isPlanned ? turn.channel : this.#random.integer(radio.channelsHz.length)
    statistics.sending(entry.ballot)
    this.#unanswered.add(entry.ballot)
    this.#modem.send(
      { content, phyBytes, channel },
      (answer) => this.#settle(answer),
      (result) => {
        if (result === 'no-free-channel') this.#unanswered.delete(entry.ballot)
        if (turn.isAckTurn) this.#unanswered.clear()
      },
    )
  }

  #settle(answer: Answer): void {
    if (answer.type !== 'ack') return
    for (const ballot of answer.ballots) {
      this.#outbox.settle(ballot)
      this.#unanswered.delete(ballot)
      this.#parts.statistics.acknowledged(ballot)
    }
  }
}
