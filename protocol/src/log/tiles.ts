import { ByteReader, ByteWriter, concatBytes, ShortInputError } from '../bytes.ts'
import { err, ok, type Result } from '../result.ts'
import { EMPTY_ROOT, foldRight, perfectSizes, rootOfHashes } from './merkle.ts'
import { hashesAtLevel, TILE_WIDTH, type TileCoordinate } from './tile-path.ts'

export {
  type BundleCoordinate,
  bundlesOf,
  changedBundles,
  entriesPath,
  MAX_TILE_LEVEL,
  parseTilePath,
  TILE_WIDTH,
  type TileCoordinate,
  type TilePath,
  tilePath,
  tilesOf,
  tileWidth,
} from './tile-path.ts'

export const HASH_BYTES = 32
/** A leaf's length is a u16 in its bundle. */
export const MAX_ENTRY_BYTES = 65_535
/** No bundle is larger: 256 entries of the largest size, each with its length. */
export const MAX_BUNDLE_BYTES = TILE_WIDTH * (2 + MAX_ENTRY_BYTES)

/** A tile with its bytes: `width` hashes of 32 bytes. */
export interface Tile extends TileCoordinate {
  readonly bytes: Uint8Array
}

export type BundleError = 'bundle-truncated' | 'bundle-count'

/** An entry bundle: `u16 length ‖ entry` for each entry. Throws `RangeError` for an entry over 65,535 bytes. */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter()
  for (const entry of entries) writer.u16(entry.length).raw(entry)
  return writer.bytes()
}

/** The entries of a bundle; there must be exactly `count` of them and nothing after. */
export function decodeBundle(bytes: Uint8Array, count: number): Result<Uint8Array[], BundleError> {
  const reader = new ByteReader(bytes)
  const entries: Uint8Array[] = []
  try {
    while (reader.remaining > 0 && entries.length < count) entries.push(reader.take(reader.u16()))
  } catch (error) {
    if (error instanceof ShortInputError) return err('bundle-truncated')
    throw error
  }
  if (entries.length !== count || reader.remaining > 0) return err('bundle-count')
  return ok(entries)
}

/** The hashes of a tile; it must hold exactly `width` of them. */
export function decodeTile(bytes: Uint8Array, width: number): Result<Uint8Array[], 'tile-length'> {
  if (width < 1 || width > TILE_WIDTH || bytes.length !== width * HASH_BYTES) return err('tile-length')
  const hashes: Uint8Array[] = []
  for (let i = 0; i < width; i++) hashes.push(bytes.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES))
  return ok(hashes)
}

/**
 * The right edge of a tree: the partial tile of every level, at most 255 hashes each. Appending leaves costs
 * time proportional to the leaves, not to the tree, and gives back every tile whose bytes changed.
 */
export class TileSet {
  #size = 0
  /** Hashes of the partial tile of each level. */
  readonly #edges: Uint8Array[][] = []

  /**
   * The right edge of a tree of `size`, read back from its partial tiles: `readPartial` gets the coordinate
   * and returns the tile's bytes. Throws `RangeError` when a tile has the wrong length; the caller compares
   * `root()` with the signed one.
   */
  static restore(size: number, readPartial: (tile: TileCoordinate) => Uint8Array): TileSet {
    const set = new TileSet()
    set.#size = size
    for (let level = 0; hashesAtLevel(size, level) > 0; level++) {
      const hashes = hashesAtLevel(size, level)
      const width = hashes % TILE_WIDTH
      if (width === 0) {
        set.#edges.push([])
        continue
      }
      const coordinate = { level, index: Math.floor(hashes / TILE_WIDTH), width }
      const tile = decodeTile(readPartial(coordinate), width)
      if (!tile.ok)
        throw new RangeError(`"readPartial" returned a wrong tile: level ${level}, width ${width}`)
      set.#edges.push(tile.value)
    }
    return set
  }

  get size(): number {
    return this.#size
  }

  /** A copy that can be appended to without changing this one, for a transaction that may fail. */
  clone(): TileSet {
    const copy = new TileSet()
    copy.#size = this.#size
    for (const edge of this.#edges) copy.#edges.push([...edge])
    return copy
  }

  /**
   * Appends leaves by their leaf hashes. Returns every full tile completed and every partial tile now at the
   * edge of a level that changed; partial tiles of sizes in between never exist.
   */
  append(leafHashes: readonly Uint8Array[]): Tile[] {
    const changed: Tile[] = []
    const touched = new Set<number>()
    for (const hash of leafHashes) {
      if (hash.length !== HASH_BYTES) throw new RangeError('"leafHashes" are not 32 bytes each')
      this.#size += 1
      this.#push(0, hash, changed, touched)
    }
    for (const level of [...touched].sort((a, b) => a - b)) {
      const edge = this.#edges[level] as Uint8Array[]
      if (edge.length === 0) continue
      const index = Math.floor(hashesAtLevel(this.#size, level) / TILE_WIDTH)
      changed.push({ level, index, width: edge.length, bytes: concatBytes(...edge) })
    }
    return changed
  }

  /** The RFC 6962 root, from the edges alone: each level's runs, folded from the right onto the level below. */
  root(): Uint8Array {
    const runs: Uint8Array[] = []
    for (let level = this.#edges.length - 1; level >= 0; level--) {
      runs.push(...perfectRuns(this.#edges[level] as Uint8Array[]))
    }
    return foldRight(runs) ?? EMPTY_ROOT
  }

  #push(level: number, hash: Uint8Array, changed: Tile[], touched: Set<number>): void {
    if (this.#edges[level] === undefined) this.#edges[level] = []
    const edge = this.#edges[level]
    edge.push(hash)
    touched.add(level)
    if (edge.length < TILE_WIDTH) return
    const index = hashesAtLevel(this.#size, level) / TILE_WIDTH - 1
    changed.push({ level, index, width: TILE_WIDTH, bytes: concatBytes(...edge) })
    const root = rootOfHashes(edge)
    edge.length = 0
    this.#push(level + 1, root, changed, touched)
  }
}

/** Hashes of the power-of-two runs of a partial tile, left to right. */
function perfectRuns(hashes: readonly Uint8Array[]): Uint8Array[] {
  const runs: Uint8Array[] = []
  let start = 0
  for (const length of perfectSizes(hashes.length)) {
    runs.push(rootOfHashes(hashes.slice(start, start + length)))
    start += length
  }
  return runs
}
