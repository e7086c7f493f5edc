import { expect, test } from 'vitest'
import { utf8 } from '../bytes.ts'
import { expectOk } from '../result.ts'
import { counterRandom } from '../testing/counter-random.ts'
import { createSealer } from './seal.ts'

const random = counterRandom('seal.test')
const sealer = await createSealer()
const cost = { passes: 1, memoryKiB: 8 }

test('what was sealed opens with the same key, nonce and associated text, and with nothing else', () => {
  const [key, nonce, about, secret] = [random(32), random(24), utf8('about'), random(50)]
  const sealed = sealer.seal(key, nonce, secret, about)
  expect(expectOk(sealer.open(key, nonce, sealed, about))).toEqual(secret)
  const flipped = sealed.slice()
  flipped[7] = (flipped[7] as number) ^ 1
  const broken = { ok: false, error: 'seal-broken' }
  expect(sealer.open(key, nonce, flipped, about)).toEqual(broken)
  expect(sealer.open(key, nonce, sealed.subarray(1), about)).toEqual(broken)
  expect(sealer.open(key, nonce, new Uint8Array(3), about)).toEqual(broken)
  expect(sealer.open(key, random(24), sealed, about)).toEqual(broken)
  expect(sealer.open(random(32), nonce, sealed, about)).toEqual(broken)
  expect(sealer.open(key, nonce, sealed, utf8('else'))).toEqual(broken)
})

test('a key depends on passphrase, salt and cost, and not on how an accent was typed', () => {
  const salt = random(16)
  const key = sealer.passphraseKey('열쇠 é', salt, cost)
  expect(sealer.passphraseKey('열쇠 e\u0301', salt, cost)).toEqual(key)
  expect(sealer.passphraseKey('열쇠 e', salt, cost)).not.toEqual(key)
  expect(sealer.passphraseKey('열쇠 é', random(16), cost)).not.toEqual(key)
  expect(sealer.passphraseKey('열쇠 é', salt, { ...cost, passes: 2 })).not.toEqual(key)
})
