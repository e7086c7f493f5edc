import { expectOk } from '@hanpyo/protocol/result.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BOOT_KEYBOARD_DESCRIPTOR } from '../keypad/key-reports.ts'
import { HID_POS_DESCRIPTOR } from '../scanner/hid-pos.ts'
import { parseReportDescriptor, readControls } from './report-descriptor.ts'

test('the boot keyboard of the specification has eight modifier bits and six key places', () => {
  const { usesReportIds, fields } = expectOk(parseReportDescriptor(BOOT_KEYBOARD_DESCRIPTOR))
  expect(usesReportIds).toBe(false)
  expect(
    fields.map(({ bitOffset, bitSize, count, isArray }) => [bitOffset, bitSize, count, isArray]),
  ).toEqual([
    [0, 1, 8, false],
    [16, 8, 6, true],
  ])
})

test('reports are told apart by their id, and padding is passed over', () => {
  const layout = expectOk(parseReportDescriptor(HID_POS_DESCRIPTOR))
  expect(layout.usesReportIds).toBe(true)
  expect(readControls(layout, Uint8Array.of(3, 1, 2, 3))).toEqual([])
  const report = new Uint8Array(64)
  report.set([2, 1])
  report[63] = 1
  expect(readControls(layout, report).find(({ usage }) => usage === 0x8c_00ff)).toEqual({
    usage: 0x8c_00ff,
    value: 1,
  })
})

test('pushed globals come back, extended usages carry their page, long items are skipped', () => {
  const bytes = Uint8Array.of(
    ...[0xfe, 2, 0, 0xaa, 0xbb],
    ...[0x05, 0x07, 0x75, 0x08, 0x95, 0x01, 0xa4, 0x05, 0x0c, 0x75, 0x10, 0xb4],
    ...[0x0b, 0xe9, 0x00, 0x0c, 0x00, 0x81, 0x02],
  )
  const { fields } = expectOk(parseReportDescriptor(bytes))
  expect(fields).toMatchObject([{ bitSize: 8, count: 1, usages: [{ first: 0x0c_00e9, last: 0x0c_00e9 }] }])
})

test.each([
  ['cut off in an item', [0x05]],
  ['of a million controls', [0x05, 0x07, 0x09, 0x04, 0x75, 0x01, 0x97, 0x40, 0x42, 0x0f, 0x00, 0x81, 0x02]],
  ['that pushes without end', Array(100).fill(0xa4)],
  ['of thousands of usages', Array(4_000).fill([0x09, 0x04]).flat()],
  ['of thousands of fields', Array(1_000).fill([0x75, 1, 0x95, 1, 0x09, 4, 0x81, 2]).flat()],
])('a descriptor %s is refused', (_, bytes) => {
  expect(parseReportDescriptor(Uint8Array.from(bytes))).toMatchObject({ ok: false, error: 'hid-descriptor' })
})

test('nonsense is refused or read, and whatever it makes of any report stays small', () => {
  const item = fc.oneof(
    fc.constantFrom(
      [0x05, 0x8c],
      [0x05, 0x07],
      [0x09, 0xfe],
      [0x75, 8],
      [0x95, 0x38],
      [0x81, 0x02],
      [0x81, 0x00],
    ),
    fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 5 }),
  )
  fc.assert(
    fc.property(fc.array(item, { maxLength: 40 }), fc.uint8Array({ maxLength: 70 }), (items, report) => {
      const layout = parseReportDescriptor(Uint8Array.from(items.flat()))
      if (layout.ok) expect(readControls(layout.value, report).length).toBeLessThanOrEqual(256 * 560)
    }),
    { numRuns: 500 },
  )
})
