import { concatBytes, equalBytes } from '@hanpyo/protocol/bytes.ts'
import type { Checkpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { compactRangeFromTiles } from '@hanpyo/protocol/log/hash-reader.ts'
import { CompactRange, leafHash } from '@hanpyo/protocol/log/merkle.ts'
import {
  changedBundles,
  decodeBundle,
  encodeBundle,
  entriesPath,
  TILE_WIDTH,
  type TileSet,
  tilePath,
} from '@hanpyo/protocol/log/tiles.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { readBundle } from '../leaves.ts'
import { LIMITS, type Source } from '../source/source.ts'
import type { Staging } from './staging.ts'

/** Where a copy is to grow from and to. */
export interface Growth {
  readonly source: Source
  /** The tree of the copy; stays as it is. */
  readonly tree: TileSet
  readonly staging: Staging
}

/**
 * Copies the records that a checkpoint has beyond the copy, and the tiles computed from them, into staging, and answers with
 * the grown tree once its root is the signed one. `data-missing`: what is served is not what the checkpoint commits to;
 * `forked`: the checkpoint certainly commits to another beginning than the copy. Rejects with `SourceError`.
 */
export async function stageGrowth(
  growth: Growth,
  next: Checkpoint,
): Promise<Result<TileSet, 'data-missing' | 'forked'>> {
  const { source, staging } = growth
  const tree = growth.tree.clone()
  let areSame = true
  for (const { index, width } of changedBundles(tree.size, next.size)) {
    const { entries, problem } = await readBundle(source, { index, width })
    const records = entries.filter((entry) => entry !== undefined)
    if (problem !== undefined || records.length < width) return err('data-missing')
    await staging.put(entriesPath(index, width), encodeBundle(records))
    const known = Math.max(0, tree.size - index * TILE_WIDTH)
    const hashes = records.map(leafHash)
    for (const { level, index: at, width: wide, bytes } of tree.append(hashes.slice(known))) {
      // Records that the copy has already come again in a wider bundle; they must be the same.
      if (level === 0) areSame &&= equalBytes(bytes, concatBytes(...hashes))
      await staging.put(tilePath(level, at, wide), bytes)
    }
  }
  if (equalBytes(tree.root(), next.root)) return areSame ? ok(tree) : err('data-missing')
  return err((await isRewritten(growth, next)) ? 'forked' : 'data-missing')
}

/**
 * Whether the log's own tiles for the beginning and its records after it lead to the signed root, from another beginning than
 * the copy's. A wrong tile or record proves nothing against the log.
 */
async function isRewritten({ source, tree: copy, staging }: Growth, next: Checkpoint): Promise<boolean> {
  const { size } = copy
  if (size === 0) return false
  const range = await compactRangeFromTiles(source, size, next.size)
  if (!range.ok) return false
  const tree = CompactRange.from(size, range.value)
  if (equalBytes(tree.root(), copy.root())) return false
  for (const { index, width } of changedBundles(size, next.size)) {
    const bytes = await staging.read(entriesPath(index, width), LIMITS.entries)
    const bundle = bytes === null ? null : decodeBundle(bytes, width)
    if (bundle === null || !bundle.ok) return false
    for (const record of bundle.value.slice(Math.max(0, size - index * TILE_WIDTH)))
      tree.append(leafHash(record))
  }
  return equalBytes(tree.root(), next.root)
}
