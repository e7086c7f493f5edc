import type { Group, RandomBytes } from '../group/group.ts'
import { ORDER, randomScalar } from '../group/scalar.ts'
import { modOrder, readScalars } from '../group/scalar-vector.ts'
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

/** Called now and then during long work with the ciphertexts done so far. */
export type Step = (done: number) => void

/** Ciphertexts between two calls of a `Step`: about 0.1 s. */
export const STEP_EVERY = 256

/** The mixer's secret: output i re-encrypts input `permutation[i]` with `randomness[permutation[i]]`. */
export interface ShuffleWitness {
  readonly permutation: Uint32Array
  readonly randomness: readonly bigint[]
}

/**
 * Re-encrypts and permutes N ElGamal ciphertexts: e'_i = e_{ψ(i)} + r_{ψ(i)}·(G, Y). ψ is uniform (Fisher–Yates with
 * rejection sampling). Secret products run in the group's back end, which should be libsodium.
 */
export function shuffle(
  group: Group,
  random: RandomBytes,
  publicKey: Uint8Array,
  input: Uint8Array,
  step?: Step,
): { readonly output: Uint8Array; readonly witness: ShuffleWitness } {
  if (input.length % 64 !== 0) throw new RangeError('"input" is not a multiple of 64 bytes')
  const count = input.length / 64
  const permutation = randomPermutation(random, count)
  const randomness = randomScalars(random, count)
  const output = new Uint8Array(input.length)
  for (let i = 0; i < count; i++) {
    if (i % STEP_EVERY === 0) step?.(i)
    const j = permutation[i] as number
    const r = scalarBytes(randomness[j] as bigint)
    const alpha = input.subarray(64 * j, 64 * j + 32)
    const beta = input.subarray(64 * j + 32, 64 * j + 64)
    output.set(group.add(alpha, group.multiplyBase(r)), 64 * i)
    output.set(group.add(beta, group.multiply(r, publicKey)), 64 * i + 32)
  }
  return { output, witness: { permutation, randomness } }
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
