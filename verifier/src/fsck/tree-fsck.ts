import { concatBytes, equalBytes } from '@hanpyo/protocol/bytes.ts'
import type { Checkpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { inclusionProofFromTiles } from '@hanpyo/protocol/log/hash-reader.ts'
import { leafHash, verifyInclusion } from '@hanpyo/protocol/log/merkle.ts'
import {
  entriesPath,
  HASH_BYTES,
  TILE_WIDTH,
  type Tile,
  type TileCoordinate,
  TileSet,
  tilePath,
  tileWidth,
} from '@hanpyo/protocol/log/tiles.ts'
import { type ReadBundle, readTilePart } from '../leaves.ts'
import type { Source } from '../source/source.ts'
import type { FsckFindings } from './findings.ts'

/** A tile as it was read, or why there is none. */
export type TileRead = Awaited<ReturnType<typeof readTilePart>>

/** Disagreements that only the root at the end can settle; more than these say nothing new. */
const MOST_UNSETTLED = 1000

/**
 * Recomputes the tree bundle by bundle and compares it with every hash tile. Where a bundle and its tile disagree, the tiles
 * above and the signed root decide which of the two files is damaged. Memory: one tile for each level.
 */
export class TreeFsck {
  readonly #checkpoint: Checkpoint
  readonly #source: Source
  readonly #findings: FsckFindings
  readonly #tiles = new TileSet()
  /** Settled by the root: tiles that differ from the recomputed ones. */
  readonly #unsettled: {
    readonly path: string
    readonly record: number | null
    readonly pair: string | null
  }[] = []
  /** Whether some hashes could be had from neither records nor tile. */
  #hasGap = false

  constructor(checkpoint: Checkpoint, source: Source, findings: FsckFindings) {
    this.#checkpoint = checkpoint
    this.#source = source
    this.#findings = findings
  }

  /** Adds the next bundle with its tile of level 0. Returns how many of its records, from the first on, are right. */
  async add({ index, width, entries, problem }: ReadBundle, tile: TileRead): Promise<number> {
    const served = this.#whole({ level: 0, index, width }, tile)
    const path = entriesPath(index, width)
    if (problem !== undefined) {
      const isThere = entries[0] !== undefined
      const kind = problem.includes('larger than') ? 'too-large' : isThere ? 'half-written' : 'missing'
      this.#findings.damage('bundles', kind, path, kind === 'missing' ? recordsOf(index, width) : problem)
    }
    const hashes = entries.map((entry) => (entry === undefined ? undefined : leafHash(entry)))
    const isComplete = hashes.every((hash) => hash !== undefined)
    const own = isComplete ? (hashes as Uint8Array[]) : undefined
    const differing = served === undefined ? [] : differencesOf(hashes, served)
    const [first] = differing
    const intact = Math.min(first ?? width, lengthOf(hashes))
    if (own !== undefined && first === undefined) return this.#append(own, intact)
    if (served === undefined) {
      // Neither all records nor their hashes: the tree above cannot be recomputed.
      this.#hasGap = true
      return this.#append(
        hashes.map((hash) => hash ?? new Uint8Array(HASH_BYTES)),
        intact,
      )
    }
    const inTile = splitHashes(served)
    if (own === undefined) return this.#append(inTile, intact)
    const record = index * TILE_WIDTH + (first as number)
    if (await this.#leadsToRoot(index, inTile)) {
      for (const at of differing) {
        this.#findings.damage('bundles', 'damaged', path, undefined, index * TILE_WIDTH + at)
      }
      return this.#append(inTile, intact)
    }
    const tileFile = tilePath(0, index, width)
    if (await this.#leadsToRoot(index, own)) {
      this.#findings.damage('tiles', 'damaged', tileFile, `hash of record ${record}`)
      return this.#append(own, width)
    }
    this.#settleLater(tileFile, record, path)
    return this.#append(own, intact)
  }

  /** Compares the root. Returns whether the records lead to it. */
  finish(): boolean {
    const isRoot = equalBytes(this.#tiles.root(), this.#checkpoint.root)
    for (const { path, record, pair } of this.#unsettled) {
      if (isRoot) this.#findings.damage('tiles', 'damaged', path)
      // What lies above a damaged record follows from it and is not news.
      else if (pair !== null) this.#findings.damage('bundles', 'one-of-two', pair, path, record)
    }
    if (isRoot && !this.#hasGap) return true
    const isExplained = this.#findings.count('bundles') + this.#findings.count('tiles') > 0
    this.#findings.fail('root', {
      path: 'checkpoint',
      record: null,
      what: {
        en: isExplained
          ? 'cannot be reached: see what is damaged above'
          : 'signs another root than these records have',
        ko: isExplained
          ? '까지 이어지지 않습니다. 위의 손상된 파일을 보세요'
          : '에 서명된 뿌리 해시가 이 기록의 것과 다릅니다',
      },
      advice: {
        en: 'Copy the ledger again from a mirror, and compare both with "hanpyo verify diff".',
        ko: '미러에서 원장을 다시 받고 "hanpyo verify diff"로 비교하세요.',
      },
    })
    return false
  }

  async #append(hashes: readonly Uint8Array[], intact: number): Promise<number> {
    for (const tile of this.#tiles.append(hashes)) await this.#compare(tile)
    return intact
  }

  /** Compares a tile above level 0, if the checkpoint implies it. */
  async #compare({ level, index, width, bytes }: Tile): Promise<void> {
    if (level === 0 || width !== tileWidth(this.#checkpoint.size, level, index)) return
    const tile = { level, index, width }
    const served = this.#whole(tile, await readTilePart(this.#source, tile))
    if (served === undefined || equalBytes(served, bytes)) return
    this.#settleLater(tilePath(level, index, width), null, null)
  }

  /** The bytes of a tile of the right length; everything else is reported. */
  #whole({ level, index, width }: TileCoordinate, read: TileRead): Uint8Array | undefined {
    const path = tilePath(level, index, width)
    if ('problem' in read) {
      const kind = read.problem.includes('larger than') ? 'too-large' : 'missing'
      this.#findings.damage('tiles', kind, path)
      return undefined
    }
    if (read.bytes.length === width * HASH_BYTES) return read.bytes
    this.#findings.damage(
      'tiles',
      'half-written',
      path,
      `${read.bytes.length} of ${width * HASH_BYTES} bytes`,
    )
    return undefined
  }

  /** Whether a tile of level 0 with these hashes is the one under the signed root, by the tiles above it. */
  async #leadsToRoot(index: number, hashes: readonly Uint8Array[]): Promise<boolean> {
    const { size, root } = this.#checkpoint
    const bytes = concatBytes(...hashes)
    const reader = {
      tile: async (level: number, at: number, width = TILE_WIDTH): Promise<Uint8Array | null> => {
        if (level === 0 && at === index) return bytes.slice(0, width * HASH_BYTES)
        const read = await readTilePart(this.#source, { level, index: at, width })
        return 'bytes' in read ? read.bytes : null
      },
    }
    const leaf = index * TILE_WIDTH
    const proof = await inclusionProofFromTiles(reader, size, leaf)
    const [hash] = hashes
    if (!proof.ok || hash === undefined) return false
    return verifyInclusion({ leafHash: hash, index: leaf, size, proof: proof.value, root })
  }

  #settleLater(path: string, record: number | null, pair: string | null): void {
    if (this.#unsettled.length < MOST_UNSETTLED) this.#unsettled.push({ path, record, pair })
  }
}

function recordsOf(index: number, width: number): string {
  return `records ${index * TILE_WIDTH} to ${index * TILE_WIDTH + width - 1}`
}

function splitHashes(tile: Uint8Array): Uint8Array[] {
  return Array.from({ length: tile.length / HASH_BYTES }, (_, at) =>
    tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  )
}

/** Positions at which a record's hash is not the one in the tile. */
function differencesOf(hashes: readonly (Uint8Array | undefined)[], tile: Uint8Array): number[] {
  return hashes.flatMap((hash, at) =>
    hash !== undefined && !equalBytes(hash, tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES))
      ? [at]
      : [],
  )
}

/** How many come before the first that is missing. */
function lengthOf(hashes: readonly (Uint8Array | undefined)[]): number {
  const first = hashes.indexOf(undefined)
  return first === -1 ? hashes.length : first
}
