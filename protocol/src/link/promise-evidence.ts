import { compactRangeFromTiles } from '../log/hash-reader.ts'
import type { LogReader } from '../log/reader.ts'
import { decodeTile, HASH_BYTES, TILE_WIDTH, tileWidth } from '../log/tiles.ts'
import { err, ok, type Result } from '../result.ts'
import type { InclusionPromise } from './promise.ts'
import type { PromiseEvidence } from './promise-judgement.ts'

/**
 * Takes from a log's tiles what it needs to judge a promise by a checkpoint: the compact range of the promise's `size`, and
 * all leaf hashes from there on, so that the server does not learn whose promise it is. Nothing is checked here.
 */
export async function evidenceFromTiles(
  reader: Pick<LogReader, 'tile'>,
  promise: { readonly note: string; readonly value: Pick<InclusionPromise, 'size'> },
  checkpoint: { readonly note: string; readonly size: number },
): Promise<Result<PromiseEvidence, 'tiles-missing'>> {
  const { size } = promise.value
  const whole = checkpoint.size
  const notes = { promise: promise.note, checkpoint: checkpoint.note }
  // Before the deadline the log that is shown may be old; after it, it is the evidence.
  if (size > whole) return ok({ ...notes, range: [], leaves: [] })
  const range = await compactRangeFromTiles(reader, size, whole)
  if (!range.ok) return err('tiles-missing', range.detail ?? range.error)
  const leaves: Uint8Array[] = []
  for (let index = Math.floor(size / TILE_WIDTH); index * TILE_WIDTH < whole; index++) {
    const width = tileWidth(whole, 0, index)
    const bytes = await reader.tile(0, index, width)
    const hashes = bytes?.length === width * HASH_BYTES ? decodeTile(bytes, width) : null
    if (hashes === null || !hashes.ok) return err('tiles-missing', `tile ${index}`)
    leaves.push(...hashes.value.slice(Math.max(0, size - index * TILE_WIDTH)))
  }
  return ok({ ...notes, range: range.value, leaves })
}
