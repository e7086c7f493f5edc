import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EscPosParser, type PrinterStep } from './escpos-parser.ts'
import { SimulatedPrinter } from './simulated-printer.ts'

function parse(bytes: readonly number[]): PrinterStep[] {
  const parser = new EscPosParser()
  return bytes.flatMap((byte) => parser.push(byte) ?? [])
}

const RASTER = [0x1d, 0x76, 0x30, 0, 1, 0, 2, 0, 0x80, 0x01]

test('the commands of a receipt are read, and letters between them are told', () => {
  const steps = parse([0x1b, 0x40, 0x1d, 0x50, 203, 203, ...RASTER, 0x1b, 0x4a, 16, 0x41, 0x1d, 0x56, 66, 3])
  expect(steps.map(({ kind }) => kind)).toEqual([
    'initialise',
    'vertical-unit',
    'raster',
    'feed',
    'letter',
    'cut',
  ])
  expect(steps[2]).toEqual({ kind: 'raster', rowBytes: 1, rows: 2, data: Uint8Array.of(0x80, 0x01) })
})

test('a raster that claims to be huge is passed over without taking memory for it', () => {
  const parser = new EscPosParser()
  for (const byte of [0x1d, 0x76, 0x30, 0, 0xff, 0xff, 0xff, 0xff]) expect(parser.push(byte)).toBeUndefined()
  expect(parser.isIdle).toBe(false)
})

test('any bytes, cut anywhere, are printed, ignored or answered, and memory stays bounded', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(
      Uint8Array.from(RASTER),
      Uint8Array.of(0x10, 0x04, 1),
      Uint8Array.of(0x1d, 0x56, 66, 0),
      Uint8Array.of(0x1d, 0x72, 1),
      Uint8Array.of(0x1b, 0x4a, 255),
      Uint8Array.of(0x10, 0x14, 2, 1, 8),
    ),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const printer = new SimulatedPrinter({ clock: createVirtualClock() })
      let answered = 0
      printer.attach({ send: (bytes) => (answered += bytes.length), drop() {} })
      for (const bytes of pieces) printer.receive(bytes)
      expect(printer.rowsUnderHead).toBeLessThanOrEqual(5_000)
      expect(printer.receipts.length).toBeLessThanOrEqual(50)
      expect(answered).toBeLessThanOrEqual(3 * pieces.reduce((sum, bytes) => sum + bytes.length, 0))
    }),
    { numRuns: 200 },
  )
})

test('a picture that contains a real-time command is obeyed by the printer, as by real ones', () => {
  const printer = new SimulatedPrinter({ clock: createVirtualClock() })
  const answers: number[] = []
  printer.attach({ send: (bytes) => answers.push(...bytes), drop() {} })
  printer.receive(Uint8Array.of(0x1d, 0x76, 0x30, 0, 3, 0, 1, 0, 0x10, 0x04, 0x01))
  expect(answers).toEqual([0x12])
  expect(printer.rowsUnderHead).toBe(1)
})

test('a stopped printer keeps what it was sent up to its buffer, and prints it when it may', () => {
  const printer = new SimulatedPrinter({ clock: createVirtualClock() })
  printer.change({ isCoverOpen: true })
  for (let flood = 0; flood < 40; flood++) printer.receive(new Uint8Array(10_000).fill(0x41))
  printer.change({ isCoverOpen: false })
  expect(printer.strayLetters).toBe(256 * 1024)
  expect(printer.isBusy).toBe(false)
})
