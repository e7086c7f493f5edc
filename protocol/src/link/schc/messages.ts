/**
 * What travels on the port of the rule, byte by byte (RFC 8724 section 8.3 with the field sizes of RFC 9011 section
 * 5.6.2). The rule id is the LoRaWAN port and no part of these bytes.
 */
import { ByteReader, ByteWriter } from '../../bytes.ts'
import { err, ok, type Result } from '../../result.ts'
import {
  fcnOf,
  MAX_TILES,
  MAX_WINDOWS,
  RCS_BYTES,
  TILE_BYTES,
  tilePosition,
  WINDOW_TILES,
  windowOf,
} from './profile.ts'

/** Device to bridge. */
export type UpMessage =
  /** `position`: 0 … 251 of the first tile; `payload`: whole tiles, where only a packet's last may be shorter. */
  | { readonly type: 'regular'; readonly position: number; readonly payload: Uint8Array }
  /** `rcs`: unsigned 32 bits; `tile`: the packet's last tile, 0 … 10 bytes. */
  | { readonly type: 'all-1'; readonly window: number; readonly rcs: number; readonly tile: Uint8Array }
  | { readonly type: 'ack-req'; readonly window: number }
  | { readonly type: 'sender-abort' }

/** Bridge to device. `bitmap[i]` is about the tile with FCN 62 − i; in the last window `bitmap[62]` about the All-1. */
export type DownMessage =
  | { readonly type: 'ack-complete'; readonly window: number }
  | { readonly type: 'ack-missing'; readonly window: number; readonly bitmap: readonly boolean[] }
  | { readonly type: 'receiver-abort' }

const ALL_1 = 63
const ONES = 0xff
/** W and C before the bitmap. */
const ACK_HEADER_BITS = 3

/** Bytes of an uplink message; throws `RangeError` for fields out of range. */
export function encodeUp(message: UpMessage): Uint8Array {
  switch (message.type) {
    case 'regular': {
      const { position, payload } = message
      if (payload.length === 0 || position + tilesIn(payload) > MAX_TILES) {
        throw new RangeError('"payload" is empty or goes beyond the last window')
      }
      return new ByteWriter()
        .u8(header(windowOf(position), fcnOf(position)))
        .raw(payload)
        .bytes()
    }
    case 'all-1': {
      if (message.tile.length > TILE_BYTES) throw new RangeError('"tile" is longer than a tile')
      return new ByteWriter().u8(header(message.window, ALL_1)).u32(message.rcs).raw(message.tile).bytes()
    }
    case 'ack-req':
      return Uint8Array.of(header(message.window, 0))
    case 'sender-abort':
      return Uint8Array.of(ONES)
  }
}

/** Reads an uplink message; total, and strict about lengths. */
export function parseUp(
  bytes: Uint8Array,
): Result<UpMessage, 'fragment-empty' | 'fragment-length' | 'fragment-window'> {
  const first = bytes[0]
  if (first === undefined) return err('fragment-empty')
  const window = first >> 6
  const fcn = first & 0x3f
  if (bytes.length === 1) {
    if (first === ONES) return ok({ type: 'sender-abort' })
    return fcn === 0 ? ok({ type: 'ack-req', window }) : err('fragment-length')
  }
  if (fcn === ALL_1) {
    if (bytes.length < 1 + RCS_BYTES || bytes.length > 1 + RCS_BYTES + TILE_BYTES)
      return err('fragment-length')
    const reader = new ByteReader(bytes.subarray(1))
    return ok({ type: 'all-1', window, rcs: reader.u32(), tile: reader.rest() })
  }
  const position = tilePosition(window, fcn)
  const payload = bytes.slice(1)
  if (position + tilesIn(payload) > MAX_TILES) return err('fragment-window')
  return ok({ type: 'regular', position, payload })
}

/**
 * Bytes of a downlink message: one byte for success, 1 … 9 for a bitmap, whose trailing ones are left out back to the
 * byte boundary (RFC 8724 section 8.3.2.1). Throws `RangeError` for fields out of range.
 */
export function encodeDown(message: DownMessage): Uint8Array {
  if (message.type === 'receiver-abort') return Uint8Array.of(ONES, ONES)
  const { window } = message
  checkWindow(window)
  if (message.type === 'ack-complete') return Uint8Array.of((window << 6) | 0x20)
  const { bitmap } = message
  if (bitmap.length !== WINDOW_TILES) throw new RangeError('"bitmap" is not about 63 tiles')
  const lastGap = bitmap.lastIndexOf(false)
  const out = new Uint8Array(Math.ceil((ACK_HEADER_BITS + Math.max(1, lastGap + 1)) / 8))
  out[0] = window << 6
  const bits = Math.min(WINDOW_TILES, out.length * 8 - ACK_HEADER_BITS)
  for (let i = 0; i < bits; i++) {
    const at = ACK_HEADER_BITS + i
    if (bitmap[i] === true) out[at >> 3] = (out[at >> 3] as number) | (0x80 >> (at & 7))
  }
  return out
}

/** Reads a downlink message; total. What a bitmap leaves out counts as received. */
export function parseDown(bytes: Uint8Array): Result<DownMessage, 'ack-length' | 'ack-padding'> {
  const first = bytes[0]
  if (first === undefined || bytes.length > 9) return err('ack-length')
  if (bytes.length === 2 && first === ONES && bytes[1] === ONES) return ok({ type: 'receiver-abort' })
  const window = first >> 6
  if ((first & 0x20) !== 0) {
    if (bytes.length !== 1) return err('ack-length')
    return (first & 0x1f) === 0 ? ok({ type: 'ack-complete', window }) : err('ack-padding')
  }
  const bitAt = (at: number): boolean => ((bytes[at >> 3] as number) & (0x80 >> (at & 7))) !== 0
  const bitCount = bytes.length * 8
  for (let at = ACK_HEADER_BITS + WINDOW_TILES; at < bitCount; at++) {
    if (bitAt(at)) return err('ack-padding')
  }
  const bitmap = Array.from({ length: WINDOW_TILES }, (_, i) => {
    const at = ACK_HEADER_BITS + i
    return at >= bitCount || bitAt(at)
  })
  return ok({ type: 'ack-missing', window, bitmap })
}

/** How many tiles a payload holds, a shorter last one included. */
export function tilesIn(payload: Uint8Array): number {
  return Math.ceil(payload.length / TILE_BYTES)
}

function header(window: number, fcn: number): number {
  checkWindow(window)
  return (window << 6) | fcn
}

function checkWindow(window: number): void {
  if (!Number.isInteger(window) || window < 0 || window >= MAX_WINDOWS) {
    throw new RangeError(`"window" is not 0..3: ${window}`)
  }
}
