import type { SeededRandom } from '../random.ts'
import { BANDWIDTH_HZ } from './kr920.ts'

/** Metres in a plane. */
export interface Position {
  readonly x: number
  readonly y: number
}

export interface PropagationOptions {
  readonly referenceDistanceM: number
  /** Loss at the reference distance, dB. */
  readonly referenceLossDb: number
  /** Path loss exponent: 2 in free space, about 3 between buildings. */
  readonly exponent: number
  /** Standard deviation of the part of a link's loss that does not change: walls, hills, antennas. dB. */
  readonly shadowingDb: number
  /** Standard deviation of the fading of each single frame, dB. */
  readonly fadingDb: number
}

/** Free space up to 1 m at 920 MHz, then a dense town without surprises; SF7 reaches about 3.5 km. */
export const DEFAULT_PROPAGATION: PropagationOptions = {
  referenceDistanceM: 1,
  referenceLossDb: 31.7,
  exponent: 3,
  shadowingDb: 0,
  fadingDb: 1,
}

/**
 * Named models. `urban`: measured in Oulu at 868 MHz (Petäjäjärvi et al., ITST 2015). `in-building`: measured in a
 * built-up area in Lancaster (Bor et al., MSWiM 2016, section 4). `town`: the default.
 */
export const PROPAGATION_MODELS = {
  town: DEFAULT_PROPAGATION,
  urban: { referenceDistanceM: 1000, referenceLossDb: 128.95, exponent: 2.32, shadowingDb: 7.8, fadingDb: 1 },
  'in-building': {
    referenceDistanceM: 40,
    referenceLossDb: 127.41,
    exponent: 2.08,
    shadowingDb: 3.57,
    fadingDb: 1,
  },
} as const satisfies Record<string, PropagationOptions>

const NOISE_FIGURE_DB = 6
/** Thermal noise in 125 kHz plus the receiver's noise figure: about -117 dBm. */
export const NOISE_FLOOR_DBM = -174 + 10 * Math.log10(BANDWIDTH_HZ) + NOISE_FIGURE_DB
/** LoRa receivers report no more than this, however strong the signal. */
const HIGHEST_REPORTED_SNR_DB = 13
/** No model holds closer than this. */
const LEAST_DISTANCE_M = 1

/** Log-distance path loss in dB, never below that of free space. */
export function pathLossDb(from: Position, to: Position, options: PropagationOptions): number {
  const distanceM = Math.max(LEAST_DISTANCE_M, Math.hypot(from.x - to.x, from.y - to.y))
  const { referenceDistanceM, referenceLossDb, exponent } = options
  const modelled = referenceLossDb + 10 * exponent * Math.log10(distanceM / referenceDistanceM)
  return Math.max(modelled, freeSpaceLossDb(distanceM))
}

/** Free space loss at 920 MHz, dB (ITU-R P.525). */
function freeSpaceLossDb(distanceM: number): number {
  return 31.7 + 20 * Math.log10(distanceM)
}

/** The fixed extra loss of a link, the same in both directions, dB. */
export type Shadowing = (a: string, b: string) => number

/** Draws each link's shadowing once, from the seed and the two names only. */
export function createShadowing(random: SeededRandom, shadowingDb: number): Shadowing {
  if (shadowingDb === 0) return () => 0
  const known = new Map<string, number>()
  return (a, b) => {
    const link = a < b ? `${a}~${b}` : `${b}~${a}`
    let loss = known.get(link)
    if (loss === undefined) {
      loss = random.fork(`shadowing/${link}`).gaussian() * shadowingDb
      known.set(link, loss)
    }
    return loss
  }
}

/** What the receiver's register shows for a signal of this strength without interference. */
export function reportedSnrDb(rssiDbm: number): number {
  return Math.min(HIGHEST_REPORTED_SNR_DB, rssiDbm - NOISE_FLOOR_DBM)
}

/** Weakest SNR that can be demodulated: -7.5 dB at SF7, 2.5 dB less per step (Semtech SX1276 data sheet). */
export function snrFloorDb(spreadingFactor: number): number {
  return -7.5 - 2.5 * (spreadingFactor - 7)
}
