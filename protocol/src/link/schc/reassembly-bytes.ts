import { ByteReader, ByteWriter, ShortInputError } from '../../bytes.ts'
import { err, ok, type Result } from '../../result.ts'
import { MAX_TILES, MAX_WINDOWS, TILE_BYTES } from './profile.ts'
import { assemble, type Reassembly } from './receiver.ts'

const FORMAT = 1
/** 252 tiles with their positions and lengths, the end, and what is remembered: below 3.1 kB. */
export const MAX_REASSEMBLY_BYTES =
  1 + 6 + 1 + 1 + 1 + 4 * 4 + 1 + (1 + 4 + 1 + TILE_BYTES) + 1 + MAX_TILES * 12

/**
 * A reassembly as bytes for a disk: `u8 1 ‖ u48 activeMs ‖ u8 isFinished ‖ u8 idleRequests ‖ u8 n ‖ n × u32 rcs ‖ u8
 * hasEnd [‖ u8 window ‖ u32 rcs ‖ u8 length ‖ tile] ‖ u8 tile count ‖ count × (u8 position ‖ u8 length ‖ tile)`. Only for
 * the bridge that wrote it; nothing of it travels.
 */
export function encodeReassembly(state: Reassembly): Uint8Array {
  const writer = new ByteWriter()
    .u8(FORMAT)
    .uint(6, Math.trunc(state.activeMs))
    .u8(state.isFinished ? 1 : 0)
    .u8(Math.min(0xff, state.idleRequests))
    .u8(state.finished.length)
  for (const rcs of state.finished) writer.u32(rcs)
  writer.u8(state.end === null ? 0 : 1)
  if (state.end !== null) {
    const { window, rcs, tile } = state.end
    writer.u8(window).u32(rcs).u8(tile.length).raw(tile)
  }
  writer.u8(state.tiles.size)
  for (const [position, tile] of state.tiles) writer.u8(position).u8(tile.length).raw(tile)
  return writer.bytes()
}

/** Reads it back; `reassembly-damaged` for anything `encodeReassembly` does not write. */
export function parseReassembly(bytes: Uint8Array): Result<Reassembly, 'reassembly-damaged'> {
  const reader = new ByteReader(bytes)
  try {
    if (reader.u8() !== FORMAT) return err('reassembly-damaged', 'format')
    const activeMs = reader.uint(6)
    const isFinished = reader.u8() === 1
    const idleRequests = reader.u8()
    const finished = Array.from({ length: reader.u8() }, () => reader.u32())
    const hasEnd = reader.u8() === 1
    const end = hasEnd ? { window: reader.u8(), rcs: reader.u32(), tile: reader.take(reader.u8()) } : null
    const tiles = new Map<number, Uint8Array>()
    for (let left = reader.u8(); left > 0; left--) tiles.set(reader.u8(), reader.take(reader.u8()))
    reader.end()
    const state = { tiles, end, isFinished, finished, idleRequests, activeMs }
    return isSound(state) ? ok(state) : err('reassembly-damaged', 'content')
  } catch (error) {
    if (error instanceof ShortInputError) return err('reassembly-damaged', 'length')
    throw error
  }
}

function isSound(state: Reassembly): boolean {
  const { tiles, end, isFinished } = state
  for (const [position, tile] of tiles) {
    if (position >= MAX_TILES || tile.length < 1 || tile.length > TILE_BYTES) return false
  }
  if (end !== null && (end.window >= MAX_WINDOWS || end.tile.length > TILE_BYTES)) return false
  return !isFinished || assemble(state) !== null
}
