import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { concatBytes, fromHex, toHex } from '../bytes.ts'
import { counterRandom } from '../testing/counter-random.ts'
import type { Group } from './group.ts'
import { nobleGroup } from './noble.ts'
import { addScalars, encodeScalar, multiplyScalars, ORDER, randomScalar, reduceWide } from './scalar.ts'
import { createSodiumGroup } from './sodium.ts'

interface RistrettoVectors {
  readonly multiplesOfGenerator: string[]
  readonly invalidEncodings: { reason: string; encoding: string }[]
  readonly fromUniformBytes: { uniform: string; element: string }[]
}

const vectors = JSON.parse(
  readFileSync(new URL('../../../docs/vectors/ristretto255.json', import.meta.url), 'utf8'),
) as RistrettoVectors

const IDENTITY = new Uint8Array(32)
const groups: Record<Group['name'], Group> = { noble: nobleGroup, libsodium: nobleGroup }

beforeAll(async () => {
  groups.libsodium = await createSodiumGroup()
})

describe.each(['noble', 'libsodium'] as const)('the %s group', (name) => {
  test('gives the multiples of the generator of RFC 9496 A.1, by product and by sum', () => {
    const group = groups[name]
    const generator = group.multiplyBase(encodeScalar(1n))
    let sum: Uint8Array = IDENTITY
    for (const [k, expected] of vectors.multiplesOfGenerator.entries()) {
      expect(toHex(group.multiplyBase(encodeScalar(BigInt(k))))).toBe(expected)
      expect(toHex(group.multiply(encodeScalar(BigInt(k)), generator))).toBe(expected)
      expect(toHex(sum)).toBe(expected)
      expect(group.isElement(fromHex(expected))).toBe(true)
      sum = group.add(sum, generator)
    }
  })

  test('refuses every invalid encoding of RFC 9496 A.2', () => {
    const group = groups[name]
    for (const { reason, encoding } of vectors.invalidEncodings) {
      expect(group.isElement(fromHex(encoding)), `${reason}: ${encoding}`).toBe(false)
      expect(() => group.add(fromHex(encoding), IDENTITY)).toThrow()
      expect(() => group.multiply(encodeScalar(2n), fromHex(encoding))).toThrow()
    }
  })

  test('derives the elements of RFC 9496 A.3 from uniform bytes', () => {
    for (const { uniform, element } of vectors.fromUniformBytes) {
      expect(toHex(groups[name].fromUniformBytes(fromHex(uniform)))).toBe(element)
    }
  })

  test('answers with the identity where a product is the identity', () => {
    const group = groups[name]
    const generator = group.multiplyBase(encodeScalar(1n))
    expect(group.multiplyBase(encodeScalar(0n))).toEqual(IDENTITY)
    expect(group.multiply(encodeScalar(0n), generator)).toEqual(IDENTITY)
    expect(group.multiply(encodeScalar(7n), IDENTITY)).toEqual(IDENTITY)
    expect(group.subtract(generator, generator)).toEqual(IDENTITY)
    expect(group.isElement(IDENTITY)).toBe(true)
  })

  test('throws for unreduced scalars and for wrong lengths', () => {
    const group = groups[name]
    const generator = group.multiplyBase(encodeScalar(1n))
    const unreduced = addInteger(ORDER, 5n)
    for (const scalar of [unreduced, new Uint8Array(32).fill(0xff), new Uint8Array(31), new Uint8Array(33)]) {
      expect(() => group.multiplyBase(scalar)).toThrow(RangeError)
      expect(() => group.multiply(scalar, generator)).toThrow(RangeError)
    }
    expect(group.isElement(new Uint8Array(31))).toBe(false)
    expect(group.isElement(concatBytes(generator, Uint8Array.of(0)))).toBe(false)
    expect(() => group.fromUniformBytes(new Uint8Array(63))).toThrow(RangeError)
  })
})

const random = counterRandom('group.test')
const scalar = fc.oneof(
  fc.constantFrom(0n, 1n, 2n, 2n ** 128n - 1n, ORDER - 2n, ORDER - 1n).map(encodeScalar),
  fc.uint8Array({ minLength: 64, maxLength: 64 }).map(reduceWide),
)
const element = fc.oneof(
  fc.constantFrom(IDENTITY, fromHex(vectors.multiplesOfGenerator[1] as string)),
  fc.uint8Array({ minLength: 64, maxLength: 64 }).map((uniform) => nobleGroup.fromUniformBytes(uniform)),
)

test('both groups agree on every operation over random and edge inputs', () => {
  const { noble, libsodium } = groups
  fc.assert(
    fc.property(scalar, element, element, (k, p, q) => {
      expect(libsodium.add(p, q)).toEqual(noble.add(p, q))
      expect(libsodium.subtract(p, q)).toEqual(noble.subtract(p, q))
      expect(libsodium.multiply(k, p)).toEqual(noble.multiply(k, p))
      expect(libsodium.multiplyBase(k)).toEqual(noble.multiplyBase(k))
    }),
    { numRuns: 60 },
  )
})

test('both groups agree on which of random and nearly valid bytes are elements', () => {
  const { noble, libsodium } = groups
  const nearly = fc.tuple(element, fc.nat(31), fc.nat(255)).map(([point, i, mask]) => {
    const changed = point.slice()
    changed[i] = (changed[i] as number) ^ mask
    return changed
  })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), nearly), (bytes) => {
      expect(libsodium.isElement(bytes)).toBe(noble.isElement(bytes))
    }),
    { numRuns: 300 },
  )
})

test('random scalars are reduced and differ', () => {
  expect(randomScalar(random)).not.toEqual(randomScalar(random))
})

function addInteger(a: bigint, b: bigint): Uint8Array {
  let left = a + b
  return Uint8Array.from({ length: 32 }, () => {
    const byte = Number(left & 0xffn)
    left >>= 8n
    return byte
  })
}

test('libsodium answers a challenge with the same scalar as the integers do', () => {
  const random = counterRandom('respond')
  for (let i = 0; i < 20; i++) {
    const [nonce, challenge, secret] = [randomScalar(random), randomScalar(random), randomScalar(random)]
    const expected = addScalars(nonce, multiplyScalars(challenge, secret))
    expect(groups.libsodium.respond?.(nonce, challenge, secret)).toEqual(expected)
  }
})
