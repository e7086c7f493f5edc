import { concatBytes, isZero } from '../bytes.ts'
import type { BatchGroup, WeightedTerms } from '../group/batch.ts'
import { type Range, ranges } from '../group/ranges.ts'
import { ORDER } from '../group/scalar.ts'
import { modOrder, writeScalars } from '../group/scalar-vector.ts'
import { sha512 } from '../hash.ts'
import { err, ok, type Result } from '../result.ts'
import { scalarBytes } from './shuffle.ts'
import { batchWeights } from './shuffle-transcript.ts'

/** The verified shares of one trustee. */
export interface TrusteeShares {
  /** The trustee's index in the manifest, from 1. */
  readonly index: number
  /** D_1 ‖ … ‖ D_N, 32 N bytes. */
  readonly shares: Uint8Array
}

/**
 * Lagrange coefficients at 0 for the given indices, in their order. Throws `RangeError` for a repeated index or one
 * that is not a positive integer.
 */
export function lagrangeAtZero(indices: readonly number[]): bigint[] {
  if (new Set(indices).size !== indices.length || indices.some((i) => !Number.isSafeInteger(i) || i < 1)) {
    throw new RangeError('"indices" are not distinct positive integers')
  }
  return indices.map((i) => {
    let [numerator, denominator] = [1n, 1n]
    for (const j of indices) {
      if (j === i) continue
      numerator = modOrder(numerator * BigInt(j))
      denominator = modOrder(denominator * BigInt(j - i))
    }
    return modOrder(numerator * power(denominator, ORDER - 2n))
  })
}

/** The plaintext points m_j = β_j − Σ λ_i·D_ij, 32 N bytes. Takes exactly the shares handed in. */
export async function combineShares(
  batch: BatchGroup,
  betas: Uint8Array,
  trustees: readonly TrusteeShares[],
): Promise<Uint8Array> {
  const lambdas = lagrangeAtZero(trustees.map(({ index }) => index)).map(scalarBytes)
  return batch.subtractMultiples(
    betas,
    lambdas,
    trustees.map(({ shares }) => shares),
  )
}

export type CombineError = 'combine-count' | 'combine-element' | 'combine-points'

/**
 * Checks published plaintext points against β and verified shares as one weighted sum of (t + 2) N terms instead of N
 * combinations. A wrong point passes with probability about 2^-128.
 */
export async function verifyCombination(
  batch: BatchGroup,
  betas: Uint8Array,
  trustees: readonly TrusteeShares[],
  points: Uint8Array,
): Promise<Result<null, CombineError>> {
  const lists = [points, betas, ...trustees.map(({ shares }) => shares)]
  if (trustees.length === 0 || lists.some(({ length }) => length !== points.length || length % 32 !== 0)) {
    return err('combine-count')
  }
  const count = points.length / 32
  if (count === 0) return ok(null)
  const weights = batchWeights('hanpyo/combine-batch/v1', sha512(...lists), new Uint8Array(0))
  const factors = [1n, -1n, ...lagrangeAtZero(trustees.map(({ index }) => index))]
  const cuts = [...ranges(count, lists.length, batch.parallel)]
  function* parts(): Generator<WeightedTerms> {
    for (const { first, end } of cuts) {
      const own = weights(first, end)
      const scalars = factors.map((factor) => writeScalars(own.map((weight) => modOrder(weight * factor))))
      yield {
        points: concatBytes(...lists.map((list) => list.subarray(32 * first, 32 * end))),
        scalars: concatBytes(...scalars),
      }
    }
  }
  const result = await batch.weightedSum(parts())
  if ('sum' in result) return isZero(result.sum) ? ok(null) : err('combine-points')
  const { first, end } = cuts[result.part] as Range
  const list = Math.floor(result.invalidIndex / (end - first))
  return err('combine-element', `list ${list}, number ${first + (result.invalidIndex % (end - first))}`)
}

function power(base: bigint, exponent: bigint): bigint {
  let [result, square, left] = [1n, base, exponent]
  while (left > 0n) {
    if (left & 1n) result = (result * square) % ORDER
    square = (square * square) % ORDER
    left >>= 1n
  }
  return result
}
