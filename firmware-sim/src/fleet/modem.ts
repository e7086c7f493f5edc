import { symbolMs } from '../radio/airtime.ts'
import { LBT_SENSE_MS, spreadingFactor } from '../radio/kr920.ts'
import type { AirLoss } from '../radio/reception.ts'
import type { SeededRandom } from '../random.ts'
import type { FleetAir } from './air.ts'
import type { EventQueue } from './event-queue.ts'
import type { FleetScenario } from './scenario.ts'
import type { Answer, FleetServer, Listener, UplinkContent } from './server.ts'
import type { FleetStatistics } from './statistics.ts'
import type { KioskSite } from './world.ts'

/** What all kiosks of a run share. */
export interface FleetParts {
  readonly queue: EventQueue
  readonly air: FleetAir
  readonly server: FleetServer
  readonly statistics: FleetStatistics
  readonly scenario: FleetScenario
}

const RX2_AFTER_RX1_MS = 1000
/** A window is open until a preamble would have been heard, and a little longer for the clock's sake. */
const RX_TIMING_ERROR_MS = 20
const RX_SYMBOLS = 6

/**
 * A class A device: listens before it talks, sends one frame, and is busy until an answer came or both receive windows
 * are over. The 50 ms of silence that KR920 asks for after a frame pass in the meantime.
 */
export class FleetModem implements Listener {
  readonly #parts: FleetParts
  readonly #site: KioskSite
  readonly #random: SeededRandom
  readonly #windowsMs: number
  #isBusy = false
  #windowsEndMs = 0
  #listensUntilMs = 0
  #onAnswer: (answer: Answer) => void = () => {}
  #onDone: () => void = () => {}

  constructor(parts: FleetParts, site: KioskSite, random: SeededRandom) {
    this.#parts = parts
    this.#site = site
    this.#random = random
    const { rx1DelayMs, rx2DataRate } = parts.scenario.network
    const windowMs = RX_TIMING_ERROR_MS + RX_SYMBOLS * symbolMs(spreadingFactor(rx2DataRate))
    this.#windowsMs = rx1DelayMs + RX2_AFTER_RX1_MS + windowMs
  }

  get isBusy(): boolean {
    return this.#isBusy
  }

  /**
   * Sends a frame on `channel` (index) or on the first free one in random order. `onAnswer` comes before `onDone`, if at
   * all; `onDone('no-free-channel')` means that nothing was sent.
   */
  send(
    uplink: { content: UplinkContent; phyBytes: number; channel?: number | undefined },
    onAnswer: (answer: Answer) => void,
    onDone: (result: 'sent' | 'no-free-channel') => void,
  ): void {
    if (this.#isBusy) throw new Error('a class A device sends one frame at a time')
    this.#isBusy = true
    const { channelsHz, listenBeforeTalk } = this.#parts.scenario.radio
    const channels = uplink.channel === undefined ? this.#shuffled(channelsHz) : [channelsHz[uplink.channel]!]
    const talk = (frequencyHz: number) => {
      this.#onAnswer = onAnswer
      this.#onDone = () => onDone('sent')
      this.#transmit(uplink, frequencyHz)
    }
    const giveUp = () => {
      this.#isBusy = false
      this.#parts.statistics.busy++
      onDone('no-free-channel')
    }
    if (listenBeforeTalk) this.#sense(channels, talk, giveUp)
    else talk(channels[0]!)
  }

  onDownlinkStart(endMs: number): void {
    this.#listensUntilMs = endMs
  }

  onDownlink(answer: Answer, lost: AirLoss | undefined): void {
    const { nowMs } = this.#parts.queue
    this.#listensUntilMs = 0
    if (lost === undefined) this.#onAnswer(answer)
    if (lost === undefined || nowMs >= this.#windowsEndMs) this.#finish()
  }

  #sense(channels: readonly number[], talk: (frequencyHz: number) => void, giveUp: () => void): void {
    const { queue, air } = this.#parts
    const [frequencyHz, ...others] = channels
    if (frequencyHz === undefined) {
      giveUp()
      return
    }
    const fromMs = queue.nowMs
    queue.at(fromMs + LBT_SENSE_MS, () => {
      if (air.isBusy(this.#site.id, frequencyHz, fromMs)) this.#sense(others, talk, giveUp)
      else talk(frequencyHz)
    })
  }

  #transmit({ content, phyBytes }: { content: UplinkContent; phyBytes: number }, frequencyHz: number): void {
    const { queue, air, server, statistics } = this.#parts
    const { id, dataRate, powerDbm } = this.#site
    const factor = spreadingFactor(dataRate)
    const frame = air.sendUplink(
      { kiosk: id, frequencyHz, spreadingFactor: factor, phyBytes, powerDbm },
      (outcome, ended) => {
        if ('lost' in outcome) return statistics.uplinkLost(outcome.lost)
        statistics.uplinkReceived(outcome.heardBy)
        server.onUplink(content, { frame: ended, heardBy: outcome.heardBy, dataRate, listener: this })
      },
    )
    statistics.uplinkSent(frame)
    this.#windowsEndMs = frame.endMs + this.#windowsMs
    queue.at(this.#windowsEndMs, () => {
      if (this.#listensUntilMs <= queue.nowMs && queue.nowMs >= this.#windowsEndMs) this.#finish()
    })
  }

  #finish(): void {
    if (!this.#isBusy) return
    this.#isBusy = false
    this.#windowsEndMs = Number.POSITIVE_INFINITY
    this.#onDone()
  }

  #shuffled(channelsHz: readonly number[]): number[] {
    const out = [...channelsHz]
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.#random.integer(i + 1)
      const swapped = out[i]!
      out[i] = out[j]!
      out[j] = swapped
    }
    return out
  }
}
