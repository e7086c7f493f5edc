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
  /** Standard deviation of the fading of each single frame, dB. */
  readonly fadingDb: number
}

/** Free space up to 1 m at 920 MHz, then a dense town; SF7 reaches about 3.5 km. */
export const DEFAULT_PROPAGATION: PropagationOptions = {
  referenceDistanceM: 1,
  referenceLossDb: 31.7,
  exponent: 3,
  fadingDb: 1,
}

const NOISE_FIGURE_DB = 6
/** Thermal noise in 125 kHz plus the receiver's noise figure: about -117 dBm. */
export const NOISE_FLOOR_DBM = -174 + 10 * Math.log10(BANDWIDTH_HZ) + NOISE_FIGURE_DB
/** LoRa receivers report no more than this, however strong the signal. */
const HIGHEST_REPORTED_SNR_DB = 13

/** Log-distance path loss in dB. */
export function pathLossDb(from: Position, to: Position, options: PropagationOptions): number {
  const distanceM = Math.max(options.referenceDistanceM, Math.hypot(from.x - to.x, from.y - to.y))
  return options.referenceLossDb + 10 * options.exponent * Math.log10(distanceM / options.referenceDistanceM)
}

/** What the receiver's register shows for a signal of this strength without interference. */
export function reportedSnrDb(rssiDbm: number): number {
  return Math.min(HIGHEST_REPORTED_SNR_DB, rssiDbm - NOISE_FLOOR_DBM)
}

/** Weakest SNR that can be demodulated: -7.5 dB at SF7, 2.5 dB less per step (Semtech SX1276 data sheet). */
export function snrFloorDb(spreadingFactor: number): number {
  return -7.5 - 2.5 * (spreadingFactor - 7)
}
