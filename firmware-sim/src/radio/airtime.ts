import { BANDWIDTH_HZ } from './kr920.ts'

export const PREAMBLE_SYMBOLS = 8
/** Symbols of the sync word and the start-of-frame delimiter after the preamble. */
const SYNC_SYMBOLS = 4.25

/** Length of one symbol at 125 kHz, in ms. */
export function symbolMs(spreadingFactor: number): number {
  return (2 ** spreadingFactor / BANDWIDTH_HZ) * 1000
}

/**
 * Time on air in ms of a LoRa frame: 125 kHz, explicit header, preamble of 8 symbols, low data rate optimisation at
 * SF11 and SF12 (Semtech AN1200.13). LoRaWAN uses coding rate 4/5. Uplinks carry a payload CRC, downlinks do not.
 */
export function airtimeMs(options: {
  spreadingFactor: number
  /** PHYPayload: application payload + 13 bytes for a data frame without FOpts. */
  phyPayloadBytes: number
  hasCrc: boolean
  /** Coded bits per four data bits, 5…8. */
  codingRateDenominator?: number
}): number {
  const { spreadingFactor, phyPayloadBytes, hasCrc, codingRateDenominator = 5 } = options
  const lowDataRate = spreadingFactor >= 11 ? 1 : 0
  const bits = 8 * phyPayloadBytes - 4 * spreadingFactor + 28 + (hasCrc ? 16 : 0)
  const blocks = Math.ceil(bits / (4 * (spreadingFactor - 2 * lowDataRate)))
  const payloadSymbols = 8 + Math.max(blocks * codingRateDenominator, 0)
  return (PREAMBLE_SYMBOLS + SYNC_SYMBOLS + payloadSymbols) * symbolMs(spreadingFactor)
}
