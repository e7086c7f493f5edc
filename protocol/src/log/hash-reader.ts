import { equalBytes } from '../bytes.ts'
import { err, ok, type Result } from '../result.ts'
import type { Checkpoint } from './checkpoint.ts'
import {
  consistencyRanges,
  foldRight,
  inclusionRanges,
  type LeafRange,
  perfectSizes,
  rootOfHashes,
} from './merkle.ts'
import type { LogReader } from './reader.ts'
import { decodeTile, TILE_WIDTH, tileWidth } from './tiles.ts'

export type TileReadError = 'tile-missing' | 'tile-length'
type TileSource = Pick<LogReader, 'tile'>

/** The inclusion proof of leaf `index` in the tree of `size`, computed from tiles. Not checked against a root. */
export function inclusionProofFromTiles(
  reader: TileSource,
  size: number,
  index: number,
): Promise<Result<Uint8Array[], TileReadError>> {
  return hashRanges(reader, size, inclusionRanges(index, size))
}

/** The consistency proof between two sizes, computed from the tiles of the larger one. Not checked. */
export function consistencyProofFromTiles(
  reader: TileSource,
  oldSize: number,
  newSize: number,
): Promise<Result<Uint8Array[], TileReadError>> {
  return hashRanges(reader, newSize, consistencyRanges(oldSize, newSize))
}

/** The compact range of the first `oldSize` leaves, computed from the tiles of the tree of `size`. Not checked. */
export function compactRangeFromTiles(
  reader: TileSource,
  oldSize: number,
  size: number,
): Promise<Result<Uint8Array[], TileReadError>> {
  let start = 0
  const ranges = perfectSizes(oldSize).map((length) => {
    start += length
    return { start: start - length, end: start }
  })
  return hashRanges(reader, size, ranges)
}

/** The root of the tree of `size` (at least 1), computed from its right-edge tiles. */
export async function rootFromTiles(
  reader: TileSource,
  size: number,
): Promise<Result<Uint8Array, TileReadError>> {
  const hashes = await hashRanges(reader, size, [{ start: 0, end: size }])
  return hashes.ok ? ok(hashes.value[0] as Uint8Array) : hashes
}

/** Whether the right-edge tiles lead to the checkpoint's root. The empty tree has no tiles and matches. */
export async function tilesMatchCheckpoint(
  reader: TileSource,
  checkpoint: Checkpoint,
): Promise<Result<boolean, TileReadError>> {
  if (checkpoint.size === 0) return ok(true)
  const root = await rootFromTiles(reader, checkpoint.size)
  return root.ok ? ok(equalBytes(root.value, checkpoint.root)) : root
}

async function hashRanges(
  reader: TileSource,
  size: number,
  ranges: readonly LeafRange[],
): Promise<Result<Uint8Array[], TileReadError>> {
  const cache = new Map<string, Promise<Result<Uint8Array[], TileReadError>>>()
  const tile = (level: number, index: number): Promise<Result<Uint8Array[], TileReadError>> => {
    const key = `${level}/${index}`
    const known = cache.get(key) ?? readTile(reader, size, level, index)
    cache.set(key, known)
    return known
  }
  const hashes: Uint8Array[] = []
  for (const range of ranges) {
    const runs: Uint8Array[] = []
    let start = range.start
    for (const length of perfectSizes(range.end - range.start)) {
      const hash = await perfectHash(tile, start, length)
      if (!hash.ok) return hash
      runs.push(hash.value)
      start += length
    }
    hashes.push(foldRight(runs) as Uint8Array)
  }
  return ok(hashes)
}

/** Hash of a perfect subtree of `length` leaves at `start`: a run of 1, 2, 4 … or 128 hashes inside one tile. */
async function perfectHash(
  tile: (level: number, index: number) => Promise<Result<Uint8Array[], TileReadError>>,
  start: number,
  length: number,
): Promise<Result<Uint8Array, TileReadError>> {
  let level = 0
  let span = 1
  while (length >= span * TILE_WIDTH) {
    span *= TILE_WIDTH
    level += 1
  }
  const first = start / span
  const hashes = await tile(level, Math.floor(first / TILE_WIDTH))
  if (!hashes.ok) return hashes
  const offset = first % TILE_WIDTH
  return ok(rootOfHashes(hashes.value.slice(offset, offset + length / span)))
}

async function readTile(
  reader: TileSource,
  size: number,
  level: number,
  index: number,
): Promise<Result<Uint8Array[], TileReadError>> {
  const width = tileWidth(size, level, index)
  const exact = await reader.tile(level, index, width)
  if (exact !== null) return decodeTile(exact, width)
  // A log may delete a partial tile once the full one exists.
  const full = width < TILE_WIDTH ? await reader.tile(level, index, TILE_WIDTH) : null
  if (full === null) return err('tile-missing', `level ${level}, index ${index}, width ${width}`)
  const hashes = decodeTile(full, TILE_WIDTH)
  return hashes.ok ? ok(hashes.value.slice(0, width)) : hashes
}
