import { err, ok, type Result } from '../result.ts'
import { isSize, parseDecimal } from './decimal.ts'

/** Hashes in a full tile and entries in a full bundle. */
export const TILE_WIDTH = 256
/** Highest tile level the format knows. */
export const MAX_TILE_LEVEL = 63

/** One hash tile; `width` is 1..256, 256 being the full tile. */
export interface TileCoordinate {
  readonly level: number
  readonly index: number
  readonly width: number
}

/** One entry bundle; `width` is 1..256, 256 being the full bundle. */
export interface BundleCoordinate {
  readonly index: number
  readonly width: number
}

export type TilePath =
  | ({ readonly kind: 'tile' } & TileCoordinate)
  | ({ readonly kind: 'entries' } & BundleCoordinate)

/** `tile/<L>/<N>[.p/<W>]` without a leading slash (C2SP tlog-tiles). */
export function tilePath(level: number, index: number, width: number = TILE_WIDTH): string {
  if (!Number.isInteger(level) || level < 0 || level > MAX_TILE_LEVEL) {
    throw new RangeError(`"level" is not 0..63: ${level}`)
  }
  return `tile/${level}/${indexPath(index)}${widthSuffix(width)}`
}

/** `tile/entries/<N>[.p/<W>]` without a leading slash. */
export function entriesPath(index: number, width: number = TILE_WIDTH): string {
  return `tile/entries/${indexPath(index)}${widthSuffix(width)}`
}

/** Reads either kind of path, exactly as the two functions above write it. */
export function parseTilePath(path: string): Result<TilePath, 'tile-path'> {
  const match =
    /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/.exec(path)
  if (match === null) return err('tile-path')
  const [, level, groups, widthText] = match as unknown as [string, string, string, string | undefined]
  if (groups.startsWith('x000/')) return err('tile-path')
  const index = parseDecimal(groups.replaceAll(/[x/]/g, '').replace(/^0+(?=[0-9])/, ''))
  const width = widthText === undefined ? TILE_WIDTH : Number(widthText)
  if (index === null || (widthText !== undefined && width >= TILE_WIDTH)) return err('tile-path')
  if (level === 'entries') return ok({ kind: 'entries', index, width })
  if (Number(level) > MAX_TILE_LEVEL) return err('tile-path')
  return ok({ kind: 'tile', level: Number(level), index, width })
}

/** Hashes in the tile (level, index) of a tree of `size`: 256, a partial width, or 0 when it does not exist. */
export function tileWidth(size: number, level: number, index: number): number {
  const hashes = hashesAtLevel(size, level)
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH))
}

/** All hash tiles of a tree of `size`, level by level, left to right. */
export function* tilesOf(size: number): Generator<TileCoordinate> {
  for (let level = 0; hashesAtLevel(size, level) > 0; level++) yield* tilesOfLevel(size, level)
}

/** All entry bundles of a tree of `size`, left to right. */
export function* bundlesOf(size: number): Generator<BundleCoordinate> {
  for (const { index, width } of tilesOfLevel(size, 0)) yield { index, width }
}

/** Bundles that differ between two sizes of a growing log: all that hold an entry from `oldSize` on. */
export function* changedBundles(oldSize: number, newSize: number): Generator<BundleCoordinate> {
  const last = Math.ceil(newSize / TILE_WIDTH)
  for (let index = Math.floor(oldSize / TILE_WIDTH); index < last; index++) {
    const width = tileWidth(newSize, 0, index)
    if (oldSize < newSize) yield { index, width }
  }
}

/** Number of tile hashes at a level: full tiles' worth of leaves below each, rounded down. */
export function hashesAtLevel(size: number, level: number): number {
  if (!isSize(size)) throw new RangeError(`"size" is not a tree size: ${size}`)
  return Math.floor(size / TILE_WIDTH ** level)
}

function* tilesOfLevel(size: number, level: number): Generator<TileCoordinate> {
  const hashes = hashesAtLevel(size, level)
  for (let index = 0; index * TILE_WIDTH < hashes; index++) {
    yield { level, index, width: Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH) }
  }
}

function indexPath(index: number): string {
  if (!isSize(index)) throw new RangeError(`"index" is not a tile index: ${index}`)
  let path = String(index % 1000).padStart(3, '0')
  for (let left = Math.floor(index / 1000); left > 0; left = Math.floor(left / 1000)) {
    path = `x${String(left % 1000).padStart(3, '0')}/${path}`
  }
  return path
}

function widthSuffix(width: number): string {
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH) {
    throw new RangeError(`"width" is not 1..256: ${width}`)
  }
  return width === TILE_WIDTH ? '' : `.p/${width}`
}
