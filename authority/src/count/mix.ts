import { fromBase64 } from '@hanpyo/protocol/bytes.ts'
import { mixContext } from '@hanpyo/protocol/count/context.ts'
import type { ContestStage } from '@hanpyo/protocol/count/count-state.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { deriveGenerators } from '@hanpyo/protocol/proofs/generators.ts'
import { shuffle } from '@hanpyo/protocol/proofs/shuffle.ts'
import { proveShuffle } from '@hanpyo/protocol/proofs/shuffle-prove.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { sign } from '../official-records.ts'
import { BlobSet, type CountRecord } from './count-record.ts'
import type { LoadedCount } from './load-count.ts'
import type { Phases } from './progress.ts'
import { checkTrustee, type Trustee, type TrusteeError } from './trustee.ts'

export type MixError =
  | TrusteeError
  | 'count-not-sealed'
  | 'count-contest'
  | 'count-withheld'
  | 'mix-done'
  | 'mix-not-your-turn'

/** The stage of a contest that this trustee may mix now, or why not. */
export function mixableStage(
  loaded: LoadedCount,
  trustee: Trustee,
  contest: number,
): Result<ContestStage, MixError> {
  const own = checkTrustee(loaded.backend, loaded, trustee)
  if (!own.ok) return own
  if (loaded.election.polls !== 'sealed') return err('count-not-sealed', loaded.election.polls)
  const stage = loaded.count.stage(contest)
  if (stage === undefined) return err('count-contest', `contest ${contest}`)
  if (stage.withheld) return err('count-withheld', `contest ${contest}: ${stage.total} ballots`)
  if (stage.mixed.includes(trustee.index) || loaded.count.isMixed(contest)) {
    return err('mix-done', `contest ${contest}: ${stage.mixed.join(', ')}`)
  }
  const turn = loaded.count.nextMixer(contest)
  if (turn !== trustee.index) {
    return err('mix-not-your-turn', `contest ${contest}: trustee ${turn}, you are trustee ${trustee.index}`)
  }
  return ok(stage)
}

/**
 * Mixes one contest: re-encrypts and permutes the newest list of the ledger and proves it. The permutation and the
 * randomness are forgotten when the function returns. The input is what `loadCount` recomputed, never what somebody sent.
 */
export async function mixContest(
  loaded: LoadedCount,
  input: {
    readonly trustee: Trustee
    readonly contest: number
    readonly random: RandomBytes
    readonly phases?: Phases
  },
): Promise<Result<CountRecord, MixError>> {
  const { trustee, contest, random } = input
  const stage = mixableStage(loaded, trustee, contest)
  if (!stage.ok) return stage
  const { backend, batch, manifest, manifestHash } = loaded
  const { list, listHash, total } = stage.value
  const publicKey = fromBase64(manifest.jointKey)
  const shuffling = input.phases?.(`contest ${contest}, mixing`)
  const { output, witness } = await shuffle(batch, random, publicKey, list, (n) => shuffling?.(n, total))
  const proving = input.phases?.(`contest ${contest}, proving`)
  const statement = {
    context: mixContext(manifestHash, contest, trustee.index, listHash),
    publicKey,
    input: list,
    output,
    generators: await deriveGenerators(batch, manifest.generatorLabel, total),
  }
  const blobs = new BlobSet()
  const proof = blobs.add(await proveShuffle(batch, random, statement, witness, (n) => proving?.(n, total)))
  witness.permutation.fill(0)
  const record = sign({ ...loaded, ed25519: backend.ed25519 }, trustee.note, RECORD.mix, {
    contest,
    mixer: trustee.index,
    count: total,
    input: listHash,
    output: blobs.add(output),
    proof,
  })
  return ok({ ...record, blobs: blobs.blobs })
}
