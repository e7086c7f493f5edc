import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BOOT_KEYBOARD_DESCRIPTOR, KeyReportReader } from './key-reports.ts'

const boot = (...keys: number[]) => Uint8Array.of(0, 0, ...keys, ...Array(6 - keys.length).fill(0))

test('keys that appear in a report went down, keys that vanish came up', () => {
  const reader = new KeyReportReader(BOOT_KEYBOARD_DESCRIPTOR)
  expect(reader.push(boot(0x52))).toEqual([{ code: '07:52', isDown: true }])
  expect(reader.push(boot(0x52))).toEqual([])
  expect(reader.push(boot(0x28))).toEqual([
    { code: '07:52', isDown: false },
    { code: '07:28', isDown: true },
  ])
  expect(reader.push(boot())).toEqual([{ code: '07:28', isDown: false }])
})

test('too many keys at once change nothing', () => {
  const reader = new KeyReportReader(undefined)
  reader.push(boot(0x52))
  expect(reader.push(boot(1, 1, 1, 1, 1, 1))).toEqual([])
  expect(reader.push(boot())).toEqual([{ code: '07:52', isDown: false }])
})

test('volume keys in a report of their own do not release the arrow that is held', () => {
  const descriptor = Uint8Array.of(
    ...[0x05, 0x07, 0x85, 1, 0x15, 0, 0x25, 0x65, 0x75, 8, 0x95, 2, 0x19, 0, 0x29, 0x65, 0x81, 0x00],
    ...[0x05, 0x0c, 0x85, 2, 0x15, 0, 0x25, 1, 0x75, 1, 0x95, 2, 0x09, 0xe9, 0x09, 0xea, 0x81, 0x02],
    ...[0x95, 6, 0x81, 0x03],
  )
  const reader = new KeyReportReader(descriptor)
  expect(reader.push(Uint8Array.of(1, 0x52, 0))).toEqual([{ code: '07:52', isDown: true }])
  expect(reader.push(Uint8Array.of(2, 0b10))).toEqual([{ code: '0c:ea', isDown: true }])
  expect(reader.push(Uint8Array.of(2, 0))).toEqual([{ code: '0c:ea', isDown: false }])
  expect(reader.push(Uint8Array.of(1, 0, 0))).toEqual([{ code: '07:52', isDown: false }])
})

test('nonsense presses and releases only in turn, and no more keys than a keyboard has', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 40 }),
      fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined }),
      (reports, descriptor) => {
        const reader = new KeyReportReader(descriptor)
        const down = new Set<string>()
        for (const report of reports) {
          for (const { code, isDown } of reader.push(report)) {
            expect(down.has(code)).toBe(!isDown)
            if (isDown) down.add(code)
            else down.delete(code)
          }
          expect(down.size).toBeLessThanOrEqual(512)
        }
      },
    ),
    { numRuns: 200 },
  )
})
