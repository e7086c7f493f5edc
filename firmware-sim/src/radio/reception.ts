import { PREAMBLE_SYMBOLS, symbolMs } from './airtime.ts'
import { NOISE_FLOOR_DBM, type Position, snrFloorDb } from './propagation.ts'

/** A frame on air. Times are simulated unix ms; `startMs` may lie ahead for a planned downlink. */
export interface Transmission {
  readonly source: string
  readonly position: Position
  readonly direction: 'up' | 'down'
  readonly frequencyHz: number
  readonly spreadingFactor: number
  readonly powerDbm: number
  readonly payload: Uint8Array
  readonly startMs: number
  readonly endMs: number
  /** Fading of this frame, drawn once when it was sent, dB. */
  readonly fadingDb: number
}

/** A frame as a receiver got it. */
export interface Reception {
  readonly transmission: Transmission
  readonly rssiDbm: number
  readonly snrDb: number
}

/** A frame as it arrives at one receiver. Times in ms; `endMs` is when its last symbol ended. */
export interface Signal {
  readonly direction: 'up' | 'down'
  readonly frequencyHz: number
  readonly spreadingFactor: number
  readonly startMs: number
  readonly endMs: number
  readonly rssiDbm: number
}

export interface Interval {
  readonly startMs: number
  readonly endMs: number
}

/** The rules of reception; the defaults model an SX1302 gateway. */
export interface ReceptionRules {
  /** Lead a frame needs over another on its channel with its spreading factor, dB. Infinity: no capture. */
  readonly captureDb: number
  /** Symbols at the end of the preamble that must be undisturbed; what hits only those before does no harm. */
  readonly preambleSymbolsNeeded: number
  /** Whether frames of other spreading factors disturb as measured, or not at all. */
  readonly isInterFactorOn: boolean
  /** Frames a gateway can demodulate at the same time. */
  readonly demodulators: number
}

/** Capture and preamble rule: Bor et al., "LoRa for the Internet of Things", EWSN 2016. */
export const RECEPTION_RULES: ReceptionRules = {
  captureDb: 6,
  preambleSymbolsNeeded: 5,
  isInterFactorOn: true,
  demodulators: 8,
}

/** Why a frame was not received in the air itself. */
export type AirLoss = 'weak' | 'collision' | 'inter-factor'
/** Why a gateway did not receive a frame. */
export type GatewayLoss = AirLoss | 'deaf' | 'no-demodulator'

/**
 * Least signal-to-interference ratio in dB by spreading factor of the wanted frame (row, SF7…SF12) and of the other
 * (column): Goursaud and Gorce, "Dedicated networks for IoT: PHY/MAC state of the art and challenges", 2015, table 2.
 */
const INTER_FACTOR_DB: readonly (readonly number[])[] = [
  [6, -16, -18, -19, -19, -20],
  [-24, 6, -20, -22, -22, -22],
  [-27, -27, 6, -23, -25, -25],
  [-30, -30, -30, 6, -26, -28],
  [-33, -33, -33, -33, 6, -29],
  [-36, -36, -36, -36, -36, 6],
]

export function overlaps(a: Interval, fromMs: number, toMs: number): boolean {
  return a.startMs < toMs && a.endMs > fromMs
}

/** From here to its end a frame must be undisturbed. */
function neededFromMs(signal: Signal, rules: ReceptionRules): number {
  const spare = PREAMBLE_SYMBOLS - rules.preambleSymbolsNeeded
  return signal.startMs + spare * symbolMs(signal.spreadingFactor)
}

/** The instant at which a gateway has detected the preamble and takes a demodulator. */
function detectedMs(signal: Signal): number {
  return signal.startMs + PREAMBLE_SYMBOLS * symbolMs(signal.spreadingFactor)
}

/**
 * Whether `wanted` survives noise and the others in `air` (which may contain it): strong enough above the noise, 6 dB
 * above each overlapping frame of its channel and spreading factor, and not drowned by other spreading factors.
 * Interferers count one by one, as in LoRaSim. Downlinks are sent inverted and disturb only each other.
 */
export function airLoss(
  wanted: Signal,
  air: Iterable<Signal>,
  rules: ReceptionRules = RECEPTION_RULES,
): AirLoss | undefined {
  if (wanted.rssiDbm - NOISE_FLOOR_DBM < snrFloorDb(wanted.spreadingFactor)) return 'weak'
  return interference(wanted, air, wanted.endMs, rules)
}

/** A frame of the same factor is named first, whatever the order in which frames are looked at. */
function interference(
  wanted: Signal,
  air: Iterable<Signal>,
  untilMs: number,
  rules: ReceptionRules,
): 'collision' | 'inter-factor' | undefined {
  const fromMs = neededFromMs(wanted, rules)
  let found: 'inter-factor' | undefined
  for (const other of air) {
    if (other === wanted || other.frequencyHz !== wanted.frequencyHz) continue
    if (other.direction !== wanted.direction || !overlaps(other, fromMs, untilMs)) continue
    const isSameFactor = other.spreadingFactor === wanted.spreadingFactor
    if (!isSameFactor && !rules.isInterFactorOn) continue
    const neededDb = isSameFactor ? rules.captureDb : interFactorDb(wanted, other)
    if (wanted.rssiDbm - other.rssiDbm >= neededDb) continue
    if (isSameFactor) return 'collision'
    found = 'inter-factor'
  }
  return found
}

function interFactorDb(wanted: Signal, other: Signal): number {
  return INTER_FACTOR_DB[wanted.spreadingFactor - 7]?.[other.spreadingFactor - 7] ?? Number.NEGATIVE_INFINITY
}

/**
 * One gateway's receiver: half duplex and with a limited number of demodulators. Frames are judged at their end, from
 * the instants of everything that was on air, so the order in which they are judged does not matter as long as all
 * that started before the end of a frame is in `air`.
 */
export class GatewayReceiver {
  readonly #rules: ReceptionRules
  readonly #hasDemodulator = new WeakMap<Signal, boolean>()

  constructor(rules: ReceptionRules = RECEPTION_RULES) {
    this.#rules = rules
  }

  /**
   * Undefined when `wanted` is received; otherwise the first cause in the order noise, deafness, demodulators,
   * interference. `air`: all signals at this gateway, in order of their start. `sending`: when the gateway itself sent;
   * that also ends receptions that are under way.
   */
  judge(wanted: Signal, air: readonly Signal[], sending: readonly Interval[]): GatewayLoss | undefined {
    const fromMs = neededFromMs(wanted, this.#rules)
    if (wanted.rssiDbm - NOISE_FLOOR_DBM < snrFloorDb(wanted.spreadingFactor)) return 'weak'
    if (sending.some((own) => overlaps(own, fromMs, wanted.endMs))) return 'deaf'
    const loss = interference(wanted, air, wanted.endMs, this.#rules)
    if (loss !== undefined) return loss
    return this.#takesDemodulator(wanted, air, sending) ? undefined : 'no-demodulator'
  }

  /**
   * Whether a demodulator was free when the preamble of `signal` was complete. One is held to the end of the frame, also
   * when its payload is spoilt later, unless the gateway starts to send.
   */
  #takesDemodulator(signal: Signal, air: readonly Signal[], sending: readonly Interval[]): boolean {
    const known = this.#hasDemodulator.get(signal)
    if (known !== undefined) return known
    const atMs = detectedMs(signal)
    const canTake =
      this.#isDetected(signal, air, sending) && this.#isDemodulatorFree(signal, atMs, air, sending)
    this.#hasDemodulator.set(signal, canTake)
    return canTake
  }

  #isDetected(signal: Signal, air: readonly Signal[], sending: readonly Interval[]): boolean {
    if (signal.direction === 'down') return false
    if (signal.rssiDbm - NOISE_FLOOR_DBM < snrFloorDb(signal.spreadingFactor)) return false
    const atMs = detectedMs(signal)
    if (sending.some((own) => overlaps(own, neededFromMs(signal, this.#rules), atMs))) return false
    return interference(signal, air, atMs, this.#rules) === undefined
  }

  /** Whether earlier frames hold fewer than all demodulators at `atMs`. */
  #isDemodulatorFree(
    signal: Signal,
    atMs: number,
    air: readonly Signal[],
    sending: readonly Interval[],
  ): boolean {
    const { demodulators } = this.#rules
    if (air.length <= demodulators) return true
    let held = 0
    let isBefore = true
    for (const other of air) {
      if (other === signal) {
        isBefore = false
        continue
      }
      const otherMs = detectedMs(other)
      if (otherMs > atMs || (otherMs === atMs && !isBefore) || other.endMs <= atMs) continue
      if (sending.some((own) => overlaps(own, otherMs, atMs))) continue
      if (this.#takesDemodulator(other, air, sending) && ++held >= demodulators) return false
    }
    return true
  }
}
