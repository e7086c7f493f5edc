import fc from 'fast-check'
import { expect, test } from 'vitest'
import { equalBytes } from '../bytes.ts'
import { nobleGroup } from '../group/noble.ts'
import { expectOk } from '../result.ts'
import { counterRandom } from '../testing/counter-random.ts'
import { deriveCredential, deriveSupportKey, parseSlip, slipText } from './slip.ts'

const seeds = fc.uint8Array({ minLength: 16, maxLength: 16 })
const seed = counterRandom('slip.test')(16)

test('a printed slip is read back, whatever the scanner does to case and space', () => {
  fc.assert(
    fc.property(seeds, (anySeed) => {
      const text = slipText(anySeed)
      expect(text).toMatch(/^HP1[0-9A-HJKMNP-TV-Z]{30}$/)
      expect(expectOk(parseSlip(text))).toEqual(anySeed)
      expect(expectOk(parseSlip(` ${text.toLowerCase()}\r\n`))).toEqual(anySeed)
    }),
  )
})

test('changing any one character to any other never yields another seed', () => {
  const text = slipText(seed)
  for (let i = 0; i < text.length; i++) {
    for (let code = 0x20; code < 0x7f; code++) {
      const changed = text.slice(0, i) + String.fromCharCode(code) + text.slice(i + 1)
      const parsed = parseSlip(changed)
      if (parsed.ok) expect(equalBytes(parsed.value, seed), changed).toBe(true)
      else expect(parsed.error).toMatch(/^slip-(damaged|not-ours|two-part)$/)
    }
  }
})

test('look-alikes typed by hand are read as meant', () => {
  const zeros = slipText(new Uint8Array(16))
  const typed = `HP1${zeros.slice(3).replaceAll('0', 'o').replaceAll('1', 'I')}`
  expect(expectOk(parseSlip(typed))).toEqual(new Uint8Array(16))
})

test.each([
  ['', 'slip-not-ours'],
  ['https://example.org/menu', 'slip-not-ours'],
  ['HP3ABCDEFGHJKMNPQRSTVWXYZ0123456789', 'slip-not-ours'],
  ['HP2ABCDEFGHJKMNPQRSTVWXYZ0123456789', 'slip-two-part'],
  ['HP1', 'slip-damaged'],
  [slipText(seed).slice(0, -1), 'slip-damaged'],
  [`${slipText(seed)}0`, 'slip-damaged'],
  [`HP1${'한'.repeat(30)}`, 'slip-damaged'],
])('%j is %s', (text, error) => {
  expect(parseSlip(text)).toMatchObject({ ok: false, error })
})

test('credential and support key differ from each other, between elections and between seeds', () => {
  const keys = [
    deriveCredential(nobleGroup, seed, 'example.org/a'),
    deriveSupportKey(nobleGroup, seed, 'example.org/a'),
    deriveCredential(nobleGroup, seed, 'example.org/b'),
    deriveCredential(nobleGroup, new Uint8Array(16), 'example.org/a'),
  ]
  expect(new Set(keys.map(({ publicKey }) => publicKey.join())).size).toBe(4)
  for (const { secret, publicKey } of keys) expect(nobleGroup.multiplyBase(secret)).toEqual(publicKey)
  expect(deriveCredential(nobleGroup, seed, 'example.org/a')).toEqual(keys[0])
})

test('a seed of a wrong length is a bug', () => {
  expect(() => slipText(new Uint8Array(15))).toThrow(/"seed"/)
  expect(() => deriveCredential(nobleGroup, new Uint8Array(17), 'example.org/a')).toThrow(/"seed"/)
})
