import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { concatBytes } from '../bytes.ts'
import { type BatchGroup, createLocalBatch } from '../group/batch.ts'
import type { Group } from '../group/group.ts'
import { nobleGroup } from '../group/noble.ts'
import { ORDER, randomScalar } from '../group/scalar.ts'
import { readScalars, writeScalars } from '../group/scalar-vector.ts'
import { createSodiumGroup } from '../group/sodium.ts'
import { sha512 } from '../hash.ts'
import { deriveGenerators } from './generators.ts'
import { type ShuffleStatement, shuffle } from './shuffle.ts'
import { proveShuffle } from './shuffle-prove.ts'
import { shuffleProofLength, verifyShuffle } from './shuffle-verify.ts'

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
let group: Group
let batch: BatchGroup
let publicKey: Uint8Array

beforeAll(async () => {
  group = await createSodiumGroup()
  batch = createLocalBatch(group)
  publicKey = group.multiplyBase(randomScalar(random))
})

function randomPoint(): Uint8Array {
  return group.fromUniformBytes(random(64))
}

function ciphertexts(count: number): Uint8Array {
  return concatBytes(...Array.from({ length: 2 * count }, randomPoint))
}

async function proven(count: number, context = Uint8Array.of(1, 2, 3)) {
  const input = ciphertexts(count)
  const { output, witness } = await shuffle(batch, random, publicKey, input)
  const generators = await deriveGenerators(batch, 'test', count)
  const statement: ShuffleStatement = { context, publicKey, input, output, generators }
  return { statement, witness, proof: await proveShuffle(batch, random, statement, witness) }
}

function replaced(bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array {
  const out = bytes.slice()
  out.set(part, at)
  return out
}

test.each([1, 2, 3, 17, 40])(
  'a proof for %i ciphertexts has 160 N + 288 bytes and verifies',
  async (count) => {
    const { statement, proof } = await proven(count)
    expect(proof.length).toBe(shuffleProofLength(count))
    expect(await verifyShuffle(batch, statement, proof)).toEqual({ ok: true, value: null })
  },
)

test('noble and libsodium make proofs that verify alike', async () => {
  const nobleBatch = createLocalBatch(nobleGroup)
  const input = ciphertexts(3)
  const { output, witness } = await shuffle(nobleBatch, random, publicKey, input)
  const statement = {
    context: Uint8Array.of(9),
    publicKey,
    input,
    output,
    generators: await deriveGenerators(nobleBatch, 'x', 3),
  }
  expect(statement.generators).toEqual(await deriveGenerators(batch, 'x', 3))
  expect(
    (await verifyShuffle(batch, statement, await proveShuffle(nobleBatch, random, statement, witness))).ok,
  ).toBe(true)
})

test('the same plaintext in every ciphertext is no obstacle', async () => {
  const one = ciphertexts(1)
  const input = concatBytes(one, one, one, one)
  const { output, witness } = await shuffle(batch, random, publicKey, input)
  const statement = {
    context: new Uint8Array(0),
    publicKey,
    input,
    output,
    generators: await deriveGenerators(batch, 'x', 4),
  }
  expect(
    (await verifyShuffle(batch, statement, await proveShuffle(batch, random, statement, witness))).ok,
  ).toBe(true)
})

test('every flipped bit of a proof is refused', async () => {
  const { statement, proof } = await proven(2)
  for (let at = 0; at < proof.length; at++) {
    const changed = replaced(proof, at, Uint8Array.of((proof[at] as number) ^ (1 << (at % 8))))
    expect([at, (await verifyShuffle(batch, statement, changed)).ok]).toEqual([at, false])
  }
})

test('a proof holds for its own context, key, label, inputs and outputs only', async () => {
  const { statement, proof } = await proven(4)
  const other = await proven(4)
  const point = randomPoint()
  const wrong: Partial<ShuffleStatement>[] = [
    { context: Uint8Array.of(1, 2, 4) },
    { publicKey: point },
    { generators: await deriveGenerators(batch, 'other label', 4) },
    { input: other.statement.input },
    { output: other.statement.output },
    { input: replaced(statement.input, 64, point) },
    { output: replaced(statement.output, 32, point) },
    { output: replaced(statement.output, 0, statement.output.slice(64, 128)) },
    {
      output: concatBytes(
        statement.output.slice(64, 128),
        statement.output.slice(0, 64),
        statement.output.slice(128),
      ),
    },
  ]
  for (const change of wrong) {
    expect((await verifyShuffle(batch, { ...statement, ...change }, proof)).ok).toBe(false)
  }
})

test('a mixer that drops, duplicates or replaces a ballot cannot prove it', async () => {
  const { statement, witness } = await proven(5)
  const [first, second] = [statement.output.slice(0, 64), statement.output.slice(64, 128)]
  const cheats = [
    replaced(statement.output, 64, first),
    replaced(statement.output, 0, second),
    replaced(statement.output, 0, ciphertexts(1)),
  ]
  for (const output of cheats) {
    const lie = { ...statement, output }
    expect((await verifyShuffle(batch, lie, await proveShuffle(batch, random, lie, witness))).ok).toBe(false)
  }
  const twice = { ...witness, permutation: Uint32Array.from([0, 0, 1, 2, 3]) }
  expect(
    (await verifyShuffle(batch, statement, await proveShuffle(batch, random, statement, twice))).ok,
  ).toBe(false)
})

/** What a lying mixer does to its output before or after the proof. */
const LIES: Record<string, (output: Uint8Array, at: number, other: number) => Uint8Array> = {
  'copies one ballot over another': (output, at, other) =>
    replaced(output, 64 * at, output.slice(64 * other, 64 * other + 64)),
  'replaces a ballot': (output, at) => replaced(output, 64 * at, ciphertexts(1)),
  're-marks a ballot': (output, at) =>
    replaced(output, 64 * at + 32, group.add(output.slice(64 * at + 32, 64 * at + 64), randomPoint())),
  'exchanges halves': (output, at, other) =>
    replaced(
      replaced(output, 64 * at, output.slice(64 * other, 64 * other + 32)),
      64 * other,
      output.slice(64 * at, 64 * at + 32),
    ),
}

test('every honest shuffle of any size verifies, and no lie about any ballot does', async () => {
  const input = fc.record({
    count: fc.integer({ min: 2, max: 9 }),
    at: fc.nat(),
    step: fc.nat(),
    lie: fc.constantFrom(...Object.keys(LIES)),
    isProvedAfter: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(input, async ({ count, at, step, lie, isProvedAfter }) => {
      const { statement, witness, proof } = await proven(count)
      expect((await verifyShuffle(batch, statement, proof)).ok).toBe(true)
      const first = at % count
      const other = (first + 1 + (step % (count - 1))) % count
      const change = LIES[lie] as (typeof LIES)[string]
      const changed = { ...statement, output: change(statement.output, first, other) }
      const claimed = isProvedAfter ? await proveShuffle(batch, random, changed, witness) : proof
      expect((await verifyShuffle(batch, changed, claimed)).ok).toBe(false)
    }),
    { numRuns: 60 },
  )
})

test('lengths, non-canonical scalars, invalid elements and the identity are refused by name', async () => {
  const { statement, proof } = await proven(2)
  const error = async (change: Partial<ShuffleStatement>, bytes = proof): Promise<string> => {
    const result = await verifyShuffle(batch, { ...statement, ...change }, bytes)
    return result.ok ? 'accepted' : result.error
  }
  expect(await error({}, proof.slice(1))).toBe('shuffle-proof-length')
  expect(await error({}, concatBytes(proof, Uint8Array.of(0)))).toBe('shuffle-proof-length')
  expect(await error({ input: new Uint8Array(0), output: new Uint8Array(0) })).toBe('shuffle-empty')
  expect(await error({ output: statement.output.slice(64) })).toBe('shuffle-count')
  expect(await error({ output: replaced(statement.output, 0, new Uint8Array(32)) })).toBe('shuffle-identity')
  expect(await error({ input: replaced(statement.input, 0, new Uint8Array(32).fill(0xff)) })).toBe(
    'shuffle-element',
  )
  const sAt = proof.length - 32
  const s = (readScalars(proof.slice(sAt)) as bigint[])[0] as bigint
  const unreduced = new Uint8Array(32)
  new DataView(unreduced.buffer).setBigUint64(0, BigInt.asUintN(64, s + ORDER), true)
  for (let word = 1; word < 4; word++) {
    new DataView(unreduced.buffer).setBigUint64(
      8 * word,
      BigInt.asUintN(64, (s + ORDER) >> BigInt(64 * word)),
      true,
    )
  }
  expect(await error({}, replaced(proof, sAt, unreduced))).toBe('shuffle-scalar')
})

test('random bytes in place of a proof are refused and never throw', async () => {
  const { statement } = await proven(2)
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 0, maxLength: 700 }), async (bytes) => {
      expect((await verifyShuffle(batch, statement, bytes)).ok).toBe(false)
    }),
    { numRuns: 200 },
  )
})

test('scalars written and read again are the same', async () => {
  const values = [0n, 1n, ORDER - 1n, 2n ** 128n]
  expect(readScalars(writeScalars(values))).toEqual(values)
  expect(readScalars(sha512(Uint8Array.of(1)).fill(0xff))).toBeNull()
})
