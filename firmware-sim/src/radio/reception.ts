import { PREAMBLE_SYMBOLS, symbolMs } from './airtime.ts'
import {
  type Position,
  type PropagationOptions,
  pathLossDb,
  reportedSnrDb,
  snrFloorDb,
} from './propagation.ts'

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

/** The weaker of two frames on the same channel and spreading factor is lost; the stronger needs this lead. */
export const CAPTURE_DB = 6
/** A receiver still locks on when only this many symbols at the end of the preamble were undisturbed. */
const PREAMBLE_SYMBOLS_NEEDED = 5

export function overlaps(a: { startMs: number; endMs: number }, fromMs: number, toMs: number): boolean {
  return a.startMs < toMs && a.endMs > fromMs
}

export function rssiAt(
  transmission: Transmission,
  position: Position,
  propagation: PropagationOptions,
): number {
  return (
    transmission.powerDbm - pathLossDb(transmission.position, position, propagation) + transmission.fadingDb
  )
}

/**
 * Whether `transmission` survives the others at `position`: strong enough above the noise, and 6 dB above every
 * frame on the same channel and spreading factor that overlaps more than the start of its preamble.
 */
export function judgeReception(
  transmission: Transmission,
  others: Iterable<Transmission>,
  position: Position,
  propagation: PropagationOptions,
): { reception: Reception } | { lost: 'weak' | 'collision' } {
  const rssiDbm = rssiAt(transmission, position, propagation)
  const snrDb = reportedSnrDb(rssiDbm)
  const factor = transmission.spreadingFactor
  if (snrDb < snrFloorDb(factor)) return { lost: 'weak' }
  const lockedFromMs = transmission.startMs + (PREAMBLE_SYMBOLS - PREAMBLE_SYMBOLS_NEEDED) * symbolMs(factor)
  for (const other of others) {
    if (other === transmission || !interferes(other, transmission)) continue
    if (!overlaps(other, lockedFromMs, transmission.endMs)) continue
    if (rssiDbm - rssiAt(other, position, propagation) < CAPTURE_DB) return { lost: 'collision' }
  }
  return { reception: { transmission, rssiDbm, snrDb } }
}

/** Different spreading factors count as orthogonal; inverted downlinks do not disturb uplinks. */
function interferes(other: Transmission, wanted: Transmission): boolean {
  return (
    other.frequencyHz === wanted.frequencyHz &&
    other.spreadingFactor === wanted.spreadingFactor &&
    other.direction === wanted.direction
  )
}
