import { GATEWAY_MAX_EIRP_DBM } from '../radio/kr920.ts'
import type { AirLoss, GatewayLoss } from '../radio/reception.ts'
import type { FrameOnAir } from './air.ts'
import type { Answer } from './server.ts'

interface BallotTimes {
  readonly kiosk: number
  readonly castMs: number
  firstSentMs: number
  acknowledgedMs: number
  isDelivered: boolean
}

export interface GatewayFigures {
  received: number
  downlinks: number
  /** Answers that found the gateway already sending. */
  refused: number
  sendingMs: number
}

export type Losses = Record<GatewayLoss, number>

const noLosses = (): Losses => ({
  weak: 0,
  collision: 0,
  'inter-factor': 0,
  deaf: 0,
  'no-demodulator': 0,
})

/** Everything a run counts. Ballots are numbered in order of casting. */
export class FleetStatistics {
  readonly ballots: BallotTimes[] = []
  readonly uplinks = { sent: 0, received: 0, lostBy: noLosses() }
  readonly downlinks = { sent: 0, acks: 0, named: 0, lostBy: noLosses(), airtimeMs: 0 }
  readonly gateways: GatewayFigures[]
  readonly channelAirtimeMs = new Map<number, number>()
  acknowledgedCount = 0
  deliveredCount = 0
  /** Ballots received once more because their ack was lost or late. */
  duplicates = 0
  /** Times a kiosk found every channel busy. */
  busy = 0
  /** Fragmented transfers given up and started anew later. */
  aborted = 0
  readonly #nowMs: () => number

  constructor(gatewayCount: number, nowMs: () => number) {
    this.#nowMs = nowMs
    this.gateways = Array.from({ length: gatewayCount }, () => ({
      received: 0,
      downlinks: 0,
      refused: 0,
      sendingMs: 0,
    }))
  }

  /** Numbers a ballot that was just cast. */
  cast(kiosk: number): number {
    const castMs = this.#nowMs()
    const times = { kiosk, castMs, firstSentMs: -1, acknowledgedMs: -1, isDelivered: false }
    return this.ballots.push(times) - 1
  }

  sending(ballot: number): void {
    const times = this.ballots[ballot]!
    if (times.firstSentMs < 0) times.firstSentMs = this.#nowMs()
  }

  uplinkSent({ frequencyHz, startMs, endMs }: FrameOnAir): void {
    this.uplinks.sent++
    const before = this.channelAirtimeMs.get(frequencyHz) ?? 0
    this.channelAirtimeMs.set(frequencyHz, before + endMs - startMs)
  }

  uplinkReceived(gateways: readonly { readonly gateway: number }[]): void {
    this.uplinks.received++
    for (const { gateway } of gateways) this.gateways[gateway]!.received++
  }

  uplinkLost(cause: GatewayLoss): void {
    this.uplinks.lostBy[cause]++
  }

  delivered(_kiosk: number, ballot: number): void {
    const times = this.ballots[ballot]!
    if (times.isDelivered) this.duplicates++
    else this.deliveredCount++
    times.isDelivered = true
  }

  acknowledged(ballot: number): void {
    const times = this.ballots[ballot]!
    if (times.acknowledgedMs >= 0) return
    times.acknowledgedMs = this.#nowMs()
    this.acknowledgedCount++
  }

  downlinkSent(gateway: number, { startMs, endMs }: FrameOnAir, answer: Answer): void {
    this.downlinks.sent++
    this.downlinks.airtimeMs += endMs - startMs
    if (answer.type === 'ack') {
      this.downlinks.acks++
      this.downlinks.named += answer.ballots.length
    }
    this.gateways[gateway]!.downlinks++
    this.gateways[gateway]!.sendingMs += endMs - startMs
  }

  downlinkEnded(lost: AirLoss | undefined): void {
    if (lost !== undefined) this.downlinks.lostBy[lost]++
  }

  answerRefused(gateway: number): void {
    this.gateways[gateway]!.refused++
  }
}

/** Energy radiated in `ms` at the most a gateway may send, joules. */
export function radiatedJoules(ms: number): number {
  return (10 ** (GATEWAY_MAX_EIRP_DBM / 10) / 1000) * (ms / 1000)
}
