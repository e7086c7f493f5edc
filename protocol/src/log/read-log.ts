import { equalBytes } from '../bytes.ts'
import { err, ok, type Result } from '../result.ts'
import type { Checkpoint } from './checkpoint.ts'
import { leafHash } from './merkle.ts'
import type { LogReader } from './reader.ts'
import { bundlesOf, decodeBundle, entriesPath, TileSet, tilePath } from './tiles.ts'

/** Gets one file of a published log by its path, `null` when there is none. */
export type ReadPath = (path: string) => Promise<Uint8Array | null>

/** The layout of a published log (C2SP tlog-tiles and blobs) over anything that has paths. */
export function pathReader(read: ReadPath): LogReader {
  return {
    async checkpoint() {
      const bytes = await read('checkpoint')
      return bytes === null ? null : new TextDecoder().decode(bytes)
    },
    tile: (level, index, width) => read(tilePath(level, index, width)),
    entries: (index, width) => read(entriesPath(index, width)),
    blob: (hashHex) => read(`blob/${hashHex}`),
  }
}

export type ReadLogError = 'log-entries-missing' | 'log-entries-malformed' | 'log-root'

/**
 * Reads every leaf of the checkpoint's tree in order and hands it to `take`, then compares the root, so that nothing
 * may be concluded from what `take` saw before the result is there. Reads the bundles only, not the hash tiles; one
 * bundle is in memory at a time.
 */
export async function readLog(
  reader: Pick<LogReader, 'entries'>,
  checkpoint: Checkpoint,
  take: (leaf: Uint8Array, index: number) => void | Promise<void>,
): Promise<Result<null, ReadLogError>> {
  const tree = new TileSet()
  let index = 0
  for (const bundle of bundlesOf(checkpoint.size)) {
    const where = `bundle ${bundle.index}`
    const bytes = await reader.entries(bundle.index, bundle.width)
    if (bytes === null) return err('log-entries-missing', where)
    const leaves = decodeBundle(bytes, bundle.width)
    if (!leaves.ok) return err('log-entries-malformed', `${where}: ${leaves.error}`)
    tree.append(leaves.value.map(leafHash))
    for (const leaf of leaves.value) await take(leaf, index++)
  }
  return equalBytes(tree.root(), checkpoint.root) ? ok(null) : err('log-root', `${checkpoint.size} leaves`)
}
