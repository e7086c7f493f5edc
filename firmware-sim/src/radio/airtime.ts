import { BANDWIDTH_HZ } from './kr920.ts'

export const PREAMBLE_SYMBOLS = 8

/** Length of one symbol at 125 kHz, in ms. */
export function symbolMs(spreadingFactor: number): number {
  return (2 ** spreadingFactor / BANDWIDTH_HZ) * 1000
}

/**
 * Time on air in ms of a LoRa frame: 125 kHz, coding rate 4/5, explicit header, preamble of 8 symbols, low data
 * rate optimisation at SF11 and SF12 (Semtech AN1200.13). Uplinks carry a payload CRC, downlinks do not.
 */
export function airtimeMs(options: {
  spreadingFactor: number
  /** PHYPayload: application payload + 13 bytes for a data frame without FOpts. */
  phyPayloadBytes: number
  hasCrc: boolean
}): number {
  const { spreadingFactor, phyPayloadBytes, hasCrc } = options
  const lowDataRate = spreadingFactor >= 11 ? 1 : 0
  const bits = 8 * phyPayloadBytes - 4 * spreadingFactor + 28 + (hasCrc ? 16 : 0)
  const payloadSymbols = 8 + Math.max(Math.ceil(bits / (4 * (spreadingFactor - 2 * lowDataRate))) * 5, 0)
  return (PREAMBLE_SYMBOLS + 4.25 + payloadSymbols) * symbolMs(spreadingFactor)
}
