import { ByteWriter } from '@hanpyo/protocol/bytes.ts'

/** A frame as it was heard, or `undefined` instead of strengths for one recorded where it was sent. */
export interface TracedFrame {
  readonly frequencyHz: number
  readonly spreadingFactor: number
  readonly rssiDbm: number | undefined
  readonly snrDb: number | undefined
  readonly phyPayload: Uint8Array
}

const VERSION = 0
const HEADER_BYTES = 15
const BANDWIDTH_125_KHZ = 1
const SYNC_WORD_LORAWAN = 0x34
const RSSI_OFFSET_DBM = -139
const NOT_AVAILABLE = 255

/**
 * LoRaTap header, version 0, 15 bytes big-endian, followed by the PHYPayload (github.com/eriknl/LoRaTap). Wireshark
 * dissects what follows the sync word 0x34 as LoRaWAN. Version 0 because Wireshark 4.0 knows no other.
 */
export function encodeLoraTap(frame: TracedFrame): Uint8Array {
  const { frequencyHz, spreadingFactor, rssiDbm, snrDb } = frame
  return new ByteWriter()
    .u8(VERSION)
    .u8(0)
    .u16(HEADER_BYTES)
    .u32(frequencyHz)
    .u8(BANDWIDTH_125_KHZ)
    .u8(spreadingFactor)
    .u8(encodeRssi(rssiDbm, snrDb))
    .u8(NOT_AVAILABLE)
    .u8(NOT_AVAILABLE)
    .u8(Math.round(Math.max(-32, Math.min(31.75, snrDb ?? 0)) * 4) & 0xff)
    .u8(SYNC_WORD_LORAWAN)
    .raw(frame.phyPayload)
    .bytes()
}

/** Steps of 1 dB above -139 dBm, of 0.25 dB when the SNR is negative. */
function encodeRssi(rssiDbm: number | undefined, snrDb: number | undefined): number {
  if (rssiDbm === undefined) return NOT_AVAILABLE
  const stepDb = (snrDb ?? 0) < 0 ? 0.25 : 1
  return Math.max(0, Math.min(NOT_AVAILABLE - 1, Math.round((rssiDbm - RSSI_OFFSET_DBM) / stepDb)))
}
