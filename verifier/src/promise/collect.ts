import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { type PromiseEvidence, promiseOf } from '@hanpyo/protocol/link/promise-judgement.ts'
import { compactRangeFromTiles } from '@hanpyo/protocol/log/hash-reader.ts'
import { decodeTile, HASH_BYTES, TILE_WIDTH, tileWidth } from '@hanpyo/protocol/log/tiles.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { readTilePart } from '../leaves.ts'
import type { OpenedLog } from '../open-log.ts'

export type CollectError = 'promise-not-of-this-election' | 'tiles-missing'

/** Takes from a log what it needs to judge a promise by its newest checkpoint: tiles only, no records. */
export async function collectEvidence(
  ed25519: Ed25519,
  log: OpenedLog,
  note: string,
): Promise<Result<PromiseEvidence, CollectError>> {
  const promise = promiseOf(ed25519, log.manifest, note)
  if (!promise.ok) return promise
  const { size } = promise.value
  const whole = log.checkpoint.size
  // Before the deadline the log that is shown may be old; after it, it is the evidence.
  if (size > whole) return ok({ promise: note, checkpoint: log.checkpointNote, range: [], leaves: [] })
  const tile = async (level: number, index: number, width: number = TILE_WIDTH) => {
    const part = await readTilePart(log.source, { level, index, width })
    return 'bytes' in part ? part.bytes : null
  }
  const range = await compactRangeFromTiles({ tile }, size, whole)
  if (!range.ok) return err('tiles-missing', range.detail ?? range.error)
  const leaves: Uint8Array[] = []
  for (let index = Math.floor(size / TILE_WIDTH); index * TILE_WIDTH < whole; index++) {
    const width = tileWidth(whole, 0, index)
    const bytes = await tile(0, index, width)
    const hashes = bytes?.length === width * HASH_BYTES ? decodeTile(bytes, width) : null
    if (hashes === null || !hashes.ok) return err('tiles-missing', `tile ${index}`)
    leaves.push(...hashes.value.slice(Math.max(0, size - index * TILE_WIDTH)))
  }
  return ok({ promise: note, checkpoint: log.checkpointNote, range: range.value, leaves })
}
