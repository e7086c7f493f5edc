import { expect, test } from 'vitest'
import { fromHex, toHex } from '../bytes.ts'
import { expectOk } from '../result.ts'
import { x25519PublicKey, x25519SharedSecret } from './x25519.ts'

const alice = fromHex('77076d0a7318a57d3c16c17251b26645df4c2f92ebc099e2dbd9d1d6e0d9a5b5'.slice(0, 62) + '2a')
const bob = fromHex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb')

test('two parties agree on one secret', () => {
  const [a, b] = [x25519PublicKey(alice), x25519PublicKey(bob)]
  expect(toHex(b)).toBe('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')
  expect(expectOk(x25519SharedSecret(alice, b))).toEqual(expectOk(x25519SharedSecret(bob, a)))
})

test('a peer key of small order is refused', () => {
  for (const low of ['00'.repeat(32), `01${'00'.repeat(31)}`]) {
    expect(x25519SharedSecret(alice, fromHex(low))).toEqual({ ok: false, error: 'low-order-point' })
  }
})

test('wrong lengths are a bug', () => {
  expect(() => x25519SharedSecret(alice.subarray(1), bob)).toThrow(/"secret"/)
  expect(() => x25519SharedSecret(alice, bob.subarray(1))).toThrow(/"peerPublic"/)
})
