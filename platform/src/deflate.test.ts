import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { expect, test } from 'vitest'
import { rawDeflate } from './deflate.ts'

const dictionary = utf8('the quick brown fox')
const deflated = rawDeflate.deflate(utf8('a quick brown fox'), dictionary)

test('what was deflated comes back with the same dictionary', () => {
  expect(rawDeflate.inflate(deflated, dictionary, 100)).toEqual(utf8('a quick brown fox'))
  expect(deflated.length).toBeLessThan(17)
})

test('exactly the bound is allowed, one byte more is not, however small the input is', () => {
  expect(rawDeflate.inflate(deflated, dictionary, 17)?.length).toBe(17)
  expect(rawDeflate.inflate(deflated, dictionary, 16)).toBeNull()
  const bomb = rawDeflate.deflate(new Uint8Array(1 << 24), dictionary)
  expect(rawDeflate.inflate(bomb, dictionary, 4000)).toBeNull()
})

test('a stream that ends early, goes on too long or is none gives null', () => {
  expect(rawDeflate.inflate(deflated.subarray(0, -1), dictionary, 100)).toBeNull()
  expect(rawDeflate.inflate(Uint8Array.of(...deflated, 0), dictionary, 100)).toBeNull()
  expect(rawDeflate.inflate(new Uint8Array(0), dictionary, 100)).toBeNull()
  expect(rawDeflate.inflate(utf8('no deflate'), dictionary, 100)).toBeNull()
})
