import { fromHex } from '@hanpyo/protocol/bytes.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import { encodeBundle, HASH_BYTES, TILE_WIDTH, tileWidth } from '@hanpyo/protocol/log/tiles.ts'
import type { LedgerEngine } from './engine.ts'

/**
 * The published log as the protocol's read-only interface. A partial tile is a prefix of the stored one, so every
 * width up to the published one is served; nothing beyond the signed size is.
 */
export function engineLogReader(engine: LedgerEngine): LogReader {
  const widthOf = async (level: number, index: number, width: number): Promise<boolean> => {
    const head = await engine.head()
    return head !== null && width <= tileWidth(head.size, level, index)
  }
  return {
    async checkpoint() {
      return (await engine.head())?.checkpoint ?? null
    },
    async tile(level, index, width = TILE_WIDTH) {
      if (!(await widthOf(level, index, width))) return null
      const hashes = await engine.tile(level, index)
      return hashes?.slice(0, width * HASH_BYTES) ?? null
    },
    async entries(index, width = TILE_WIDTH) {
      if (!(await widthOf(0, index, width))) return null
      return encodeBundle(await engine.entries(index * TILE_WIDTH, width))
    },
    blob: (hashHex) => engine.blob(fromHex(hashHex)),
  }
}
