import { ByteWriter, concatBytes, isZero, tag } from '../bytes.ts'
import type { BatchGroup, Step, WeightedTerms } from '../group/batch.ts'
import type { RandomBytes } from '../group/group.ts'
import type { PointTable } from '../group/msm.ts'
import { ranges } from '../group/ranges.ts'
import { addScalars, isCanonicalScalar, multiplyScalars, randomScalar } from '../group/scalar.ts'
import { wideScalar, writeScalars } from '../group/scalar-vector.ts'
import { createSha512, sha512 } from '../hash.ts'
import { err, ok, type Result } from '../result.ts'
import { scalarBytes } from './shuffle.ts'
import { shortWeights } from './weights.ts'

/** What a trustee's proof speaks about: all shares of one contest. */
export interface SharesStatement {
  /** Binds the proof to its place: manifest hash ‖ contest ‖ hash of the last mix. */
  readonly context: Uint8Array
  /** The trustee's verification key X_i = x_i·G, 32 bytes. */
  readonly verificationKey: Uint8Array
  /** α_1 ‖ … ‖ α_N of the last mix, 32 N bytes. */
  readonly alphas: Uint8Array
  /** D_1 ‖ … ‖ D_N with D_j = x_i·α_j, 32 N bytes. */
  readonly shares: Uint8Array
}

export type SharesError =
  | 'shares-empty'
  | 'shares-count'
  | 'shares-proof-length'
  | 'shares-scalar'
  | 'shares-element'
  | 'shares-proof'

/** Bytes of a proof, whatever the number of ballots: t1 ‖ t2 ‖ s. */
export const SHARES_PROOF_BYTES = 96

/**
 * A trustee's decryption shares D_j = x_i·α_j. The secret meets points only inside the group back end, which has to be
 * libsodium (constant time); noble does not blind products with other points than G.
 */
export async function decryptionShares(
  batch: BatchGroup,
  secretShare: Uint8Array,
  alphas: Uint8Array,
  step?: Step,
): Promise<Uint8Array> {
  if (alphas.length % 32 !== 0) throw new RangeError('"alphas" is not a multiple of 32 bytes')
  return batch.scale(secretShare, alphas, step)
}

/**
 * One proof for all shares: the pairs are folded with 128-bit weights from the hash of the statement into
 * M = Σ d_j·α_j and Z = Σ d_j·D_j (the composite of RFC 9497 section 2.2.1, with indices of 4 bytes so that a contest may
 * have more than 65,535 ballots), then Chaum–Pedersen for log_G X_i = log_M Z with a full-width challenge.
 */
export async function proveShares(
  batch: BatchGroup,
  random: RandomBytes,
  statement: SharesStatement,
  secretShare: Uint8Array,
): Promise<Uint8Array> {
  const { group } = batch
  const composite = await foldPairs(batch, statement)
  if (!composite.ok) throw new RangeError(`"statement" is not valid: ${composite.error}`)
  const { m, z, seed } = composite.value
  const nonce = randomScalar(random)
  const commitments = concatBytes(group.multiplyBase(nonce), group.multiply(nonce, m))
  const x = scalarBytes(challenge(seed, m, z, commitments))
  const response =
    group.respond?.(nonce, x, secretShare) ?? addScalars(nonce, multiplyScalars(x, secretShare))
  nonce.fill(0)
  return concatBytes(commitments, response)
}

/** Checks a proof of `proveShares`; total on arbitrary bytes. */
export async function verifyShares(
  batch: BatchGroup,
  statement: SharesStatement,
  proof: Uint8Array,
): Promise<Result<null, SharesError>> {
  const { msm } = batch
  if (proof.length !== SHARES_PROOF_BYTES) return err('shares-proof-length')
  const s = proof.subarray(64)
  if (!isCanonicalScalar(s)) return err('shares-scalar')
  const composite = await foldPairs(batch, statement)
  if (!composite.ok) return composite
  const { m, z, seed } = composite.value
  const x = challenge(seed, m, z, proof.subarray(0, 64))
  const fixed = msm.table(
    concatBytes(
      msm.basePoint(),
      proof.subarray(0, 32),
      statement.verificationKey,
      m,
      proof.subarray(32, 64),
      z,
    ),
  )
  if ('invalidIndex' in fixed) return err('shares-element')
  const response = wideScalar(concatBytes(s, new Uint8Array(32)))
  const half = (from: number, scalars: readonly bigint[]): boolean => {
    const table: PointTable = { count: 3, niels: fixed.niels.subarray(from * 120, (from + 3) * 120) }
    return isZero(msm.multiply([table], concatBytes(...scalars.map((value) => scalarBytes(value)))))
  }
  return half(0, [-response, 1n, x]) && half(3, [-response, 1n, x]) ? ok(null) : err('shares-proof')
}

interface Composite {
  readonly m: Uint8Array
  readonly z: Uint8Array
  readonly seed: Uint8Array
}

async function foldPairs(
  batch: BatchGroup,
  statement: SharesStatement,
): Promise<Result<Composite, SharesError>> {
  const { context, verificationKey, alphas, shares } = statement
  if (alphas.length % 32 !== 0 || alphas.length !== shares.length) return err('shares-count')
  const count = alphas.length / 32
  if (count === 0) return err('shares-empty')
  const hash = createSha512()
  hash.update(tag('hanpyo/shares-seed/v1'))
  hash.update(new ByteWriter().u16(context.length).raw(context, verificationKey).u32(count).bytes())
  hash.update(alphas)
  hash.update(shares)
  const seed = hash.digest()
  const prefix = concatBytes(tag('hanpyo/shares-weight/v1'), seed)
  const cuts = [...ranges(count, 1, batch.parallel)]
  const folded: Uint8Array[] = []
  for (const points of [alphas, shares]) {
    function* parts(): Generator<WeightedTerms> {
      for (const { first, end } of cuts) {
        yield {
          points: points.slice(32 * first, 32 * end),
          scalars: writeScalars(shortWeights(prefix, first, end)),
        }
      }
    }
    const result = await batch.weightedSum(parts(), 128)
    if (!('sum' in result)) {
      return err('shares-element', `number ${(cuts[result.part]?.first ?? 0) + result.invalidIndex}`)
    }
    folded.push(result.sum)
  }
  return ok({ m: folded[0] as Uint8Array, z: folded[1] as Uint8Array, seed })
}

function challenge(seed: Uint8Array, m: Uint8Array, z: Uint8Array, commitments: Uint8Array): bigint {
  return wideScalar(sha512(tag('hanpyo/shares-c/v1'), seed, m, z, commitments))
}
