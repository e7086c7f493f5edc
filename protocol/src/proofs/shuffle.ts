import type { BatchGroup, Step } from '../group/batch.ts'
import type { RandomBytes } from '../group/group.ts'
import { ORDER, randomScalar } from '../group/scalar.ts'
import { modOrder, readScalars, writeScalars } from '../group/scalar-vector.ts'
import type { Generators } from './generators.ts'

/** What a shuffle proof speaks about. Ciphertexts are α ‖ β, 64 bytes each, concatenated. */
export interface ShuffleStatement {
  /** Binds the proof to its place: manifest hash ‖ contest ‖ mixer ‖ hash of the stage before. */
  readonly context: Uint8Array
  /** The trustees' joint key Y, 32 bytes. */
  readonly publicKey: Uint8Array
  readonly input: Uint8Array
  readonly output: Uint8Array
  readonly generators: Generators
}

/** The mixer's secret: output i re-encrypts input `permutation[i]` with `randomness[permutation[i]]`. */
export interface ShuffleWitness {
  readonly permutation: Uint32Array
  readonly randomness: readonly bigint[]
}

/**
 * Re-encrypts and permutes N ElGamal ciphertexts: e'_i = e_{ψ(i)} + r_{ψ(i)}·(G, Y). ψ is uniform (Fisher–Yates with
 * rejection sampling).
 */
export async function shuffle(
  batch: BatchGroup,
  random: RandomBytes,
  publicKey: Uint8Array,
  input: Uint8Array,
  step?: Step,
): Promise<{ readonly output: Uint8Array; readonly witness: ShuffleWitness }> {
  if (input.length % 64 !== 0) throw new RangeError('"input" is not a multiple of 64 bytes')
  const count = input.length / 64
  const permutation = randomPermutation(random, count)
  const randomness = randomScalars(random, count)
  const permuted = new Uint8Array(input.length)
  permutation.forEach((j, i) => {
    permuted.set(input.subarray(64 * j, 64 * j + 64), 64 * i)
  })
  const { alpha, beta } = splitCiphertexts(permuted)
  const r = writeScalars(Array.from(permutation, (j) => randomness[j] as bigint))
  const half = (first: number): Step | undefined => step && ((done) => step(first + done / 2))
  const alphas = await batch.fixedSums([batch.msm.basePoint()], [r], alpha, half(0))
  const betas = await batch.fixedSums([publicKey], [r], beta, half(count / 2))
  r.fill(0)
  return { output: joinCiphertexts(alphas, betas), witness: { permutation, randomness } }
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

function joinCiphertexts(alpha: Uint8Array, beta: Uint8Array): Uint8Array {
  const joined = new Uint8Array(2 * alpha.length)
  for (let at = 0; at < alpha.length; at += 32) {
    joined.set(alpha.subarray(at, at + 32), 2 * at)
    joined.set(beta.subarray(at, at + 32), 2 * at + 32)
  }
  return joined
}

/** `count` uniform scalars other than zero. */
export function randomScalars(random: RandomBytes, count: number): bigint[] {
  return Array.from({ length: count }, () => (readScalars(randomScalar(random)) as bigint[])[0] as bigint)
}

/** 32 little-endian bytes of a value taken modulo l. */
export function scalarBytes(value: bigint): Uint8Array {
  const out = new Uint8Array(32)
  const view = new DataView(out.buffer)
  const reduced = value >= 0n && value < ORDER ? value : modOrder(value)
  for (let word = 0; word < 4; word++) {
    view.setBigUint64(8 * word, BigInt.asUintN(64, reduced >> BigInt(64 * word)), true)
  }
  return out
}

function randomPermutation(random: RandomBytes, count: number): Uint32Array {
  const permutation = Uint32Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = randomBelow(random, i + 1)
    const swapped = permutation[i] as number
    permutation[i] = permutation[j] as number
    permutation[j] = swapped
  }
  return permutation
}

function randomBelow(random: RandomBytes, bound: number): number {
  const limit = Math.floor(2 ** 32 / bound) * bound
  for (;;) {
    const bytes = random(4)
    const value = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0)
    if (value < limit) return value % bound
  }
}
