import { beforeAll, expect, test } from 'vitest'
import { concatBytes } from '../bytes.ts'
import { type BatchGroup, createLocalBatch } from '../group/batch.ts'
import type { Group } from '../group/group.ts'
import { ORDER, randomScalar } from '../group/scalar.ts'
import { createSodiumGroup } from '../group/sodium.ts'
import { combineShares, lagrangeAtZero, verifyCombination } from './combine.ts'
import { decryptionShares, proveShares, type SharesStatement, verifyShares } from './decryption.ts'
import { randomScalars, scalarBytes } from './shuffle.ts'

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
let group: Group
let batch: BatchGroup

beforeAll(async () => {
  group = await createSodiumGroup()
  batch = createLocalBatch(group)
})

/** Shamir shares x_1..x_n of a random secret with threshold t. */
function shareSecret(t: number, n: number) {
  const coefficients = randomScalars(random, t)
  const at = (i: bigint): bigint => coefficients.reduceRight((sum, c) => (sum * i + c) % ORDER, 0n)
  return {
    publicKey: group.multiplyBase(scalarBytes(coefficients[0] as bigint)),
    shares: Array.from({ length: n }, (_, i) => scalarBytes(at(BigInt(i + 1)))),
  }
}

function encryptAll(publicKey: Uint8Array, count: number) {
  const messages = concatBytes(...Array.from({ length: count }, () => group.fromUniformBytes(random(64))))
  const alphas = new Uint8Array(32 * count)
  const betas = new Uint8Array(32 * count)
  for (let at = 0; at < messages.length; at += 32) {
    const r = randomScalar(random)
    alphas.set(group.multiplyBase(r), at)
    betas.set(group.add(messages.subarray(at, at + 32), group.multiply(r, publicKey)), at)
  }
  return { messages, alphas, betas }
}

async function trusteeStatement(secret: Uint8Array, alphas: Uint8Array): Promise<SharesStatement> {
  const shares = await decryptionShares(batch, secret, alphas)
  return { context: Uint8Array.of(7), verificationKey: group.multiplyBase(secret), alphas, shares }
}

async function sharesOf(index: number, secrets: readonly Uint8Array[], alphas: Uint8Array) {
  return { index, shares: await decryptionShares(batch, secrets[index - 1] as Uint8Array, alphas) }
}

test('any three of five trustees recover every plaintext, and the batch check agrees', async () => {
  const { publicKey, shares } = shareSecret(3, 5)
  const { messages, alphas, betas } = encryptAll(publicKey, 6)
  for (const indices of [
    [1, 2, 3],
    [1, 3, 5],
    [5, 4, 2],
    [1, 2, 3, 4, 5],
  ]) {
    const trustees = await Promise.all(indices.map((index) => sharesOf(index, shares, alphas)))
    expect(await combineShares(batch, betas, trustees)).toEqual(messages)
    expect((await verifyCombination(batch, betas, trustees, messages)).ok).toBe(true)
  }
})

test('two of five, or the wrong indices, do not give the plaintexts', async () => {
  const { publicKey, shares } = shareSecret(3, 5)
  const { messages, alphas, betas } = encryptAll(publicKey, 3)
  const all = await Promise.all(shares.map((_, i) => sharesOf(i + 1, shares, alphas)))
  expect(await combineShares(batch, betas, all.slice(0, 2))).not.toEqual(messages)
  const swapped = [all[0]!, all[1]!, { index: 4, shares: all[2]!.shares }]
  expect(await combineShares(batch, betas, swapped)).not.toEqual(messages)
  expect(await verifyCombination(batch, betas, swapped, messages)).toMatchObject({ error: 'combine-points' })
  expect(() => lagrangeAtZero([1, 2, 2])).toThrow(RangeError)
  expect(() => lagrangeAtZero([0, 1])).toThrow(RangeError)
})

test('one changed plaintext point or share fails the batch check', async () => {
  const { publicKey, shares } = shareSecret(2, 3)
  const { messages, alphas, betas } = encryptAll(publicKey, 4)
  const trustees = await Promise.all([1, 3].map((index) => sharesOf(index, shares, alphas)))
  const changed = messages.slice()
  changed.set(group.fromUniformBytes(random(64)), 64)
  expect(await verifyCombination(batch, betas, trustees, changed)).toMatchObject({ error: 'combine-points' })
  const swapped = concatBytes(messages.slice(32, 64), messages.slice(0, 32), messages.slice(64))
  expect(await verifyCombination(batch, betas, trustees, swapped)).toMatchObject({ error: 'combine-points' })
  expect(await verifyCombination(batch, betas, trustees, messages.slice(32))).toMatchObject({
    error: 'combine-count',
  })
  expect(await verifyCombination(batch, betas, [], messages)).toMatchObject({ error: 'combine-count' })
  const invalid = messages.slice().fill(0xff, 0, 32)
  expect(await verifyCombination(batch, betas, trustees, invalid)).toMatchObject({ error: 'combine-element' })
})

test.each([1, 2, 9])('a proof over %i shares is 96 bytes and verifies', async (count) => {
  const secret = randomScalar(random)
  const { alphas } = encryptAll(group.multiplyBase(secret), count)
  const statement = await trusteeStatement(secret, alphas)
  const proof = await proveShares(batch, random, statement, secret)
  expect(proof.length).toBe(96)
  expect(await verifyShares(batch, statement, proof)).toEqual({ ok: true, value: null })
})

test('a share of another secret, another context, key or order, and every flipped byte are refused', async () => {
  const secret = randomScalar(random)
  const { alphas } = encryptAll(group.multiplyBase(secret), 4)
  const statement = await trusteeStatement(secret, alphas)
  const proof = await proveShares(batch, random, statement, secret)
  const wrongShares = statement.shares.slice()
  wrongShares.set(await decryptionShares(batch, randomScalar(random), alphas.slice(0, 32)), 0)
  const changes: Partial<SharesStatement>[] = [
    { context: Uint8Array.of(8) },
    { verificationKey: group.multiplyBase(randomScalar(random)) },
    { shares: wrongShares },
    { alphas: concatBytes(alphas.slice(32, 64), alphas.slice(0, 32), alphas.slice(64)) },
  ]
  for (const change of changes)
    expect((await verifyShares(batch, { ...statement, ...change }, proof)).ok).toBe(false)
  for (let at = 0; at < proof.length; at++) {
    const flipped = proof.slice()
    flipped[at] = (flipped[at] as number) ^ 1
    expect([at, (await verifyShares(batch, statement, flipped)).ok]).toEqual([at, false])
  }
})

test('a trustee cannot prove shares it did not compute', async () => {
  const secret = randomScalar(random)
  const { alphas } = encryptAll(group.multiplyBase(secret), 3)
  const statement = await trusteeStatement(secret, alphas)
  const lie = {
    ...statement,
    shares: concatBytes(statement.shares.slice(0, 64), group.fromUniformBytes(random(64))),
  }
  expect(await verifyShares(batch, lie, await proveShares(batch, random, lie, secret))).toMatchObject({
    error: 'shares-proof',
  })
})

test('empty, unequal and malformed statements are refused by name', async () => {
  const secret = randomScalar(random)
  const { alphas } = encryptAll(group.multiplyBase(secret), 2)
  const statement = await trusteeStatement(secret, alphas)
  const proof = await proveShares(batch, random, statement, secret)
  const error = async (change: Partial<SharesStatement>, bytes = proof): Promise<string> => {
    const result = await verifyShares(batch, { ...statement, ...change }, bytes)
    return result.ok ? 'accepted' : result.error
  }
  expect(await error({ alphas: new Uint8Array(0), shares: new Uint8Array(0) })).toBe('shares-empty')
  expect(await error({ shares: statement.shares.slice(32) })).toBe('shares-count')
  expect(await error({ shares: statement.shares.slice().fill(0xff, 0, 32) })).toBe('shares-element')
  expect(await error({}, proof.slice(1))).toBe('shares-proof-length')
  expect(await error({}, proof.slice().fill(0xff, 64))).toBe('shares-scalar')
})
