/** MHDR, DevAddr, FCtrl, FCnt, FPort, MIC: what LoRaWAN puts around an application payload without FOpts. */
const FRAME_OVERHEAD_BYTES = 13
const BANDWIDTH_HZ = 125_000
const PREAMBLE_SYMBOLS = 8 + 4.25

/** PHYPayload of a join-request: MHDR, JoinEUI, DevEUI, DevNonce, MIC. */
const JOIN_REQUEST_BYTES = 23

/**
 * Time on air in ms of an uplink with `payloadBytes` application bytes at KR920's DR0..DR5 (SF12..SF7, 125 kHz,
 * CR 4/5, explicit header, CRC), Semtech AN1200.13 section 4.
 */
export function uplinkAirtimeMs(dataRate: number, payloadBytes: number): number {
  return frameAirtimeMs(dataRate, payloadBytes + FRAME_OVERHEAD_BYTES)
}

/** The same for a join-request. */
export function joinRequestAirtimeMs(dataRate: number): number {
  return frameAirtimeMs(dataRate, JOIN_REQUEST_BYTES)
}

function frameAirtimeMs(dataRate: number, phyPayloadBytes: number): number {
  if (!Number.isInteger(dataRate) || dataRate < 0 || dataRate > 5) {
    throw new RangeError(`"dataRate" is not 0..5: ${dataRate}`)
  }
  const spreadingFactor = 12 - dataRate
  const symbolMs = (2 ** spreadingFactor / BANDWIDTH_HZ) * 1000
  const lowDataRate = spreadingFactor >= 11 ? 1 : 0
  const bits = 8 * phyPayloadBytes - 4 * spreadingFactor + 28 + 16
  const symbols = 8 + Math.max(Math.ceil(bits / (4 * (spreadingFactor - 2 * lowDataRate))) * 5, 0)
  return (PREAMBLE_SYMBOLS + symbols) * symbolMs
}
