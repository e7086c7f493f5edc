import { equalBytes } from '@hanpyo/protocol/bytes.ts'
import type { Findings } from '@hanpyo/protocol/checks/findings.ts'
import type { Checkpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import {
  decodeTile,
  HASH_BYTES,
  TILE_WIDTH,
  type Tile,
  type TileCoordinate,
  TileSet,
  tilePath,
  tileWidth,
} from '@hanpyo/protocol/log/tiles.ts'

/** Gets a tile of the checkpoint's tree, or why there is none. */
export type ReadTile = (
  tile: TileCoordinate,
) => Promise<{ readonly bytes: Uint8Array } | { readonly problem: string }>

/**
 * Recomputes the tree from the records, bundle by bundle, and compares it with every tile that is served and
 * with the signed root. Memory: one tile for each level.
 */
export class TreeCheck {
  readonly #checkpoint: Checkpoint
  readonly #readTile: ReadTile
  readonly #findings: Findings
  readonly #tiles = new TileSet()
  /** Records whose hash is not the one in their tile; which of the two is wrong shows at the end. */
  readonly #mismatches: { readonly index: number; readonly detail: string }[] = []
  #mismatchCount = 0
  /** Whether hashes had to be taken from tiles because records could not be read. */
  #hasGap = false

  constructor(checkpoint: Checkpoint, readTile: ReadTile, findings: Findings) {
    this.#checkpoint = checkpoint
    this.#readTile = readTile
    this.#findings = findings
  }

  /**
   * Adds the records of one bundle; `undefined` stands for one that could not be read. Returns how many of them,
   * from the first on, are there and as their tile says.
   */
  async add(index: number, entries: readonly (Uint8Array | undefined)[]): Promise<number> {
    const width = entries.length
    let intact = width
    const served = await this.#served({ level: 0, index, width })
    const hashes = entries.map((entry, i) => {
      const inTile = served?.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)
      if (entry === undefined) {
        intact = Math.min(intact, i)
        this.#hasGap = true
        return inTile ?? new Uint8Array(HASH_BYTES)
      }
      const hash = leafHash(entry)
      if (inTile !== undefined && !equalBytes(hash, inTile)) {
        intact = Math.min(intact, i)
        this.#mismatch(index * TILE_WIDTH + i, `tile ${tilePath(0, index, width)}, hash ${i}`)
      }
      return hash
    })
    for (const tile of this.#tiles.append(hashes)) await this.#compare(tile)
    return intact
  }

  /** Compares the root and settles whether records or tiles are wrong. */
  finish(): void {
    const isRoot = equalBytes(this.#tiles.root(), this.#checkpoint.root)
    const rule = isRoot ? 'tree.tile' : 'tree.leaf-hash'
    for (const { index, detail } of this.#mismatches) this.#findings.fail(rule, index, detail)
    if (this.#mismatchCount > this.#mismatches.length) {
      this.#findings.fail(rule, null, `${this.#mismatchCount} records in all`)
    }
    if (isRoot || this.#mismatchCount > 0 || this.#hasGap) return
    if (this.#findings.failureCount('tree') === 0) this.#findings.fail('tree.root', null)
  }

  #mismatch(index: number, detail: string): void {
    this.#mismatchCount += 1
    if (this.#mismatches.length < TILE_WIDTH) this.#mismatches.push({ index, detail })
  }

  /** Compares a tile above level 0 if the checkpoint implies it. What follows from a changed record is not news. */
  async #compare(tile: Tile): Promise<void> {
    const { level, index, width, bytes } = tile
    if (level === 0 || width !== tileWidth(this.#checkpoint.size, level, index)) return
    const served = await this.#served({ level, index, width })
    if (served === undefined || this.#mismatchCount > 0 || this.#hasGap) return
    if (!equalBytes(served, bytes)) this.#findings.fail('tree.tile', null, tilePath(level, index, width))
  }

  async #served(tile: TileCoordinate): Promise<Uint8Array | undefined> {
    const path = tilePath(tile.level, tile.index, tile.width)
    const read = await this.#readTile(tile)
    if ('problem' in read) {
      this.#findings.fail('tree.missing', null, `${path}: ${read.problem}`)
      return undefined
    }
    if (decodeTile(read.bytes, tile.width).ok) return read.bytes
    this.#findings.fail('tree.tile', null, `${path} has ${read.bytes.length} bytes`)
    return undefined
  }
}
