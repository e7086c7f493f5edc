/**
 * Many ballots in the time of a few, with the help of somebody who has verified them before. A ballot holds challenge and
 * responses, not the commitments `A_k`, `A_r`, so that its proof can only be checked by recomputing them one by one. Who
 * has done that may hand them on: then the challenge is hashed from what was handed on, and one random combination of all
 * equations `s·G = A + c·P` is checked (Bellare, Garay, Rabin, EUROCRYPT 1998). Wrong commitments make the check fail, never pass.
 */
import { concatBytes, equalBytes } from '../bytes.ts'
import type { CryptoBackend, Group, RandomBytes } from '../group/group.ts'
import type { Msm, PointTable } from '../group/msm.ts'
import { decodeScalar, encodeScalar, ORDER } from '../group/scalar.ts'
import type { Ballot } from './layout.ts'
import { challengeScalar, type SokCommitments } from './sok.ts'
import { type BallotContext, challengeOf, examineBallot } from './verify.ts'

/** Bytes of a random weight: a wrong proof passes with a chance of 2^-128. */
const WEIGHT_BYTES = 16

export interface BallotWithCommitments {
  readonly canonical: Uint8Array
  readonly context: BallotContext
  /** As `encodeCommitments` makes them; from anybody. */
  readonly commitments: Uint8Array
}

export interface TogetherInput {
  readonly backend: CryptoBackend
  readonly msm: Msm
  readonly random: RandomBytes
}

/** `A_k ‖ A_r` of each contest: 32 (n + 1) bytes. */
export function encodeCommitments({ credential, randomness }: SokCommitments): Uint8Array {
  return concatBytes(credential, ...randomness)
}

/**
 * True iff `verifyBallot` accepts every one of them, but for a chance of 2^-128 each. False also when only the commitments
 * are wrong or of another length: then the ballots have to be verified one by one.
 */
export function verifyTogether(
  { backend, msm, random }: TogetherInput,
  ballots: readonly BallotWithCommitments[],
): boolean {
  if (ballots.length === 0) return true
  const sum = new WeightedSum(random)
  const onlyElements: Uint8Array[] = []
  const deferring = { ...backend, group: withoutElementCheck(backend.group) }
  for (const { canonical, context, commitments } of ballots) {
    const examined = examineBallot(deferring, canonical, context)
    if (!examined.ok) return false
    const { ballot, credential } = examined.value
    if (commitments.length !== 32 * (ballot.contestCount + 1)) return false
    const parts = Array.from({ length: ballot.contestCount + 1 }, (_, i) =>
      commitments.slice(32 * i, 32 * i + 32),
    )
    const [credentialPart, ...randomness] = parts as [Uint8Array, ...Uint8Array[]]
    const challenge = challengeOf(examined.value, context, { credential: credentialPart, randomness })
    if (!equalBytes(challenge, ballot.challenge)) return false
    addEquations(sum, ballot, credential.publicKey, credentialPart, randomness)
    for (const { c2 } of ballot.ciphertexts) onlyElements.push(c2)
  }
  return areElements(msm, onlyElements) && sum.isZero(backend.group, msm)
}

function addEquations(
  sum: WeightedSum,
  { challenge, sK, sR, ciphertexts }: Ballot,
  credentialKey: Uint8Array,
  credential: Uint8Array,
  randomness: readonly Uint8Array[],
): void {
  const c = decodeScalar(challengeScalar(challenge))
  sum.add(sK, c, credential, credentialKey)
  for (const [j, { c1 }] of ciphertexts.entries()) {
    sum.add(sR[j] as Uint8Array, c, randomness[j] as Uint8Array, c1)
  }
}

/** Σ w·(A + c·P − s·G) over all equations, which is the identity when each of them holds. */
class WeightedSum {
  readonly #random: RandomBytes
  readonly #commitments: Uint8Array[] = []
  readonly #weights: Uint8Array[] = []
  readonly #points: Uint8Array[] = []
  readonly #factors: Uint8Array[] = []
  #base = 0n

  constructor(random: RandomBytes) {
    this.#random = random
  }

  add(response: Uint8Array, challenge: bigint, commitment: Uint8Array, point: Uint8Array): void {
    const weight = concatBytes(this.#random(WEIGHT_BYTES), new Uint8Array(32 - WEIGHT_BYTES))
    const w = decodeScalar(weight)
    this.#commitments.push(commitment)
    this.#weights.push(weight)
    this.#points.push(point)
    this.#factors.push(encodeScalar((w * challenge) % ORDER))
    this.#base = (this.#base + w * decodeScalar(response)) % ORDER
  }

  isZero(group: Group, msm: Msm): boolean {
    const commitments = decoded(msm, this.#commitments)
    const points = decoded(msm, this.#points)
    if (commitments === null || points === null) return false
    const left = group.add(
      msm.multiply([commitments], concatBytes(...this.#weights), 8 * WEIGHT_BYTES),
      msm.multiply([points], concatBytes(...this.#factors)),
    )
    return equalBytes(left, group.multiplyBase(encodeScalar(this.#base)))
  }
}

function decoded(msm: Msm, elements: readonly Uint8Array[]): PointTable | null {
  const table = msm.table(concatBytes(...elements))
  return 'invalidIndex' in table ? null : table
}

function areElements(msm: Msm, elements: readonly Uint8Array[]): boolean {
  return decoded(msm, elements) !== null
}

/** Every element is decoded for the sum anyway, in one call for all. */
function withoutElementCheck(group: Group): Group {
  return { ...group, isElement: () => true }
}
