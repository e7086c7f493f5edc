/** Proofs that are checked in several pieces: what holds in one piece holds at every seam. */
import { beforeAll, expect, test } from 'vitest'
import { concatBytes, toHex } from '../bytes.ts'
import { type BatchGroup, createBatch, createLocalBatch } from '../group/batch.ts'
import { type BatchAnswer, type BatchJob, runBatchJob } from '../group/batch-job.ts'
import type { Group } from '../group/group.ts'
import { createMsm } from '../group/msm.ts'
import { randomScalar } from '../group/scalar.ts'
import { createSodiumGroup } from '../group/sodium.ts'
import { sha256 } from '../hash.ts'
import { counterRandom } from '../testing/counter-random.ts'
import { combineShares, verifyCombination } from './combine.ts'
import { decryptionShares, proveShares, verifyShares } from './decryption.ts'
import { deriveGenerators } from './generators.ts'
import { type ShuffleStatement, shuffle, splitCiphertexts } from './shuffle.ts'
import { proveShuffle } from './shuffle-prove.ts'
import { verifyShuffle } from './shuffle-verify.ts'

/** Two pieces in a shuffle proof for more than one lane: 256 ciphertexts and 2. */
const COUNT = 258
/** The last two of the first piece, and everything of the last. */
const AT_THE_SEAM = [254, 255, 256, 257]

const msm = createMsm()
const random = counterRandom('fixed count')
let group: Group
let whole: BatchGroup
let pieces: BatchGroup
let statement: ShuffleStatement
let proof: Uint8Array
let secret: Uint8Array
/** An element that stands in no list. */
let foreign: Uint8Array

/** Lanes that answer out of turn. */
function lanes(parallel: number): BatchGroup {
  let begun = 0
  const run = async (job: BatchJob): Promise<BatchAnswer> => {
    const answer = runBatchJob(group, msm, job)
    if (begun++ % 2 === 0) await new Promise((resolve) => void setTimeout(resolve))
    return answer
  }
  return createBatch(group, msm, { parallel, run })
}

beforeAll(async () => {
  group = await createSodiumGroup()
  whole = createLocalBatch(group, msm)
  pieces = lanes(3)
  secret = randomScalar(random)
  const publicKey = group.multiplyBase(secret)
  const input = concatBytes(...Array.from({ length: 2 * COUNT }, () => group.fromUniformBytes(random(64))))
  const { output, witness } = await shuffle(pieces, random, publicKey, input)
  const generators = await deriveGenerators(pieces, 'fixed', COUNT)
  statement = { context: Uint8Array.of(1, 2, 3), publicKey, input, output, generators }
  proof = await proveShuffle(pieces, random, statement, witness)
  foreign = group.fromUniformBytes(counterRandom('foreign')(64))
})

function replaced(bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array {
  const out = bytes.slice()
  out.set(part, at)
  return out
}

test('the bytes are those of the first implementation, which summed in one piece with libsodium', async () => {
  // SHA-256 of what the same random bytes gave there; a change here breaks proofs that were published.
  const { alpha: alphas } = splitCiphertexts(statement.output)
  const shares = await decryptionShares(pieces, secret, alphas)
  const { publicKey: verificationKey } = statement
  const of = { context: Uint8Array.of(4), verificationKey, alphas, shares }
  const sharesProof = await proveShares(pieces, random, of, secret)
  const bytes = [statement.generators.list, statement.output, proof, shares, sharesProof]
  expect(bytes.map((part) => toHex(sha256(part)))).toEqual([
    '9443bf75ea74fdcd4740aa7aa91e3dfea6f3895676e879c3876345949e4e0271',
    '1b0bc8735177f9ddb412c7a15be1af553cef78f5d04c27df29336b4b35b942e2',
    'd5008b1ed62a5d10aeada8d1f92e9998f41a188eb96ca47a9ad4b53958d3690b',
    '90b949ec395cf1fbb2fe1917efaa42c765d5352690f11c7b2f64ce219f3139ff',
    '67813057102f566cea050f1f566efdec4e667ae7e64f9abc28f226b64fbfa9f9',
  ])
  expect((await verifyShares(pieces, of, sharesProof)).ok).toBe(true)
})

test('a shuffle proof verifies in one piece and in several', async () => {
  expect((await verifyShuffle(whole, statement, proof)).ok).toBe(true)
  expect((await verifyShuffle(pieces, statement, proof)).ok).toBe(true)
})

test('one wrong commitment, link or response beside a seam is refused', async () => {
  const [chain, tChain, sChain] = [32 * COUNT, 64 * COUNT + 160, 96 * COUNT + 288]
  const sPermuted = sChain + 32 * COUNT
  for (const i of AT_THE_SEAM) {
    const one = (list: number): Uint8Array => Uint8Array.of((proof[list + 32 * i] as number) ^ 1)
    const changed = [
      ...[chain, tChain].map((list) => replaced(proof, list + 32 * i, foreign)),
      ...[sChain, sPermuted].map((list) => replaced(proof, list + 32 * i, one(list))),
    ]
    for (const [kind, bytes] of changed.entries()) {
      expect([i, kind, await verifyShuffle(pieces, statement, bytes)]).toMatchObject([
        i,
        kind,
        { error: 'shuffle-equation' },
      ])
    }
  }
})

test('errors on both sides of a seam do not cancel each other', async () => {
  const at = (i: number): Uint8Array => statement.output.slice(64 * i + 32, 64 * i + 64)
  const more = replaced(statement.output, 64 * 255 + 32, group.add(at(255), foreign))
  const output = replaced(more, 64 * 256 + 32, group.subtract(at(256), foreign))
  const lie = { ...statement, output }
  expect(await verifyShuffle(pieces, lie, proof)).toMatchObject({ error: 'shuffle-equation' })
})

test('an element that is none is named by list and number in every piece', async () => {
  for (const i of AT_THE_SEAM) {
    const invalid = new Uint8Array(32).fill(0xff)
    const detail = `chain, number ${i}`
    const bytes = replaced(proof, 32 * COUNT + 32 * i, invalid)
    expect(await verifyShuffle(pieces, statement, bytes)).toMatchObject({ error: 'shuffle-element', detail })
  }
})

test('one wrong share or plaintext point beside a seam is refused, and two that cancel each other', async () => {
  // Pieces of 2,048 shares and of 512 plaintext points; the ciphertexts repeat, their weights do not.
  const few = lanes(2)
  const { alpha, beta } = splitCiphertexts(statement.output)
  const repeated = (list: Uint8Array): Uint8Array => concatBytes(...Array.from({ length: 8 }, () => list))
  const alphas = repeated(alpha).subarray(0, 32 * 2_050)
  const own = await decryptionShares(whole, secret, alpha)
  const shares = repeated(own).subarray(0, alphas.length)
  const of = { context: Uint8Array.of(5), verificationKey: statement.publicKey, alphas, shares }
  const sharesProof = await proveShares(few, random, of, secret)
  expect((await verifyShares(few, of, sharesProof)).ok).toBe(true)
  for (const i of [2_047, 2_048, 2_049]) {
    const lie = { ...of, shares: replaced(shares, 32 * i, foreign) }
    expect(await verifyShares(few, lie, sharesProof)).toMatchObject({ error: 'shares-proof' })
  }

  const betas = repeated(beta).subarray(0, 32 * 514)
  const trustees = [1, 3].map((index) => ({ index, shares: shares.subarray(0, betas.length) }))
  const points = repeated(
    await combineShares(
      whole,
      beta,
      trustees.map(({ index }) => ({ index, shares: own })),
    ),
  )
  const right = points.subarray(0, betas.length)
  expect((await verifyCombination(few, betas, trustees, right)).ok).toBe(true)
  const at = (i: number): Uint8Array => right.subarray(32 * i, 32 * i + 32)
  const once = replaced(right, 32 * 511, group.add(at(511), foreign))
  const twice = replaced(once, 32 * 512, group.subtract(at(512), foreign))
  for (const wrong of [once, twice]) {
    expect(await verifyCombination(few, betas, trustees, wrong)).toMatchObject({ error: 'combine-points' })
  }
})
