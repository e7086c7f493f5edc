import { expect, test } from 'vitest'
import { fromHex, toHex } from '../bytes.ts'
import { expectOk } from '../result.ts'
import { x25519PublicKey, x25519SharedSecret } from './x25519.ts'

const alice = fromHex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a')
const bob = fromHex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb')

test('two parties agree on the secret of RFC 7748 section 6.1', () => {
  const [a, b] = [x25519PublicKey(alice), x25519PublicKey(bob)]
  expect(toHex(a)).toBe('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
  expect(toHex(b)).toBe('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')
  const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'
  expect(toHex(expectOk(x25519SharedSecret(alice, b)))).toBe(shared)
  expect(toHex(expectOk(x25519SharedSecret(bob, a)))).toBe(shared)
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
