import { concatBytes, isZero } from '../bytes.ts'
import type { Group } from '../group/group.ts'
import type { Msm, PointTable } from '../group/msm.ts'
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
export function combineShares(
  group: Group,
  betas: Uint8Array,
  trustees: readonly TrusteeShares[],
): Uint8Array {
  const lambdas = lagrangeAtZero(trustees.map(({ index }) => index)).map(scalarBytes)
  const points = new Uint8Array(betas.length)
  for (let at = 0; at < betas.length; at += 32) {
    const point = trustees.reduce<Uint8Array>(
      (left, { shares }, i) =>
        group.subtract(left, group.multiply(lambdas[i] as Uint8Array, shares.subarray(at, at + 32))),
      betas.slice(at, at + 32),
    )
    points.set(point, at)
  }
  return points
}

export type CombineError = 'combine-count' | 'combine-element' | 'combine-points'

/**
 * Checks published plaintext points against β and verified shares as one weighted sum of (t + 2) N terms instead of N
 * combinations. A wrong point passes with probability about 2^-128.
 */
export function verifyCombination(
  msm: Msm,
  betas: Uint8Array,
  trustees: readonly TrusteeShares[],
  points: Uint8Array,
): Result<null, CombineError> {
  const lists = [points, betas, ...trustees.map(({ shares }) => shares)]
  if (trustees.length === 0 || lists.some(({ length }) => length !== points.length || length % 32 !== 0)) {
    return err('combine-count')
  }
  const count = points.length / 32
  if (count === 0) return ok(null)
  const tables: PointTable[] = []
  for (const [i, list] of lists.entries()) {
    const table = msm.table(list)
    if ('invalidIndex' in table) return err('combine-element', `list ${i}, number ${table.invalidIndex}`)
    tables.push(table)
  }
  const weights = batchWeights(
    'hanpyo/combine-batch/v1',
    sha512(concatBytes(...lists)),
    new Uint8Array(0),
    count,
  )
  const factors = [1n, -1n, ...lagrangeAtZero(trustees.map(({ index }) => index))]
  const scalars = factors.map((factor) => writeScalars(weights.map((weight) => modOrder(weight * factor))))
  return isZero(msm.multiply(tables, concatBytes(...scalars))) ? ok(null) : err('combine-points')
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
