import { hash } from 'node:crypto'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { signCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { vkeyOf } from '@hanpyo/protocol/log/note.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import { encodeBundle, HASH_BYTES, TILE_WIDTH, TileSet, tileWidth } from '@hanpyo/protocol/log/tiles.ts'

const SEED = new Uint8Array(32).fill(6)
const LEAF_BYTES = 64

/**
 * A log of any size whose records follow from their numbers: bundles and tiles of level 0 are made when they are asked for, and
 * only the tiles above, an hour of leaves' worth of 32 bytes in 256, are kept.
 */
export function createSyntheticLog(options: {
  readonly ed25519: Ed25519
  readonly origin: string
  readonly size: number
}) {
  const { ed25519, origin, size } = options
  const tiles = new Map<string, Uint8Array>()
  const tree = new TileSet()
  for (let first = 0; first < size; first += TILE_WIDTH) {
    const count = Math.min(TILE_WIDTH, size - first)
    const hashes = Array.from({ length: count }, (_, n) => hashOf(first + n))
    for (const { level, index, bytes } of tree.append(hashes))
      if (level > 0) tiles.set(`${level}/${index}`, bytes)
  }
  const note = signCheckpoint({ ed25519, seed: SEED, checkpoint: { origin, size, root: tree.root() } })
  const reader: LogReader = {
    checkpoint: async () => note,
    async tile(level, index, width = TILE_WIDTH) {
      if (width > tileWidth(size, level, index)) return null
      if (level > 0) return tiles.get(`${level}/${index}`)?.slice(0, width * HASH_BYTES) ?? null
      const bytes = new Uint8Array(width * HASH_BYTES)
      for (let n = 0; n < width; n++) bytes.set(hashOf(index * TILE_WIDTH + n), n * HASH_BYTES)
      return bytes
    },
    async entries(index, width = TILE_WIDTH) {
      if (width > tileWidth(size, 0, index)) return null
      return encodeBundle(Array.from({ length: width }, (_, n) => leafOf(index * TILE_WIDTH + n)))
    },
    blob: async () => null,
  }
  return { reader, policy: `log ${vkeyOf(ed25519, origin, SEED)}\nquorum none\n` }
}

function leafOf(number: number): Uint8Array {
  const leaf = new Uint8Array(LEAF_BYTES)
  new DataView(leaf.buffer).setUint32(0, number)
  return leaf
}

/** RFC 6962 leaf hash by OpenSSL, so that the checked side is not checked by itself. */
function hashOf(number: number): Uint8Array {
  const input = new Uint8Array(1 + LEAF_BYTES)
  input.set(leafOf(number), 1)
  return new Uint8Array(hash('sha256', input, 'buffer'))
}
