import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { entriesPath, tilePath } from '@hanpyo/protocol/log/tiles.ts'
import { LIMITS, type Source } from './source.ts'

/** Gets one file of a published log by its path: null when there is none, `OversizeError` above `maxBytes`. */
export type ReadPath = (path: string, maxBytes: number) => Promise<Uint8Array | null>

/** The layout of a published log (C2SP tlog-tiles and blobs) over anything that has paths. */
export function fileLog(name: string, read: ReadPath): Source {
  return {
    name,
    async checkpoint() {
      const bytes = await read('checkpoint', LIMITS.checkpoint)
      return bytes === null ? null : decodeLoosely(bytes)
    },
    tile: (level, index, width) => read(tilePath(level, index, width), LIMITS.tile),
    entries: (index, width) => read(entriesPath(index, width), LIMITS.entries),
    blob: (hashHex, maxBytes = LIMITS.blob) => read(`blob/${hashHex}`, maxBytes),
  }
}

/** Bytes that are not UTF-8 become text that no note parser accepts. */
function decodeLoosely(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes)
  } catch {
    return '\u0000'
  }
}
