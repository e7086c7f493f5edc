import { fromHex, toHex } from '@hanpyo/protocol/bytes.ts'
import { expect, test } from 'vitest'
import { AesKey } from './aes.ts'

const KEY = fromHex('2b7e151628aed2a6abf7158809cf4f3c')
const MESSAGE = fromHex(
  '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51' +
    '30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
)

test.each([
  [0, 'bb1d6929e95937287fa37d129b756746'],
  [16, '070a16b46b4d4144f79bdd9dd04a287c'],
  [40, 'dfa66747de9ae63030ca32611497c827'],
  [64, '51f0bebf7e3b9d92fc49741779363cfe'],
])('AES-CMAC of %i bytes is the one of RFC 4493', (length, expected) => {
  expect(toHex(new AesKey(KEY).cmac(MESSAGE.subarray(0, length)))).toBe(expected)
})

test('a key of another length is refused by name', () => {
  expect(() => new AesKey(new Uint8Array(15))).toThrow('"key" has 15 bytes')
})
