import { concatBytes, isZero } from '../bytes.ts'
import type { BatchGroup, WeightedTerms } from '../group/batch.ts'
import { type Range, ranges } from '../group/ranges.ts'
import { ORDER } from '../group/scalar.ts'
import {
  areCanonicalScalars,
  modOrder,
  readScalars,
  writeScalarAt,
  writeScalars,
} from '../group/scalar-vector.ts'
import { sha512 } from '../hash.ts'
import { err, ok, type Result } from '../result.ts'
import { type ShuffleStatement, splitCiphertexts } from './shuffle.ts'
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
  /** ŝ and s', 32 N bytes each, canonical. */
  readonly sChain: Uint8Array
  readonly sPermuted: Uint8Array
}

/**
 * Checks a proof of `proveShuffle`: all five equations and the N links of the chain, each times a 128-bit weight, as one
 * sum of 8N + 8 terms, made in pieces so that memory does not grow with the terms. Total on arbitrary bytes. Sound because
 * the group has prime order.
 */
export async function verifyShuffle(
  batch: BatchGroup,
  statement: ShuffleStatement,
  proof: Uint8Array,
): Promise<Result<null, ShuffleError>> {
  const { input, output, generators, publicKey } = statement
  if (input.length % 64 !== 0 || input.length !== output.length) return err('shuffle-count')
  const count = input.length / 64
  if (count === 0) return err('shuffle-empty')
  if (generators.list.length !== 32 * count) return err('shuffle-count')
  if (proof.length !== shuffleProofLength(count)) return err('shuffle-proof-length')
  const parsed = parse(proof, count)
  if (parsed === null) return err('shuffle-scalar')
  const after = splitCiphertexts(output)
  for (let i = 0; i < count; i++) {
    if (isZero(after.alpha.subarray(32 * i, 32 * i + 32))) return err('shuffle-identity', `output ${i}`)
  }

  const before = splitCiphertexts(input)
  const lists = [
    ['generators', generators.list],
    ['permutation commitments', parsed.c],
    ['chain', parsed.chain],
    ['chain commitments', parsed.tChain],
    ['input α', before.alpha],
    ['input β', before.beta],
    ['output α', after.alpha],
    ['output β', after.beta],
  ] as const
  const cuts = [...ranges(count, lists.length, batch.parallel)]
  const seed = shuffleSeed(statement, parsed.c)
  const folding: Folding = {
    proof: parsed,
    challenges: (first, end) => shuffleChallenges(seed, first, end),
    x: shuffleChallenge(seed, parsed),
    weights: batchWeights('hanpyo/shuffle-batch/v1', seed, sha512(proof)),
    count,
  }
  const fixed = concatBytes(batch.msm.basePoint(), publicKey, generators.h, parsed.t)
  function* parts(): Generator<WeightedTerms> {
    const totals = { overG: 0n, product: 1n }
    for (const { first, end } of cuts) {
      const points = concatBytes(...lists.map(([, list]) => list.subarray(32 * first, 32 * end)))
      yield { points, scalars: foldRange(folding, { first, end }, totals) }
    }
    yield { points: fixed, scalars: foldFixed(folding, totals) }
  }
  const result = await batch.weightedSum(parts())
  if ('sum' in result) return isZero(result.sum) ? ok(null) : err('shuffle-equation')
  const cut = cuts[result.part]
  if (cut === undefined) return err('shuffle-element', `fixed points, number ${result.invalidIndex}`)
  const size = cut.end - cut.first
  const name = lists[Math.floor(result.invalidIndex / size)]?.[0]
  return err('shuffle-element', `${name}, number ${cut.first + (result.invalidIndex % size)}`)
}

function parse(proof: Uint8Array, count: number): ParsedProof | null {
  let offset = 0
  const take = (length: number): Uint8Array => {
    offset += length
    return proof.subarray(offset - length, offset)
  }
  const [c, chain, t, tChain] = [take(32 * count), take(32 * count), take(160), take(32 * count)]
  const [s, sChain, sPermuted] = [take(128), take(32 * count), take(32 * count)]
  if (![s, sChain, sPermuted].every(areCanonicalScalars)) return null
  return { c, chain, t, tChain, s: readScalars(s) as bigint[], sChain, sPermuted }
}

/** What the scalars of the weighted sum of E1..E5 and E6_1..E6_N follow from (docs/protocol.md, "Shuffle proof"). */
interface Folding {
  readonly proof: ParsedProof
  readonly challenges: (first: number, end: number) => bigint[]
  readonly x: bigint
  readonly weights: (first: number, end: number) => bigint[]
  readonly count: number
}

/** What the ranges add up for the fixed points. */
interface FoldTotals {
  overG: bigint
  product: bigint
}

/** Scalars of h_i · c_i · ch_i · t̂_i · α_i · β_i · α'_i · β'_i for one range, list by list; adds to `totals`. */
function foldRange(folding: Folding, { first, end }: Range, totals: FoldTotals): Uint8Array {
  const { proof, x, count } = folding
  const [w1, w2, w3, w4, w5] = equationWeights(folding)
  const u = folding.challenges(first, end)
  const link = folding.weights(5 + first, 5 + Math.min(end + 1, count))
  const sChain = scalarsOf(proof.sChain, first, end)
  const sPermuted = scalarsOf(proof.sPermuted, first, Math.min(end + 1, count))
  const size = end - first
  const scalars = new Uint8Array(8 * 32 * size)
  const view = new DataView(scalars.buffer)
  let row = 0
  const put = (list: number, value: bigint): void => writeScalarAt(view, list * size + row, value)
  let { overG, product } = totals
  for (; row < size; row++) {
    const v = link[row] as bigint
    const sPrime = sPermuted[row] as bigint
    const xu = (x * (u[row] as bigint)) % ORDER
    overG -= v * (sChain[row] as bigint)
    product = (product * (u[row] as bigint)) % ORDER
    const next =
      row + first + 1 < count ? (link[row + 1] as bigint) * (sPermuted[row + 1] as bigint) : -w2 * x
    put(0, modOrder(-w1 * x - w3 * sPrime))
    put(1, modOrder(w1 * x + w3 * xu))
    put(2, modOrder(v * x - next))
    put(3, v)
    put(4, modOrder(w4 * xu))
    put(5, modOrder(w5 * xu))
    put(6, modOrder(-w4 * sPrime))
    put(7, modOrder(-w5 * sPrime))
  }
  totals.overG = modOrder(overG)
  totals.product = product
  return scalars
}

/** Scalars of G, Y, h, t1, t2, t3, t41, t42, once all ranges are folded. */
function foldFixed(folding: Folding, totals: FoldTotals): Uint8Array {
  const { proof, x } = folding
  const [w1, w2, w3, w4, w5] = equationWeights(folding)
  const [s1, s2, s3, s4] = proof.s as [bigint, bigint, bigint, bigint]
  const [firstLink] = folding.weights(5, 6) as [bigint]
  const [firstPermuted] = scalarsOf(proof.sPermuted, 0, 1) as [bigint]
  const overG = modOrder(totals.overG - w1 * s1 - w2 * s2 - w3 * s3 + w4 * s4)
  const overH = modOrder(-w2 * x * totals.product - firstLink * firstPermuted)
  return writeScalars([overG, modOrder(w5 * s4), overH, w1, w2, w3, w4, w5])
}

function equationWeights(folding: Folding): [bigint, bigint, bigint, bigint, bigint] {
  return folding.weights(0, 5) as [bigint, bigint, bigint, bigint, bigint]
}

function scalarsOf(bytes: Uint8Array, first: number, end: number): bigint[] {
  return readScalars(bytes.subarray(32 * first, 32 * end)) as bigint[]
}
