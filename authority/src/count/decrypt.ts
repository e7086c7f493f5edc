import { fromBase64, toBase64 } from '@hanpyo/protocol/bytes.ts'
import { sharesContext } from '@hanpyo/protocol/count/context.ts'
import type { ContestStage } from '@hanpyo/protocol/count/count-state.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { decryptionShares, proveShares } from '@hanpyo/protocol/proofs/decryption.ts'
import { splitCiphertexts } from '@hanpyo/protocol/proofs/shuffle.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { sign } from '../official-records.ts'
import { BlobSet, type CountRecord } from './count-record.ts'
import type { LoadedCount } from './load-count.ts'
import type { Phases } from './progress.ts'
import { checkTrustee, type Trustee, type TrusteeError } from './trustee.ts'

export type DecryptError =
  | TrusteeError
  | 'count-not-sealed'
  | 'count-contest'
  | 'count-withheld'
  | 'decrypt-not-mixed'
  | 'decrypt-done'

/** The last mix of a contest if this trustee may decrypt it now, or why not. */
export function decryptableStage(
  loaded: LoadedCount,
  trustee: Trustee,
  contest: number,
): Result<ContestStage, DecryptError> {
  const own = checkTrustee(loaded.backend, loaded, trustee)
  if (!own.ok) return own
  if (loaded.election.polls !== 'sealed') return err('count-not-sealed', loaded.election.polls)
  const stage = loaded.count.stage(contest)
  if (stage === undefined) return err('count-contest', `contest ${contest}`)
  if (stage.withheld) return err('count-withheld', `contest ${contest}: ${stage.total} ballots`)
  if (!loaded.count.isMixed(contest)) {
    return err(
      'decrypt-not-mixed',
      `contest ${contest}: trustee ${loaded.count.nextMixer(contest)} mixes next`,
    )
  }
  if (stage.shares.has(trustee.index)) return err('decrypt-done', `contest ${contest}`)
  return ok(stage)
}

/**
 * A trustee's shares of one contest with one proof for all of them. Takes no list from outside: what is decrypted is the
 * whole output of the last mix, which `loadCount` traced back to the ballots of the ledger.
 */
export async function decryptContest(
  loaded: LoadedCount,
  input: {
    readonly trustee: Trustee
    readonly contest: number
    readonly random: RandomBytes
    readonly phases?: Phases
  },
): Promise<Result<CountRecord, DecryptError>> {
  const { trustee, contest, random } = input
  const stage = decryptableStage(loaded, trustee, contest)
  if (!stage.ok) return stage
  const { backend, batch, manifest, manifestHash } = loaded
  const { list, listHash, total } = stage.value
  const alphas = splitCiphertexts(list).alpha
  const decrypting = input.phases?.(`contest ${contest}, decrypting`)
  const shares = await decryptionShares(batch, trustee.secretShare, alphas, (n) => decrypting?.(n, total))
  const statement = {
    context: sharesContext(manifestHash, contest, trustee.index, listHash),
    verificationKey: fromBase64(manifest.trustees[trustee.index - 1]?.verificationKey ?? ''),
    alphas,
    shares,
  }
  const blobs = new BlobSet()
  const record = sign({ ...loaded, ed25519: backend.ed25519 }, trustee.note, RECORD.decryption, {
    contest,
    trustee: trustee.index,
    count: total,
    mix: listHash,
    shares: blobs.add(shares),
    proof: toBase64(await proveShares(batch, random, statement, trustee.secretShare)),
  })
  return ok({ ...record, blobs: blobs.blobs })
}
