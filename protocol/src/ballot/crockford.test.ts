import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeCrockford, parseCrockford } from './crockford.ts'

test('bits go most significant first, five to a character', () => {
  expect(encodeCrockford(Uint8Array.of(0b00001_000, 0b10_00011_0), 3)).toBe('123')
  expect(encodeCrockford(new Uint8Array(16).fill(0xff), 26)).toBe('ZZZZZZZZZZZZZZZZZZZZZZZZZW')
})

test('any 16 bytes come back, in any case and with look-alikes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const text = encodeCrockford(bytes, 26)
      expect(parseCrockford(text, 16)).toEqual(bytes)
      expect(parseCrockford(text.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l'), 16)).toEqual(bytes)
    }),
  )
})

test('other lengths, other characters and padding that is not zero are refused', () => {
  const text = encodeCrockford(new Uint8Array(16), 26)
  for (const wrong of ['', text.slice(1), `${text}0`, `U${text.slice(1)}`, `-${text.slice(1)}`]) {
    expect(parseCrockford(wrong, 16)).toBeNull()
  }
  for (const last of ['1', '2', '3']) expect(parseCrockford(text.slice(0, 25) + last, 16)).toBeNull()
})

test('asking for more characters than there are bits is a bug', () => {
  expect(() => encodeCrockford(new Uint8Array(2), 5)).toThrow(RangeError)
})
