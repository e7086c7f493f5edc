import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromHex, toHex, utf8 } from '../../bytes.ts'
import { expectOk } from '../../result.ts'
import { crc32 } from './crc32.ts'
import { type DownMessage, encodeDown, encodeUp, parseDown, parseUp, type UpMessage } from './messages.ts'
import { fcnOf, MAX_TILES, tilePosition, windowOf } from './profile.ts'

const bits = (text: string): boolean[] => [...text.padEnd(63, '1')].map((bit) => bit === '1')

test('the check sequence is the CRC-32 of zlib, also in pieces', () => {
  expect(crc32(utf8('123456789'))).toBe(0xcbf43926)
  expect(crc32(new Uint8Array(0))).toBe(0)
  expect(crc32(utf8('6789'), crc32(utf8('12345')))).toBe(0xcbf43926)
})

test('a position is a window and an FCN that counts down', () => {
  expect([tilePosition(0, 62), tilePosition(0, 0), tilePosition(3, 17)]).toEqual([0, 62, 3 * 63 + 45])
  for (let at = 0; at < MAX_TILES; at++) expect(tilePosition(windowOf(at), fcnOf(at))).toBe(at)
})

// The bytes after the rule id in the unit tests of PySCHC (MIT), an independent implementation.
test.each<[string, string, UpMessage]>([
  [
    'a regular fragment',
    `d1${toHex(utf8('HelloWorld'))}`,
    { type: 'regular', position: tilePosition(3, 17), payload: utf8('HelloWorld') },
  ],
  [
    'an All-1 without a tile',
    'bfacde3214',
    { type: 'all-1', window: 2, rcs: 0xacde3214, tile: new Uint8Array(0) },
  ],
  ['an ACK REQ', '40', { type: 'ack-req', window: 1 }],
  ['a Sender-Abort', 'ff', { type: 'sender-abort' }],
])('%s has the bytes others write', (_name, hex, message) => {
  expect(toHex(encodeUp(message))).toBe(hex)
  expect(expectOk(parseUp(fromHex(hex)))).toEqual(message)
})

test.each<[string, string, DownMessage]>([
  ['success', '60', { type: 'ack-complete', window: 1 }],
  ['a bitmap', '57', { type: 'ack-missing', window: 1, bitmap: bits('10111') }],
  ['a Receiver-Abort', 'ffff', { type: 'receiver-abort' }],
])('an answer, %s, has the bytes others write', (_name, hex, message) => {
  expect(toHex(encodeDown(message))).toBe(hex)
  expect(expectOk(parseDown(fromHex(hex)))).toEqual(message)
})

test('a bitmap loses its trailing ones back to a byte boundary', () => {
  const lengths = Array.from({ length: 63 }, (_, gap) => {
    const bitmap = bits('')
    bitmap[gap] = false
    return encodeDown({ type: 'ack-missing', window: 0, bitmap }).length
  })
  // 5, 13, 21 … 61 bits fit 1 … 8 bytes with the three bits before them; the 63rd needs a ninth.
  expect(lengths).toEqual(Array.from({ length: 63 }, (_, gap) => Math.ceil((gap + 4) / 8)))
  expect(toHex(encodeDown({ type: 'ack-missing', window: 2, bitmap: bits('') }))).toBe('9f')
  const none = bits('').map(() => false)
  expect(toHex(encodeDown({ type: 'ack-missing', window: 3, bitmap: none }))).toBe('c00000000000000000')
})

test.each([
  ['', 'fragment-empty'],
  ['15', 'fragment-length'],
  ['3f', 'fragment-length'],
  ['3f000000', 'fragment-length'],
  [`3f00000000${'aa'.repeat(11)}`, 'fragment-length'],
  [`c0${'aa'.repeat(11)}`, 'fragment-window'],
])('the uplink %s is refused: %s', (hex, error) => {
  expect(parseUp(fromHex(hex))).toMatchObject({ ok: false, error })
})

test.each([
  ['', 'ack-length'],
  ['0000000000000000000000', 'ack-length'],
  ['2000', 'ack-length'],
  ['fffe', 'ack-length'],
  ['21', 'ack-padding'],
  ['ff', 'ack-padding'],
  ['000000000000000001', 'ack-padding'],
])('the downlink %s is refused: %s', (hex, error) => {
  expect(parseDown(fromHex(hex))).toMatchObject({ ok: false, error })
})

test('fields out of range are not written', () => {
  const payload = new Uint8Array(11)
  expect(() => encodeUp({ type: 'regular', position: 251, payload })).toThrow(RangeError)
  expect(() => encodeUp({ type: 'regular', position: 0, payload: new Uint8Array(0) })).toThrow(RangeError)
  expect(() => encodeUp({ type: 'all-1', window: 0, rcs: 0, tile: payload })).toThrow(RangeError)
  expect(() => encodeUp({ type: 'ack-req', window: 4 })).toThrow(RangeError)
  expect(() => encodeDown({ type: 'ack-missing', window: 0, bitmap: [true] })).toThrow(RangeError)
})

const anyBytes = fc.uint8Array({ maxLength: 60 })

test('whatever bytes come up are read or refused, and what is read is written as it came', () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const parsed = parseUp(bytes)
      if (parsed.ok) expect(encodeUp(parsed.value)).toEqual(bytes)
    }),
  )
})

test('whatever bytes come down are read or refused, and a bitmap means the same when it is written again', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      const parsed = parseDown(bytes)
      if (!parsed.ok) return
      const again = encodeDown(parsed.value)
      expect(again.length).toBeLessThanOrEqual(bytes.length)
      expect(parseDown(again)).toEqual(parsed)
    }),
  )
})

test('every bitmap comes back as it was', () => {
  const bitmap = fc.array(fc.boolean(), { minLength: 63, maxLength: 63 })
  fc.assert(
    fc.property(fc.nat(3), bitmap, (window, list) => {
      const message: DownMessage = { type: 'ack-missing', window, bitmap: list }
      expect(expectOk(parseDown(encodeDown(message)))).toEqual(message)
    }),
  )
})
