import { utf8 } from '@hanpyo/protocol/bytes.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HID_POS_DESCRIPTOR, HidPosDecoder } from './hid-pos.ts'

const SLIP = 'HP10123456789ABCDEFGHJKMNPQRSTV4XYZ'

/** The reports a scanner sends for one code: 56 bytes in each, the flag says that more follows. */
function reportsOf(text: string): Uint8Array[] {
  const data = utf8(text)
  const count = Math.max(1, Math.ceil(data.length / 56))
  return Array.from({ length: count }, (_, at) => {
    const piece = data.subarray(at * 56, (at + 1) * 56)
    const report = new Uint8Array(64)
    report.set([2, piece.length, ...utf8(']Q1')])
    report.set(piece, 5)
    report[63] = at < count - 1 ? 1 : 0
    return report
  })
}

function decode(decoder: HidPosDecoder, reports: readonly Uint8Array[], atMs = 0): string[] {
  return reports.flatMap((report) => decoder.push(report, atMs))
}

test.each([
  ['with its descriptor', HID_POS_DESCRIPTOR],
  ['without one', undefined],
  ['with one that says nothing of scanning', Uint8Array.of(0x05, 0x01, 0x09, 0x02)],
])('a slip is read from a scanner %s, without the symbology identifier', (_, descriptor) => {
  expect(decode(new HidPosDecoder(descriptor), reportsOf(SLIP))).toEqual([SLIP])
})

test('a code of several reports is put together, the next one is apart', () => {
  const decoder = new HidPosDecoder(undefined)
  const long = 'L'.repeat(130)
  expect(decode(decoder, [...reportsOf(long), ...reportsOf(SLIP)])).toEqual([long, SLIP])
})

test('a scan whose end never came does not stick to the next one', () => {
  const decoder = new HidPosDecoder(undefined)
  expect(decode(decoder, reportsOf('x'.repeat(100)).slice(0, 1), 0)).toEqual([])
  expect(decode(decoder, reportsOf(SLIP), 5_000)).toEqual([SLIP])
})

test('a layout of the maker with one data field of another size is read by its descriptor', () => {
  const descriptor = Uint8Array.of(
    ...[0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0x75, 0x08, 0x95, 0x20, 0x09, 0xfe, 0x82, 0x02, 0x01, 0xc0],
  )
  const report = new Uint8Array(32)
  report.set(utf8('ABC-123'))
  expect(new HidPosDecoder(descriptor).push(report, 0)).toEqual(['ABC-123'])
})

test('nonsense, truncated and endless reports give at most scans of 512 characters', () => {
  const report = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.uint8Array({ minLength: 64, maxLength: 64 }).map((bytes) => bytes.with(0, 2)),
    fc.uint8Array({ minLength: 64, maxLength: 64 }).map((bytes) => bytes.with(0, 2).with(63, 1)),
  )
  fc.assert(
    fc.property(fc.array(report, { maxLength: 60 }), (reports) => {
      const decoder = new HidPosDecoder(undefined)
      for (const text of decode(decoder, [...reports, ...reportsOf('end')])) {
        expect(text.length).toBeLessThanOrEqual(512)
        expect(text).toMatch(/^[\x20-\x7e]+$/)
      }
      expect(decode(decoder, reportsOf(SLIP), 10_000)).toEqual([SLIP])
    }),
  )
})

test('a scanner that never says that a code is over is not listened to for ever', () => {
  const decoder = new HidPosDecoder(undefined)
  const piece = reportsOf('y'.repeat(60))[0]!
  for (let report = 0; report < 10_000; report++) expect(decoder.push(piece, report)).toEqual([])
  expect(decode(decoder, reportsOf('tail'), 10_000)).toEqual([])
  expect(decode(decoder, reportsOf(SLIP), 10_001)).toEqual([SLIP])
})
