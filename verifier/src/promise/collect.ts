import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { evidenceFromTiles } from '@hanpyo/protocol/link/promise-evidence.ts'
import { type PromiseEvidence, promiseOf } from '@hanpyo/protocol/link/promise-judgement.ts'
import { TILE_WIDTH } from '@hanpyo/protocol/log/tiles.ts'
import type { Result } from '@hanpyo/protocol/result.ts'
import { readTilePart } from '../leaves.ts'
import type { OpenedLog } from '../open-log.ts'

export type CollectError = 'promise-not-of-this-election' | 'tiles-missing'

/** Takes from a log what it needs to judge a promise by its newest checkpoint: tiles only, no records. */
export async function collectEvidence(
  ed25519: Ed25519,
  log: Pick<OpenedLog, 'source' | 'manifest' | 'checkpoint' | 'checkpointNote'>,
  note: string,
): Promise<Result<PromiseEvidence, CollectError>> {
  const promise = promiseOf(ed25519, log.manifest, note)
  if (!promise.ok) return promise
  const tile = async (level: number, index: number, width: number = TILE_WIDTH) => {
    const part = await readTilePart(log.source, { level, index, width })
    return 'bytes' in part ? part.bytes : null
  }
  const checkpoint = { note: log.checkpointNote, size: log.checkpoint.size }
  return evidenceFromTiles({ tile }, { note, value: promise.value }, checkpoint)
}
