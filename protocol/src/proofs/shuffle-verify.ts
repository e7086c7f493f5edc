import { concatBytes, isZero } from '../bytes.ts'
import type { Msm, PointTable } from '../group/msm.ts'
import { ORDER } from '../group/scalar.ts'
import { modOrder, readScalars, writeScalars } from '../group/scalar-vector.ts'
import { sha512 } from '../hash.ts'
import { err, ok, type Result } from '../result.ts'
import type { ShuffleStatement } from './shuffle.ts'
import { splitCiphertexts } from './shuffle-prove.ts'
import { batchWeights, shuffleChallenge, shuffleChallenges, shuffleSeed } from './shuffle-transcript.ts'

export type ShuffleError =
  | 'shuffle-empty'
  | 'shuffle-count'
  | 'shuffle-proof-length'
  | 'shuffle-scalar'
  | 'shuffle-element'
  | 'shuffle-identity'
  | 'shuffle-equation'

/** Bytes of a proof for `count` ciphertexts. */
export function shuffleProofLength(count: number): number {
  return 160 * count + 288
}

interface ParsedProof {
  readonly c: Uint8Array
  readonly chain: Uint8Array
  readonly t: Uint8Array
  readonly tChain: Uint8Array
  readonly s: readonly bigint[]
  readonly sChain: readonly bigint[]
  readonly sPermuted: readonly bigint[]
}

/**
 * Checks a proof of `proveShuffle`: all five equations and the N links of the chain, each times a 128-bit weight, as one
 * sum of 8N + 8 terms. Total on arbitrary bytes. Sound because the group has prime order.
 */
export function verifyShuffle(
  msm: Msm,
  statement: ShuffleStatement,
  proof: Uint8Array,
): Result<null, ShuffleError> {
  const { input, output, generators, publicKey } = statement
  if (input.length % 64 !== 0 || input.length !== output.length) return err('shuffle-count')
  const count = input.length / 64
  if (count === 0) return err('shuffle-empty')
  if (generators.list.length !== 32 * count) return err('shuffle-count')
  if (proof.length !== shuffleProofLength(count)) return err('shuffle-proof-length')
  const parsed = parse(proof, count)
  if (parsed === null) return err('shuffle-scalar')
  const before = splitCiphertexts(input)
  const after = splitCiphertexts(output)
  for (let i = 0; i < count; i++) {
    if (isZero(after.alpha.subarray(32 * i, 32 * i + 32))) return err('shuffle-identity', `output ${i}`)
  }

  const seed = shuffleSeed(statement, parsed.c)
  const u = shuffleChallenges(seed, count)
  const x = shuffleChallenge(seed, parsed)
  const weights = batchWeights('hanpyo/shuffle-batch/v1', seed, sha512(proof), count + 5)
  const scalars = foldEquations(parsed, u, x, weights)

  const basePoint = msm.basePoint()
  const groups: [string, Uint8Array][] = [
    ['fixed points', concatBytes(basePoint, publicKey, generators.h, parsed.t)],
    ['generators', generators.list],
    ['permutation commitments', parsed.c],
    ['chain', parsed.chain],
    ['chain commitments', parsed.tChain],
    ['input α', before.alpha],
    ['input β', before.beta],
    ['output α', after.alpha],
    ['output β', after.beta],
  ]
  const tables: PointTable[] = []
  for (const [name, encodings] of groups) {
    const table = msm.table(encodings)
    if ('invalidIndex' in table) return err('shuffle-element', `${name}, number ${table.invalidIndex}`)
    tables.push(table)
  }
  return isZero(msm.multiply(tables, scalars)) ? ok(null) : err('shuffle-equation')
}

function parse(proof: Uint8Array, count: number): ParsedProof | null {
  let offset = 0
  const take = (length: number): Uint8Array => {
    offset += length
    return proof.subarray(offset - length, offset)
  }
  const [c, chain, t, tChain] = [take(32 * count), take(32 * count), take(160), take(32 * count)]
  const [s, sChain, sPermuted] = [
    readScalars(take(128)),
    readScalars(take(32 * count)),
    readScalars(take(32 * count)),
  ]
  if (s === null || sChain === null || sPermuted === null) return null
  return { c, chain, t, tChain, s, sChain, sPermuted }
}

/**
 * The scalar of every point in the weighted sum of E1..E5 and E6_1..E6_N (docs/protocol.md, "Shuffle proof"), in the
 * order: G, Y, h, t1..t42 · h_i · c_i · ch_i · t̂_i · α_i · β_i · α'_i · β'_i.
 */
function foldEquations(
  proof: ParsedProof,
  u: readonly bigint[],
  x: bigint,
  weights: readonly bigint[],
): Uint8Array {
  const count = u.length
  const [w1, w2, w3, w4, w5] = weights.slice(0, 5) as [bigint, bigint, bigint, bigint, bigint]
  const [s1, s2, s3, s4] = proof.s as [bigint, bigint, bigint, bigint]
  const link = weights.slice(5)
  const lists: bigint[][] = Array.from({ length: 8 }, () => new Array<bigint>(count))
  const [hs, cs, chains, tChains, alphas, betas, alphaOuts, betaOuts] = lists as [
    bigint[],
    bigint[],
    bigint[],
    bigint[],
    bigint[],
    bigint[],
    bigint[],
    bigint[],
  ]
  let overG = -w1 * s1 - w2 * s2 - w3 * s3 + w4 * s4
  let product = 1n
  for (let i = 0; i < count; i++) {
    const v = link[i] as bigint
    const ui = u[i] as bigint
    const sPrime = proof.sPermuted[i] as bigint
    const xu = (x * ui) % ORDER
    overG -= v * (proof.sChain[i] as bigint)
    product = (product * ui) % ORDER
    hs[i] = modOrder(-w1 * x - w3 * sPrime)
    cs[i] = modOrder(w1 * x + w3 * xu)
    tChains[i] = v
    const next = i + 1 < count ? (link[i + 1] as bigint) * (proof.sPermuted[i + 1] as bigint) : -w2 * x
    chains[i] = modOrder(v * x - next)
    alphas[i] = modOrder(w4 * xu)
    betas[i] = modOrder(w5 * xu)
    alphaOuts[i] = modOrder(-w4 * sPrime)
    betaOuts[i] = modOrder(-w5 * sPrime)
  }
  const overH = modOrder(-w2 * x * product - (link[0] as bigint) * (proof.sPermuted[0] as bigint))
  const fixed = [modOrder(overG), modOrder(w5 * s4), overH, w1, w2, w3, w4, w5]
  return writeScalars([...fixed, ...lists.flat()])
}
