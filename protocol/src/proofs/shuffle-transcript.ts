import { ByteWriter, tag } from '../bytes.ts'
import { wideScalar } from '../group/scalar-vector.ts'
import { createSha512, sha512 } from '../hash.ts'
import type { ShuffleStatement } from './shuffle.ts'
import { shortWeights } from './weights.ts'

/** The parts of a proof that are hashed before the challenge. */
export interface ShuffleCommitments {
  /** Permutation commitments c_1 .. c_N, 32 N bytes. */
  readonly c: Uint8Array
  /** Commitment chain, 32 N bytes. */
  readonly chain: Uint8Array
  /** t1, t2, t3, t41, t42: 160 bytes. */
  readonly t: Uint8Array
  /** Chain commitments, 32 N bytes. */
  readonly tChain: Uint8Array
}

/**
 * seed = SHA-512(tag ‖ u16 length ‖ context ‖ Y ‖ u32 N ‖ all inputs ‖ all outputs ‖ all c): the long common prefix
 * is hashed once, every u_i only adds four bytes to it (CHVote's quadratic trap).
 */
export function shuffleSeed(statement: ShuffleStatement, c: Uint8Array): Uint8Array {
  const hash = createSha512()
  const { context, publicKey, input, output } = statement
  hash.update(tag('hanpyo/shuffle-seed/v1'))
  hash.update(
    new ByteWriter()
      .u16(context.length)
      .raw(context, publicKey)
      .u32(input.length / 64)
      .bytes(),
  )
  hash.update(input)
  hash.update(output)
  hash.update(c)
  return hash.digest()
}

/** u_{first+1} .. u_end, challenges of the permutation matrix, uniform modulo l. */
export function shuffleChallenges(seed: Uint8Array, first: number, end: number): bigint[] {
  const prefix = tag('hanpyo/shuffle-u/v1')
  return Array.from({ length: end - first }, (_, i) =>
    wideScalar(sha512(prefix, seed, new ByteWriter().u32(first + i + 1).bytes())),
  )
}

/** x, the challenge of the sigma protocol, over everything committed to. */
export function shuffleChallenge(seed: Uint8Array, commitments: ShuffleCommitments): bigint {
  const hash = createSha512()
  hash.update(tag('hanpyo/shuffle-c/v1'))
  hash.update(seed)
  hash.update(commitments.chain)
  hash.update(commitments.t)
  hash.update(commitments.tChain)
  return wideScalar(hash.digest())
}

/**
 * 128-bit weights that fold all equations into one, from the hash of the whole proof, so that every verifier computes
 * the same: SHA-512(state ‖ u32 block) holds weights 4·block .. 4·block+3, state = SHA-512(tag ‖ seed ‖ proof). A cheating
 * prover succeeds with probability about 2^-128 for each proof it tries. The function gives weights first .. end−1.
 */
export function batchWeights(
  label: string,
  seed: Uint8Array,
  proof: Uint8Array,
): (first: number, end: number) => bigint[] {
  const state = sha512(tag(label), seed, proof)
  return (first, end) => shortWeights(state, first, end)
}
