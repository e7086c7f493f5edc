import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromHex } from '../bytes.ts'
import type { Group } from '../group/group.ts'
import { nobleGroup } from '../group/noble.ts'
import { encodeScalar, randomScalar } from '../group/scalar.ts'
import { createSodiumGroup } from '../group/sodium.ts'
import { expectOk } from '../result.ts'
import { counterRandom } from '../testing/counter-random.ts'
import { decryptWithSecret, encrypt } from './elgamal.ts'
import { decodePoint, encodePoint } from './encoding.ts'

const sodium = await createSodiumGroup()
const thirty = fc.uint8Array({ minLength: 30, maxLength: 30 })

test('any 30 bytes become an element and come back, the same in both groups', () => {
  fc.assert(
    fc.property(thirty, (bytes) => {
      const point = encodePoint(sodium, bytes)
      expect(nobleGroup.isElement(point)).toBe(true)
      expect(expectOk(decodePoint(sodium, point))).toEqual(bytes)
    }),
  )
  expect(encodePoint(nobleGroup, fromHex('02'.repeat(30)))).toEqual(
    encodePoint(sodium, fromHex('02'.repeat(30))),
  )
})

test('an element that the encoder would not have made is refused, so that no bits are left for a mark', () => {
  const bytes = fromHex('02'.repeat(30))
  const point = encodePoint(sodium, bytes)
  let others = 0
  for (let low = 0; low < 256; low += 2) {
    const other = point.slice()
    other[0] = low
    if (low === point[0] || !sodium.isElement(other)) continue
    others++
    expect(decodePoint(sodium, other)).toEqual({ ok: false, error: 'not-a-plaintext-point' })
  }
  expect(others).toBeGreaterThan(10)
  expect(decodePoint(sodium, point.subarray(1)).ok).toBe(false)
})

test('at least 32 candidates are tried, however early one decodes', () => {
  let tries = 0
  const counting: Group = { ...sodium, isElement: (encoded) => ++tries > 0 && sodium.isElement(encoded) }
  for (let i = 0; i < 20; i++) {
    tries = 0
    encodePoint(counting, new Uint8Array(30).fill(i + 1))
    expect(tries).toBeGreaterThanOrEqual(32)
  }
})

test('ElGamal decrypts to the encrypted element', () => {
  const random = counterRandom('elgamal')
  for (const group of [sodium, nobleGroup]) {
    const [secret, r] = [randomScalar(random), randomScalar(random)]
    const message = encodePoint(group, random(30))
    const ciphertext = encrypt(group, group.multiplyBase(secret), message, r)
    expect(decryptWithSecret(group, secret, ciphertext)).toEqual(message)
    expect(decryptWithSecret(group, encodeScalar(1n), ciphertext)).not.toEqual(message)
  }
})
