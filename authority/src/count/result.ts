import type { CountedContest, ResultRecord } from '@hanpyo/protocol/count/records.ts'
import { tallyContest } from '@hanpyo/protocol/count/tally.ts'
import type { ManifestContest } from '@hanpyo/protocol/election/manifest.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import type { Json } from '@hanpyo/protocol/json.ts'
import { combineShares } from '@hanpyo/protocol/proofs/combine.ts'
import { splitCiphertexts } from '@hanpyo/protocol/proofs/shuffle.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { sign } from '../official-records.ts'
import type { NoteKey } from '../role-keys.ts'
import { BlobSet, type CountRecord } from './count-record.ts'
import type { LoadedCount } from './load-count.ts'

export type ResultError = 'count-not-sealed' | 'result-done' | 'result-not-mixed' | 'result-shares-missing'

/** What the ledger adds up to, before or without posting it. */
export interface Counted {
  readonly contests: ResultRecord['contests']
  readonly blobs: ReadonlyMap<string, Uint8Array>
}

/**
 * Combines the valid shares of the first t trustees of every contest and counts the plaintexts. Needs no secret: anybody
 * can do it from the ledger.
 */
export async function countContests(loaded: LoadedCount): Promise<Result<Counted, ResultError>> {
  if (loaded.election.polls !== 'sealed') return err('count-not-sealed', loaded.election.polls)
  const { manifest, count, batch } = loaded
  const unmixed = count.stages().filter(({ id, withheld }) => !withheld && !count.isMixed(id))
  if (unmixed.length > 0) {
    const detail = unmixed.map(({ id }) => `contest ${id}: trustee ${count.nextMixer(id)} mixes next`)
    return err('result-not-mixed', detail.join('\n'))
  }
  const short = count
    .stages()
    .filter(({ shares, withheld }) => !withheld && shares.size < manifest.threshold)
    .map(({ id, shares }) => {
      const from = shares.size === 0 ? 'nobody' : `trustees ${[...shares.keys()].join(', ')}`
      return `contest ${id}: valid shares of ${from}, ${manifest.threshold} trustees are needed`
    })
  if (short.length > 0) return err('result-shares-missing', short.join('\n'))
  const blobs = new BlobSet()
  const countOne = async (contest: ManifestContest): Promise<ResultRecord['contests'][number]> => {
    const stage = count.stage(contest.id)
    if (stage === undefined) throw new Error(`contest ${contest.id} has no stage`)
    const { id, total, withheld, list, shares } = stage
    if (withheld) return { id, total, withheld: 'below-minimum' }
    const used = [...shares]
      .map(([index, bytes]) => ({ index, shares: bytes }))
      .sort((a, b) => a.index - b.index)
      .slice(0, manifest.threshold)
    const points = await combineShares(batch, splitCiphertexts(list).beta, used)
    const { blank, invalid, counts } = tallyContest(batch.group, contest, points)
    const counted: CountedContest = {
      id,
      total,
      trustees: used.map(({ index }) => index),
      points: blobs.add(points),
      blank,
      invalid: { ...invalid },
      counts: counts.map(({ byRank, ...row }) =>
        byRank === undefined ? row : { ...row, byRank: [...byRank] },
      ),
    }
    return counted
  }
  const contests: ResultRecord['contests'][number][] = []
  for (const contest of manifest.contests) contests.push(await countOne(contest))
  return ok({ contests, blobs: blobs.blobs })
}

/** The result with its 0x32 record by the authority, or without a record when no key is given. `at`: Unix seconds. */
export async function resultRecord(
  loaded: LoadedCount,
  input: { readonly key?: NoteKey | undefined; readonly at: number },
): Promise<
  Result<{ readonly contests: Counted['contests']; readonly record: CountRecord | undefined }, ResultError>
> {
  const { key, at } = input
  if (loaded.count.result !== undefined) {
    return key === undefined
      ? ok({ contests: loaded.count.result.contests, record: undefined })
      : err('result-done')
  }
  const counted = await countContests(loaded)
  if (!counted.ok) return counted
  const { contests, blobs } = counted.value
  if (key === undefined) return ok({ contests, record: undefined })
  const note = sign({ ...loaded, ed25519: loaded.backend.ed25519 }, key, RECORD.result, {
    at,
    contests: contests as unknown as Json,
  })
  return ok({ contests, record: { ...note, blobs } })
}
