import { concatBytes } from '../bytes.ts'
import type { Group, RandomBytes } from '../group/group.ts'
import type { Msm, PointTable } from '../group/msm.ts'
import { ORDER } from '../group/scalar.ts'
import { writeScalars } from '../group/scalar-vector.ts'
import {
  randomScalars,
  type ShuffleStatement,
  type ShuffleWitness,
  STEP_EVERY,
  type Step,
  scalarBytes,
} from './shuffle.ts'
import { shuffleChallenge, shuffleChallenges, shuffleSeed } from './shuffle-transcript.ts'

/**
 * Proof that `output` is a re-encrypted permutation of `input`: Terelius and Wikström (AFRICACRYPT 2010) in the form of
 * Haenni, Locher, Koenig and Dubuis (LNCS 10323, 2017; CHVote, eprint 2017/325), with the commitments published so
 * that a verifier folds everything into one sum. Layout, 160 N + 288 bytes:
 * c (32 N) ‖ chain (32 N) ‖ t1 t2 t3 t41 t42 (160) ‖ t̂ (32 N) ‖ s1 s2 s3 s4 (128) ‖ ŝ (32 N) ‖ s' (32 N).
 * Throws when the witness does not have the length of the statement or N is 0. `step` counts the links of the chain,
 * which take most of the time.
 */
export function proveShuffle(
  group: Group,
  msm: Msm,
  random: RandomBytes,
  statement: ShuffleStatement,
  witness: ShuffleWitness,
  step?: Step,
): Uint8Array {
  const count = statement.input.length / 64
  const { permutation, randomness } = witness
  if (count === 0 || permutation.length !== count || randomness.length !== count) {
    throw new RangeError('"witness" does not match the statement')
  }
  const { h, list } = statement.generators
  const rho = randomScalars(random, count)
  const c = commitPermutation(group, list, permutation, rho)
  const seed = shuffleSeed(statement, c)
  const u = shuffleChallenges(seed, count)
  const uPermuted = Array.from(permutation, (j) => u[j] as bigint)

  const rChain = randomScalars(random, count)
  const wChain = randomScalars(random, count)
  const wPermuted = randomScalars(random, count)
  const { chain, tChain } = buildChain(group, h, uPermuted, { rChain, wChain, wPermuted }, step)

  const w = randomScalars(random, 4) as [bigint, bigint, bigint, bigint]
  const sums = weightedSums(msm, statement, wPermuted)
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
function commitPermutation(
  group: Group,
  generators: Uint8Array,
  permutation: Uint32Array,
  rho: readonly bigint[],
): Uint8Array {
  const c = new Uint8Array(permutation.length * 32)
  permutation.forEach((j, i) => {
    const blinding = group.multiplyBase(scalarBytes(rho[j] as bigint))
    c.set(group.add(blinding, generators.subarray(32 * i, 32 * i + 32)), 32 * j)
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
 * the commitments t̂_i = ŵ_i·G + w'_i·ch_{i−1}.
 */
function buildChain(
  group: Group,
  h: Uint8Array,
  uPermuted: readonly bigint[],
  secrets: ChainSecrets,
  step: Step | undefined,
): { chain: Uint8Array; tChain: Uint8Array } {
  const chain = new Uint8Array(uPermuted.length * 32)
  const tChain = new Uint8Array(uPermuted.length * 32)
  const onBoth = (overG: bigint, overH: bigint): Uint8Array =>
    group.add(group.multiplyBase(scalarBytes(overG)), group.multiply(scalarBytes(overH), h))
  let [bigR, bigU] = [0n, 1n]
  uPermuted.forEach((u, i) => {
    if (i % STEP_EVERY === 0) step?.(i)
    const wPrime = secrets.wPermuted[i] as bigint
    tChain.set(onBoth((secrets.wChain[i] as bigint) + wPrime * bigR, wPrime * bigU), 32 * i)
    bigR = ((secrets.rChain[i] as bigint) + u * bigR) % ORDER
    bigU = (u * bigU) % ORDER
    chain.set(onBoth(bigR, bigU), 32 * i)
  })
  return { chain, tChain }
}

/** Σ w'_i·h_i, Σ w'_i·α'_i and Σ w'_i·β'_i. */
function weightedSums(msm: Msm, statement: ShuffleStatement, wPermuted: readonly bigint[]) {
  const scalars = writeScalars(wPermuted)
  const sumOver = (points: Uint8Array): Uint8Array => msm.multiply([knownPoints(msm, points)], scalars)
  const { alpha, beta } = splitCiphertexts(statement.output)
  return { generators: sumOver(statement.generators.list), alpha: sumOver(alpha), beta: sumOver(beta) }
}

function knownPoints(msm: Msm, encodings: Uint8Array): PointTable {
  const table = msm.table(encodings)
  if ('invalidIndex' in table)
    throw new RangeError(`"statement" holds an invalid element at ${table.invalidIndex}`)
  return table
}

/** All α and all β of α ‖ β pairs, each 32 N bytes. */
export function splitCiphertexts(ciphertexts: Uint8Array): { alpha: Uint8Array; beta: Uint8Array } {
  const alpha = new Uint8Array(ciphertexts.length / 2)
  const beta = new Uint8Array(ciphertexts.length / 2)
  for (let i = 0; i < ciphertexts.length / 64; i++) {
    alpha.set(ciphertexts.subarray(64 * i, 64 * i + 32), 32 * i)
    beta.set(ciphertexts.subarray(64 * i + 32, 64 * i + 64), 32 * i)
  }
  return { alpha, beta }
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
