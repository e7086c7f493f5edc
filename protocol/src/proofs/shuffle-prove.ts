import { concatBytes } from '../bytes.ts'
import type { BatchGroup, Step, WeightedTerms } from '../group/batch.ts'
import type { RandomBytes } from '../group/group.ts'
import { ranges } from '../group/ranges.ts'
import { ORDER } from '../group/scalar.ts'
import { writeScalars } from '../group/scalar-vector.ts'
import {
  randomScalars,
  type ShuffleStatement,
  type ShuffleWitness,
  scalarBytes,
  splitCiphertexts,
} from './shuffle.ts'
import { shuffleChallenge, shuffleChallenges, shuffleSeed } from './shuffle-transcript.ts'

/**
 * Proof that `output` is a re-encrypted permutation of `input`: Terelius and Wikström (AFRICACRYPT 2010) in the form of
 * Haenni, Locher, Koenig and Dubuis (LNCS 10323, 2017; CHVote, eprint 2017/325), with the commitments published so
 * that a verifier folds everything into one sum. Layout, 160 N + 288 bytes:
 * c (32 N) ‖ chain (32 N) ‖ t1 t2 t3 t41 t42 (160) ‖ t̂ (32 N) ‖ s1 s2 s3 s4 (128) ‖ ŝ (32 N) ‖ s' (32 N).
 * Rejects when the witness does not have the length of the statement or N is 0. `step` counts ballots.
 *
 * Products with secret scalars run without secret branches or addresses, but for the sums over w'; arithmetic modulo l is
 * BigInt. So a mixer's machine must not be shared while it mixes (docs/threat-model.md).
 */
export async function proveShuffle(
  batch: BatchGroup,
  random: RandomBytes,
  statement: ShuffleStatement,
  witness: ShuffleWitness,
  step?: Step,
): Promise<Uint8Array> {
  const { group } = batch
  const count = statement.input.length / 64
  const { permutation, randomness } = witness
  if (count === 0 || permutation.length !== count || randomness.length !== count) {
    throw new RangeError('"witness" does not match the statement')
  }
  const { h, list } = statement.generators
  const rho = randomScalars(random, count)
  const third = (before: number): Step | undefined => step && ((done) => step((before + done) / 3))
  const c = await commitPermutation(batch, list, permutation, rho, third(0))
  const seed = shuffleSeed(statement, c)
  const u = shuffleChallenges(seed, 0, count)
  const uPermuted = Array.from(permutation, (j) => u[j] as bigint)

  const rChain = randomScalars(random, count)
  const wChain = randomScalars(random, count)
  const wPermuted = randomScalars(random, count)
  const secrets = { rChain, wChain, wPermuted }
  const { chain, tChain } = await buildChain(batch, h, uPermuted, secrets, third(count))

  const w = randomScalars(random, 4) as [bigint, bigint, bigint, bigint]
  const sums = await weightedSums(batch, statement, wPermuted)
  const t = concatBytes(
    group.multiplyBase(scalarBytes(w[0])),
    group.multiplyBase(scalarBytes(w[1])),
    group.add(group.multiplyBase(scalarBytes(w[2])), sums.generators),
    group.subtract(sums.alpha, group.multiplyBase(scalarBytes(w[3]))),
    group.subtract(sums.beta, group.multiply(scalarBytes(w[3]), statement.publicKey)),
  )

  const x = shuffleChallenge(seed, { c, chain, t, tChain })
  const response = (nonce: bigint, secret: bigint): bigint => (nonce + x * secret) % ORDER
  const s = [
    response(w[0], sum(rho)),
    response(w[1], chainTotal(rChain, uPermuted)),
    response(w[2], innerProduct(rho, u)),
    response(w[3], innerProduct(randomness, u)),
  ]
  return concatBytes(
    c,
    chain,
    t,
    tChain,
    writeScalars(s),
    writeScalars(wChain.map((nonce, i) => response(nonce, rChain[i] as bigint))),
    writeScalars(wPermuted.map((nonce, i) => response(nonce, uPermuted[i] as bigint))),
  )
}

/** c_{ψ(i)} = ρ_{ψ(i)}·G + h_i. */
async function commitPermutation(
  batch: BatchGroup,
  generators: Uint8Array,
  permutation: Uint32Array,
  rho: readonly bigint[],
  step: Step | undefined,
): Promise<Uint8Array> {
  const blindings = writeScalars(Array.from(permutation, (j) => rho[j] as bigint))
  const permuted = await batch.fixedSums([batch.msm.basePoint()], [blindings], generators, step)
  blindings.fill(0)
  const c = new Uint8Array(permuted.length)
  permutation.forEach((j, i) => {
    c.set(permuted.subarray(32 * i, 32 * i + 32), 32 * j)
  })
  return c
}

interface ChainSecrets {
  readonly rChain: readonly bigint[]
  readonly wChain: readonly bigint[]
  readonly wPermuted: readonly bigint[]
}

/**
 * ch_i = r̂_i·G + u'_i·ch_{i−1} with ch_0 = h, written over the two fixed bases: ch_i = R_i·G + U_i·h, and the same for
 * the commitments t̂_i = ŵ_i·G + w'_i·ch_{i−1}. `step` counts both lists.
 */
async function buildChain(
  batch: BatchGroup,
  h: Uint8Array,
  uPermuted: readonly bigint[],
  secrets: ChainSecrets,
  step: Step | undefined,
): Promise<{ chain: Uint8Array; tChain: Uint8Array }> {
  const count = uPermuted.length
  const [chainG, chainH, tG, tH] = [[], [], [], []] as [bigint[], bigint[], bigint[], bigint[]]
  let [bigR, bigU] = [0n, 1n]
  uPermuted.forEach((u, i) => {
    const wPrime = secrets.wPermuted[i] as bigint
    tG.push(((secrets.wChain[i] as bigint) + wPrime * bigR) % ORDER)
    tH.push((wPrime * bigU) % ORDER)
    bigR = ((secrets.rChain[i] as bigint) + u * bigR) % ORDER
    bigU = (u * bigU) % ORDER
    chainG.push(bigR)
    chainH.push(bigU)
  })
  const bases = [batch.msm.basePoint(), h]
  const onBoth = async (
    overG: readonly bigint[],
    overH: readonly bigint[],
    before: number,
  ): Promise<Uint8Array> => {
    const scalars = [writeScalars(overG), writeScalars(overH)]
    const sums = await batch.fixedSums(bases, scalars, undefined, step && ((done) => step(before + done)))
    for (const list of scalars) list.fill(0)
    return sums
  }
  const chain = await onBoth(chainG, chainH, 0)
  return { chain, tChain: await onBoth(tG, tH, count) }
}

/** Σ w'_i·h_i, Σ w'_i·α'_i and Σ w'_i·β'_i. */
async function weightedSums(
  batch: BatchGroup,
  statement: ShuffleStatement,
  wPermuted: readonly bigint[],
): Promise<{ generators: Uint8Array; alpha: Uint8Array; beta: Uint8Array }> {
  const scalars = writeScalars(wPermuted)
  const sumOver = async (points: Uint8Array): Promise<Uint8Array> => {
    const result = await batch.weightedSum(sliceTerms(batch, points, scalars))
    if ('sum' in result) return result.sum
    throw new RangeError('"statement" holds an invalid element')
  }
  const { alpha, beta } = splitCiphertexts(statement.output)
  const sums = {
    generators: await sumOver(statement.generators.list),
    alpha: await sumOver(alpha),
    beta: await sumOver(beta),
  }
  scalars.fill(0)
  return sums
}

function* sliceTerms(batch: BatchGroup, points: Uint8Array, scalars: Uint8Array): Generator<WeightedTerms> {
  for (const { first, end } of ranges(points.length / 32, 1, batch.parallel)) {
    yield { points: points.slice(32 * first, 32 * end), scalars: scalars.slice(32 * first, 32 * end) }
  }
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n) % ORDER
}

function innerProduct(a: readonly bigint[], b: readonly bigint[]): bigint {
  return a.reduce((total, value, i) => (total + value * (b[i] as bigint)) % ORDER, 0n)
}

/** Σ_i r̂_i · Π_{k>i} u'_k. */
function chainTotal(rChain: readonly bigint[], uPermuted: readonly bigint[]): bigint {
  return rChain.reduce((total, r, i) => (total * (uPermuted[i] as bigint) + r) % ORDER, 0n)
}
