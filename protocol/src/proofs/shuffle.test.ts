import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { concatBytes } from '../bytes.ts'
import type { Group } from '../group/group.ts'
import { createMsm } from '../group/msm.ts'
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
const msm = createMsm()
let group: Group
let publicKey: Uint8Array

beforeAll(async () => {
  group = await createSodiumGroup()
  publicKey = group.multiplyBase(randomScalar(random))
})

function randomPoint(): Uint8Array {
  return group.fromUniformBytes(random(64))
}

function ciphertexts(count: number): Uint8Array {
  return concatBytes(...Array.from({ length: 2 * count }, randomPoint))
}

function proven(count: number, context = Uint8Array.of(1, 2, 3)) {
  const input = ciphertexts(count)
  const { output, witness } = shuffle(group, random, publicKey, input)
  const generators = deriveGenerators(group, 'test', count)
  const statement: ShuffleStatement = { context, publicKey, input, output, generators }
  return { statement, witness, proof: proveShuffle(group, msm, random, statement, witness) }
}

function replaced(bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array {
  const out = bytes.slice()
  out.set(part, at)
  return out
}

test.each([1, 2, 3, 17, 40])('a proof for %i ciphertexts has 160 N + 288 bytes and verifies', (count) => {
  const { statement, proof } = proven(count)
  expect(proof.length).toBe(shuffleProofLength(count))
  expect(verifyShuffle(msm, statement, proof)).toEqual({ ok: true, value: null })
})

test('noble and libsodium make proofs that verify alike', () => {
  const input = ciphertexts(3)
  const { output, witness } = shuffle(nobleGroup, random, publicKey, input)
  const statement = {
    context: Uint8Array.of(9),
    publicKey,
    input,
    output,
    generators: deriveGenerators(nobleGroup, 'x', 3),
  }
  expect(statement.generators).toEqual(deriveGenerators(group, 'x', 3))
  expect(verifyShuffle(msm, statement, proveShuffle(nobleGroup, msm, random, statement, witness)).ok).toBe(
    true,
  )
})

test('the same plaintext in every ciphertext is no obstacle', () => {
  const one = ciphertexts(1)
  const input = concatBytes(one, one, one, one)
  const { output, witness } = shuffle(group, random, publicKey, input)
  const statement = {
    context: new Uint8Array(0),
    publicKey,
    input,
    output,
    generators: deriveGenerators(group, 'x', 4),
  }
  expect(verifyShuffle(msm, statement, proveShuffle(group, msm, random, statement, witness)).ok).toBe(true)
})

test('every flipped bit of a proof is refused', () => {
  const { statement, proof } = proven(2)
  for (let at = 0; at < proof.length; at++) {
    const changed = replaced(proof, at, Uint8Array.of((proof[at] as number) ^ (1 << (at % 8))))
    expect([at, verifyShuffle(msm, statement, changed).ok]).toEqual([at, false])
  }
})

test('a proof holds for its own context, key, label, inputs and outputs only', () => {
  const { statement, proof } = proven(4)
  const other = proven(4)
  const point = randomPoint()
  const wrong: Partial<ShuffleStatement>[] = [
    { context: Uint8Array.of(1, 2, 4) },
    { publicKey: point },
    { generators: deriveGenerators(group, 'other label', 4) },
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
    expect(verifyShuffle(msm, { ...statement, ...change }, proof).ok).toBe(false)
  }
})

test('a mixer that drops, duplicates or replaces a ballot cannot prove it', () => {
  const { statement, witness } = proven(5)
  const [first, second] = [statement.output.slice(0, 64), statement.output.slice(64, 128)]
  const cheats = [
    replaced(statement.output, 64, first),
    replaced(statement.output, 0, second),
    replaced(statement.output, 0, ciphertexts(1)),
  ]
  for (const output of cheats) {
    const lie = { ...statement, output }
    expect(verifyShuffle(msm, lie, proveShuffle(group, msm, random, lie, witness)).ok).toBe(false)
  }
  const twice = { ...witness, permutation: Uint32Array.from([0, 0, 1, 2, 3]) }
  expect(verifyShuffle(msm, statement, proveShuffle(group, msm, random, statement, twice)).ok).toBe(false)
})

test('lengths, non-canonical scalars, invalid elements and the identity are refused by name', () => {
  const { statement, proof } = proven(2)
  const error = (change: Partial<ShuffleStatement>, bytes = proof): string => {
    const result = verifyShuffle(msm, { ...statement, ...change }, bytes)
    return result.ok ? 'accepted' : result.error
  }
  expect(error({}, proof.slice(1))).toBe('shuffle-proof-length')
  expect(error({}, concatBytes(proof, Uint8Array.of(0)))).toBe('shuffle-proof-length')
  expect(error({ input: new Uint8Array(0), output: new Uint8Array(0) })).toBe('shuffle-empty')
  expect(error({ output: statement.output.slice(64) })).toBe('shuffle-count')
  expect(error({ output: replaced(statement.output, 0, new Uint8Array(32)) })).toBe('shuffle-identity')
  expect(error({ input: replaced(statement.input, 0, new Uint8Array(32).fill(0xff)) })).toBe(
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
  expect(error({}, replaced(proof, sAt, unreduced))).toBe('shuffle-scalar')
})

test('random bytes in place of a proof are refused and never throw', () => {
  const { statement } = proven(2)
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 700 }), (bytes) => {
      expect(verifyShuffle(msm, statement, bytes).ok).toBe(false)
    }),
    { numRuns: 200 },
  )
})

test('scalars written and read again are the same', () => {
  const values = [0n, 1n, ORDER - 1n, 2n ** 128n]
  expect(readScalars(writeScalars(values))).toEqual(values)
  expect(readScalars(sha512(Uint8Array.of(1)).fill(0xff))).toBeNull()
})
