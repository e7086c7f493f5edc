import { expect, test } from 'vitest'
import { concatBytes, toHex, utf8 } from '../bytes.ts'
import { sha512_256 } from '../hash.ts'
import { recordId } from './record-id.ts'

test('a record id is the tagged SHA-512/256 of the whole datagram', () => {
  const datagram = Uint8Array.of(0x12, 1, 2, 3)
  const expected = sha512_256(concatBytes(Uint8Array.of(19), utf8('hanpyo/record-id/v1'), datagram))
  expect(toHex(recordId(datagram))).toBe(toHex(expected))
})

test('the kind byte is part of the id, so that a manifest and a challenged ballot never share one', () => {
  expect(recordId(Uint8Array.of(0x11, 9))).not.toEqual(recordId(Uint8Array.of(0x12, 9)))
})
