/**
 * The uplink profile of RFC 9011 section 5.6.2: SCHC ACK-on-Error (RFC 8724 section 8.4.3) where the LoRaWAN port is
 * the rule id (20), the DTag has no bits, so that a device has one packet in flight, and the L2 word is a byte.
 */
export const TILE_BYTES = 10
/** FCN 62 … 0; FCN 63 is All-1. */
export const WINDOW_TILES = 63
/** The W field has two bits. */
export const MAX_WINDOWS = 4
export const MAX_TILES = MAX_WINDOWS * WINDOW_TILES
/** The longest packet: 2,520 bytes. */
export const MAX_PACKET_BYTES = MAX_TILES * TILE_BYTES
export const RCS_BYTES = 4
/** An All-1 message that holds a full last tile; frames must be at least this long. */
export const MIN_FRAME_BYTES = 1 + RCS_BYTES + TILE_BYTES

/** Position of a tile in its packet, 0 … 251, from its window and FCN. */
export function tilePosition(window: number, fcn: number): number {
  return window * WINDOW_TILES + (WINDOW_TILES - 1 - fcn)
}

/** Window 0 … 3 of a tile position. */
export function windowOf(position: number): number {
  return Math.floor(position / WINDOW_TILES)
}

/** FCN 62 … 0 of a tile position. */
export function fcnOf(position: number): number {
  return WINDOW_TILES - 1 - (position % WINDOW_TILES)
}
