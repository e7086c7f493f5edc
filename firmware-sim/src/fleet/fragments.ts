import { type DataRate, maxPayload } from '../radio/kr920.ts'

/** RFC 9011 section 5.6.2: tile size, header of a Regular fragment, header and RCS of an All-1 fragment. */
const TILE_BYTES = 10
const REGULAR_HEADER_BYTES = 1
const ALL_1_HEADER_BYTES = 5
/** A data frame's PHYPayload is this much longer than its application payload. */
const LORAWAN_OVERHEAD_BYTES = 13

/** SCHC ACK with a bitmap: 9 bytes at most. */
export const SCHC_ACK_BYTES = 9

/**
 * PHYPayload lengths of the frames that carry a datagram of `bytes`: one frame when it fits N(DR) less `reservedBytes`,
 * otherwise SCHC fragments of whole tiles and an All-1 fragment with the last tile. The last length is the All-1.
 */
export function framesFor(bytes: number, dataRate: DataRate, reservedBytes: number): number[] {
  const most = maxPayload(dataRate) - reservedBytes
  if (bytes <= most) return [bytes + LORAWAN_OVERHEAD_BYTES]
  const tilesPerFrame = Math.floor((maxPayload(dataRate) - REGULAR_HEADER_BYTES) / TILE_BYTES)
  const tiles = Math.ceil(bytes / TILE_BYTES)
  const lastTileBytes = bytes - (tiles - 1) * TILE_BYTES
  const frames: number[] = []
  for (let left = tiles - 1; left > 0; left -= tilesPerFrame) {
    const inFrame = Math.min(left, tilesPerFrame) * TILE_BYTES
    frames.push(REGULAR_HEADER_BYTES + inFrame + LORAWAN_OVERHEAD_BYTES)
  }
  frames.push(ALL_1_HEADER_BYTES + lastTileBytes + LORAWAN_OVERHEAD_BYTES)
  return frames
}

/** PHYPayload length of a downlink with `bytes` of application payload. */
export function downlinkPhyBytes(bytes: number): number {
  return bytes + LORAWAN_OVERHEAD_BYTES
}
