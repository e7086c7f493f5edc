import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addScalars,
  decodeScalar,
  encodeScalar,
  invertScalar,
  isCanonicalScalar,
  multiplyScalars,
  negateScalar,
  ORDER,
  randomScalar,
  reduceWide,
} from './scalar.ts'

const anyScalar = fc.bigInt({ min: 0n, max: ORDER - 1n })

test('the order is that of RFC 9496 section 4.4, little-endian', () => {
  const last = encodeScalar(ORDER - 1n)
  expect([...last.slice(0, 4)]).toEqual([0xec, 0xd3, 0xf5, 0x5c])
  expect(last[31]).toBe(0x10)
})

test('encoding and decoding are inverse', () => {
  fc.assert(
    fc.property(anyScalar, (value) => {
      expect(decodeScalar(encodeScalar(value))).toBe(value)
    }),
  )
})

test('only values below the order are canonical', () => {
  const order = encodeScalar(ORDER - 1n)
  order[0] = (order[0] as number) + 1
  expect(isCanonicalScalar(encodeScalar(ORDER - 1n))).toBe(true)
  expect(isCanonicalScalar(order)).toBe(false)
  expect(isCanonicalScalar(new Uint8Array(32).fill(0xff))).toBe(false)
  expect(isCanonicalScalar(new Uint8Array(31))).toBe(false)
  expect(() => decodeScalar(order)).toThrow(/canonical/)
  expect(() => encodeScalar(ORDER)).toThrow(RangeError)
  expect(() => encodeScalar(-1n)).toThrow(RangeError)
})

test('sums, products, negatives and inverses follow the field', () => {
  fc.assert(
    fc.property(anyScalar, anyScalar, (a, b) => {
      const [x, y] = [encodeScalar(a), encodeScalar(b)]
      expect(decodeScalar(addScalars(x, y))).toBe((a + b) % ORDER)
      expect(decodeScalar(multiplyScalars(x, y))).toBe((a * b) % ORDER)
      expect(decodeScalar(addScalars(x, negateScalar(x)))).toBe(0n)
      if (a !== 0n) expect(decodeScalar(multiplyScalars(x, invertScalar(x)))).toBe(1n)
    }),
  )
  expect(() => invertScalar(encodeScalar(0n))).toThrow(RangeError)
})

test('wide reduction takes 64 bytes modulo the order', () => {
  const all = new Uint8Array(64).fill(0xff)
  expect(decodeScalar(reduceWide(all))).toBe((2n ** 512n - 1n) % ORDER)
  expect(() => reduceWide(new Uint8Array(32))).toThrow(RangeError)
})

test('a random scalar is never zero', () => {
  const draws = [new Uint8Array(64), new Uint8Array(64).fill(1)]
  expect(randomScalar(() => draws.shift() as Uint8Array)).toEqual(reduceWide(new Uint8Array(64).fill(1)))
})
