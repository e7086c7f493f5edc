import { airtimeMs } from '../radio/airtime.ts'
import { GATEWAY_MAX_EIRP_DBM, LONGEST_TRANSMISSION_MS } from '../radio/kr920.ts'
import {
  type AirLoss,
  airLoss,
  type GatewayLoss,
  GatewayReceiver,
  type Interval,
  overlaps,
  RECEPTION_RULES,
  type ReceptionRules,
  type Signal,
} from '../radio/reception.ts'
import type { SeededRandom } from '../random.ts'
import type { EventQueue } from './event-queue.ts'
import type { FleetWorld } from './world.ts'

/** What the air needs to know of the map. */
export type AirWorld = Pick<
  FleetWorld,
  'gatewayCount' | 'fadingDb' | 'lossDb' | 'downlinkLossDb' | 'hearsKiosk' | 'hearsGateway'
>

export interface FrameOnAir {
  readonly frequencyHz: number
  readonly spreadingFactor: number
  readonly startMs: number
  readonly endMs: number
}

/** A gateway that received an uplink. */
export interface Hearing {
  readonly gateway: number
  readonly rssiDbm: number
}

/** What became of an uplink; `lost` is the cause at the gateway with the strongest signal when nobody received it. */
export type UplinkOutcome = { readonly heardBy: readonly Hearing[] } | { readonly lost: GatewayLoss }

interface Sending extends FrameOnAir {
  readonly sender: number
  readonly direction: 'up' | 'down'
  /** Of a downlink, by kiosk that may disturb or hear it; drawn once. */
  readonly fadingDb: number
}

interface Gateway {
  readonly receiver: GatewayReceiver
  signals: Signal[]
  sending: Interval[]
}

/** Weaker than this, a signal neither is received nor disturbs one: SF12's floor less the capture lead and fading. */
const IRRELEVANT_DBM = -150
/** Nobody in this band sends longer, except a gateway in RX2 at DR0. */
const MEMORY_MS = 2 * LONGEST_TRANSMISSION_MS
const LEAST_PRUNED = 128

/** The air over the whole map: everybody's frames, judged at each gateway at their end by `radio/reception.ts`. */
export class FleetAir {
  readonly #queue: EventQueue
  readonly #world: AirWorld
  readonly #random: SeededRandom
  readonly #gateways: readonly Gateway[]
  #sendings: Sending[] = []
  #pruneAbove = LEAST_PRUNED

  constructor(options: {
    queue: EventQueue
    world: AirWorld
    random: SeededRandom
    rules?: ReceptionRules
  }) {
    this.#queue = options.queue
    this.#world = options.world
    this.#random = options.random
    const rules = options.rules ?? RECEPTION_RULES
    this.#gateways = Array.from({ length: options.world.gatewayCount }, () => ({
      receiver: new GatewayReceiver(rules),
      signals: [],
      sending: [],
    }))
  }

  /** Sends from now on; `onEnd` is called at the end of the frame. `codingRateDenominator`: LoRaWAN has 5. */
  sendUplink(
    uplink: {
      kiosk: number
      frequencyHz: number
      spreadingFactor: number
      phyBytes: number
      powerDbm: number
      codingRateDenominator?: number
    },
    onEnd: (outcome: UplinkOutcome, frame: FrameOnAir) => void,
  ): FrameOnAir {
    const { kiosk, frequencyHz, spreadingFactor, phyBytes, powerDbm, codingRateDenominator = 5 } = uplink
    const startMs = this.#queue.nowMs
    const durationMs = airtimeMs({
      spreadingFactor,
      phyPayloadBytes: phyBytes,
      hasCrc: true,
      codingRateDenominator,
    })
    if (durationMs > LONGEST_TRANSMISSION_MS) throw new RangeError('"phyBytes" take longer than 4 s')
    const frame = { frequencyHz, spreadingFactor, startMs, endMs: startMs + durationMs }
    this.#remember({ ...frame, sender: kiosk, direction: 'up', fadingDb: 0 })
    const signals = this.#gateways.map((gateway, index) => {
      const rssiDbm = powerDbm - this.#world.lossDb(kiosk, index) + this.#fading()
      if (rssiDbm < IRRELEVANT_DBM) return undefined
      const signal: Signal = { ...frame, direction: 'up', rssiDbm }
      gateway.signals.push(signal)
      return signal
    })
    this.#queue.at(frame.endMs, () => onEnd(this.#outcome(signals), frame))
    return frame
  }

  /** Whether a gateway sends at any time between two instants, planned frames included. */
  isSending(gateway: number, fromMs: number, toMs: number): boolean {
    return this.#gateways[gateway]!.sending.some((one) => overlaps(one, fromMs, toMs))
  }

  /**
   * Plans a downlink of a gateway to a kiosk; it is deaf meanwhile. `onEnd` is called at its end with the reason why the
   * kiosk did not receive it, if so.
   */
  planDownlink(
    downlink: {
      gateway: number
      kiosk: number
      frequencyHz: number
      spreadingFactor: number
      phyBytes: number
      startMs: number
    },
    onEnd: (lost: AirLoss | undefined) => void,
  ): FrameOnAir {
    const { gateway, kiosk, frequencyHz, spreadingFactor, phyBytes, startMs } = downlink
    const frame = { frequencyHz, spreadingFactor, startMs, endMs: startMs + downlinkAirtimeMs(downlink) }
    if (phyBytes <= 0) throw new RangeError(`"phyBytes" is not above 0: ${phyBytes}`)
    this.#gateways[gateway]!.sending.push({ startMs, endMs: frame.endMs })
    const sending: Sending = { ...frame, sender: gateway, direction: 'down', fadingDb: this.#fading() }
    this.#remember(sending)
    this.#queue.at(frame.endMs, () => onEnd(this.#downlinkLoss(sending, kiosk)))
    return frame
  }

  /** Whether a kiosk that listens from `fromMs` until now senses anybody on a channel. */
  isBusy(kiosk: number, frequencyHz: number, fromMs: number): boolean {
    const toMs = this.#queue.nowMs
    return this.#sendings.some(
      (one) =>
        one.frequencyHz === frequencyHz &&
        overlaps(one, fromMs, toMs) &&
        (one.direction === 'up'
          ? this.#world.hearsKiosk(kiosk, one.sender)
          : this.#world.hearsGateway(kiosk, one.sender)),
    )
  }

  #outcome(signals: readonly (Signal | undefined)[]): UplinkOutcome {
    const heardBy: Hearing[] = []
    let strongestDbm = Number.NEGATIVE_INFINITY
    let lost: GatewayLoss = 'weak'
    for (const [index, signal] of signals.entries()) {
      if (signal === undefined) continue
      const gateway = this.#gateways[index]!
      const cause = gateway.receiver.judge(signal, gateway.signals, gateway.sending)
      if (cause === undefined) heardBy.push({ gateway: index, rssiDbm: signal.rssiDbm })
      else if (signal.rssiDbm > strongestDbm) {
        strongestDbm = signal.rssiDbm
        lost = cause
      }
    }
    return heardBy.length > 0 ? { heardBy: heardBy.sort((a, b) => b.rssiDbm - a.rssiDbm) } : { lost }
  }

  #downlinkLoss(sending: Sending, kiosk: number): AirLoss | undefined {
    const at = (one: Sending): Signal => ({
      direction: 'down',
      frequencyHz: one.frequencyHz,
      spreadingFactor: one.spreadingFactor,
      startMs: one.startMs,
      endMs: one.endMs,
      rssiDbm: GATEWAY_MAX_EIRP_DBM - this.#world.downlinkLossDb(kiosk, one.sender) + one.fadingDb,
    })
    const others = this.#sendings.filter(
      (one) => one !== sending && one.direction === 'down' && overlaps(one, sending.startMs, sending.endMs),
    )
    return airLoss(at(sending), others.map(at))
  }

  #fading(): number {
    return this.#world.fadingDb === 0 ? 0 : this.#random.gaussian() * this.#world.fadingDb
  }

  #remember(sending: Sending): void {
    this.#sendings.push(sending)
    if (this.#sendings.length <= this.#pruneAbove) return
    const sinceMs = this.#queue.nowMs - MEMORY_MS
    this.#sendings = this.#sendings.filter(({ endMs }) => endMs > sinceMs)
    this.#pruneAbove = LEAST_PRUNED + 2 * this.#sendings.length
    for (const gateway of this.#gateways) {
      gateway.signals = gateway.signals.filter(({ endMs }) => endMs > sinceMs)
      gateway.sending = gateway.sending.filter(({ endMs }) => endMs > sinceMs)
    }
  }
}

/** Time on air of a downlink, which has no payload CRC. */
export function downlinkAirtimeMs(downlink: { spreadingFactor: number; phyBytes: number }): number {
  const { spreadingFactor, phyBytes } = downlink
  return airtimeMs({ spreadingFactor, phyPayloadBytes: phyBytes, hasCrc: false })
}
