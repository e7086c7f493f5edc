import type { KioskSlot, SlotPlan } from '@hanpyo/protocol/link/slots.ts'
import { isAnswered } from '@hanpyo/protocol/link/slots.ts'
import { type DataRate, RX2_FREQUENCY_HZ, spreadingFactor } from '../radio/kr920.ts'
import type { AirLoss } from '../radio/reception.ts'
import { downlinkAirtimeMs, type FleetAir, type FrameOnAir, type Hearing } from './air.ts'
import { downlinkPhyBytes, SCHC_ACK_BYTES } from './fragments.ts'
import type { FleetScenario } from './scenario.ts'
import type { FleetStatistics } from './statistics.ts'

/** What an uplink carries: a whole ballot, or one of the frames of a fragmented one, the last being the All-1. */
export interface UplinkContent {
  readonly kiosk: number
  readonly ballot: number
  readonly frame: number
  readonly frameCount: number
}

/** What a downlink carries: an ack that names ballots, or which frames of a transfer are still missing. */
export type Answer =
  | { readonly type: 'ack'; readonly ballots: readonly number[] }
  | { readonly type: 'missing'; readonly frames: readonly number[] }

/** A device's ear: told what came in its receive windows. */
export interface Listener {
  /** A downlink for it is on air until `endMs`; then `onDownlink` follows. */
  onDownlinkStart(endMs: number): void
  onDownlink(answer: Answer, lost: AirLoss | undefined): void
}

interface KioskState {
  /** Ballots to name in the next ack. */
  readonly unnamed: Set<number>
  /** The fragmented ballot that is being put together. */
  transfer: { readonly ballot: number; readonly heard: Set<number> } | undefined
}

/** Most ballots one ack names (protocol/src/link/ack.ts). */
const ACK_ITEMS = 5
const RX2_AFTER_RX1_MS = 1000
/** A gateway takes a downlink at the latest so long before it starts. */
const ANSWER_LEAD_MS = 50

/**
 * Network server and bridge as one: counts ballots, answers each uplink in RX1 at the gateway that heard it best, as
 * ChirpStack does. What could not be answered is named with the next uplink, or resent by the kiosk.
 */
export class FleetServer {
  readonly #air: FleetAir
  readonly #network: FleetScenario['network']
  readonly #isGathering: boolean
  readonly #statistics: FleetStatistics
  readonly #plan: { readonly slots: SlotPlan; readonly own: (kiosk: number) => KioskSlot | undefined } | null
  readonly #at: (ms: number, run: () => void) => void
  readonly #kiosks = new Map<number, KioskState>()

  constructor(options: {
    air: FleetAir
    network: FleetScenario['network']
    statistics: FleetStatistics
    /** The slots of kiosks that send by the clock, if any do. */
    plan: { slots: SlotPlan; own: (kiosk: number) => KioskSlot | undefined } | null
    at: (ms: number, run: () => void) => void
  }) {
    this.#air = options.air
    this.#network = options.network
    this.#statistics = options.statistics
    this.#plan = options.plan
    this.#isGathering = options.plan !== null || options.network.acks === 'gathered'
    this.#at = options.at
  }

  /** An uplink came in; `dataRate` is the sender's. Copies from several gateways arrive as one. */
  onUplink(
    content: UplinkContent,
    on: { frame: FrameOnAir; heardBy: readonly Hearing[]; dataRate: DataRate; listener: Listener },
  ): void {
    const state = this.#state(content.kiosk)
    const isEnd = this.#take(content, state)
    const own = this.#plan?.own(content.kiosk)
    if (this.#plan !== null && own !== undefined && !isAnswered(this.#plan.slots, own, on.frame.startMs)) {
      return
    }
    const rx1Ms = on.frame.endMs + this.#network.rx1DelayMs
    this.#at(rx1Ms - ANSWER_LEAD_MS, () => this.#answer(content, on, { rx1Ms, isEnd }))
  }

  /** Adds the frame to what is known; true when it asks for an answer of its own (an All-1 fragment). */
  #take({ kiosk, ballot, frame, frameCount }: UplinkContent, state: KioskState): boolean {
    if (frameCount === 1) {
      this.#deliver(kiosk, ballot, state)
      return false
    }
    if (state.transfer?.ballot !== ballot) state.transfer = { ballot, heard: new Set() }
    state.transfer.heard.add(frame)
    if (frame !== frameCount - 1) return false
    if (state.transfer.heard.size === frameCount) {
      state.transfer = undefined
      this.#deliver(kiosk, ballot, state)
    }
    return true
  }

  #deliver(kiosk: number, ballot: number, state: KioskState): void {
    this.#statistics.delivered(kiosk, ballot)
    state.unnamed.add(ballot)
  }

  #answer(
    content: UplinkContent,
    on: { frame: FrameOnAir; heardBy: readonly Hearing[]; dataRate: DataRate; listener: Listener },
    { rx1Ms, isEnd }: { rx1Ms: number; isEnd: boolean },
  ): void {
    const state = this.#state(content.kiosk)
    const answer = answerFor(content, state, isEnd)
    if (!this.#isGathering) state.unnamed.clear()
    if (answer === undefined) return
    const phyBytes = downlinkPhyBytes(this.#bytesOf(answer))
    const { frequencyHz } = on.frame
    const windows = [{ startMs: rx1Ms, frequencyHz, spreadingFactor: spreadingFactor(on.dataRate) }]
    if (this.#network.windows === 'both') {
      windows.push({
        startMs: rx1Ms + RX2_AFTER_RX1_MS,
        frequencyHz: RX2_FREQUENCY_HZ,
        spreadingFactor: spreadingFactor(this.#network.rx2DataRate),
      })
    }
    const gateway = on.heardBy[0]!.gateway
    const window = windows.find((one) => {
      const endMs = one.startMs + downlinkAirtimeMs({ ...one, phyBytes })
      return !this.#air.isSending(gateway, one.startMs, endMs)
    })
    if (window === undefined) {
      this.#statistics.answerRefused(gateway)
      return
    }
    if (answer.type === 'ack') for (const ballot of answer.ballots) state.unnamed.delete(ballot)
    const sent = this.#air.planDownlink({ ...window, gateway, kiosk: content.kiosk, phyBytes }, (lost) => {
      this.#statistics.downlinkEnded(lost)
      on.listener.onDownlink(answer, lost)
    })
    this.#statistics.downlinkSent(gateway, sent, answer)
    on.listener.onDownlinkStart(sent.endMs)
  }

  #bytesOf(answer: Answer): number {
    if (answer.type === 'missing') return SCHC_ACK_BYTES
    const { ackBytes } = this.#network
    return ackBytes === 'by-count' ? 10 + 7 * answer.ballots.length : ackBytes
  }

  #state(kiosk: number): KioskState {
    let state = this.#kiosks.get(kiosk)
    if (state === undefined) {
      state = { unnamed: new Set(), transfer: undefined }
      this.#kiosks.set(kiosk, state)
    }
    return state
  }
}

/** The newest unnamed ballots, or else what is missing of a transfer that was said to be complete. */
function answerFor(content: UplinkContent, state: KioskState, isEnd: boolean): Answer | undefined {
  if (state.unnamed.size > 0) return { type: 'ack', ballots: [...state.unnamed].slice(-ACK_ITEMS) }
  if (!isEnd || state.transfer?.ballot !== content.ballot) return undefined
  const { heard } = state.transfer
  const frames = Array.from({ length: content.frameCount }, (_, i) => i).filter((i) => !heard.has(i))
  return { type: 'missing', frames }
}
