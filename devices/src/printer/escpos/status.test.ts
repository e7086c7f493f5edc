import fc from 'fast-check'
import { expect, test } from 'vitest'
import { classify, readStatus } from './status.ts'

const READY = { 1: 0x12, 2: 0x12, 3: 0x12, 4: 0x12 }

test.each([
  ['ready', {}, 'ok', undefined],
  ['paper nearly out', { 4: 0x1e }, 'low', undefined],
  ['paper out', { 1: 0x1a, 2: 0x32, 4: 0x7e }, 'out', 'paper-out'],
  ['cover open, which also moves the paper away', { 1: 0x1a, 2: 0x36, 4: 0x7e }, 'out', 'cover-open'],
  ['cutter jammed', { 1: 0x1a, 2: 0x52, 3: 0x1a }, 'ok', 'cutter-jammed'],
  ['head too hot', { 1: 0x1a, 2: 0x52, 3: 0x52 }, 'ok', 'printer-fault'],
  ['unrecoverable error', { 1: 0x1a, 3: 0x32 }, 'ok', 'printer-fault'],
  ['switched to offline', { 1: 0x1a }, 'ok', 'printer-offline'],
  ['feed button held', { 2: 0x1a }, 'ok', 'printer-offline'],
] as const)('%s is read from the status bytes', (_, bytes, paper, problem) => {
  expect(readStatus({ ...READY, ...bytes })).toEqual({ paper, problem })
})

test('answers to DLE EOT, markers and flow control are told apart', () => {
  expect([0x12, 0x16, 0x1a, 0x7e, 0x36].map(classify)).toEqual(Array(5).fill('real-time-status'))
  expect([0x00, 0x03, 0x0f, 0x6f].map(classify)).toEqual(Array(4).fill('marker'))
  // XON, XOFF, the first byte of an automatic status, noise.
  expect([0x11, 0x13, 0x10, 0x14, 0xff, 0x92].map(classify)).toEqual(Array(6).fill('unknown'))
})

test('any four bytes are some status', () => {
  const byte = fc.integer({ min: 0, max: 255 })
  fc.assert(
    fc.property(byte, byte, byte, byte, (a, b, c, d) => {
      const { paper, problem } = readStatus({ 1: a, 2: b, 3: c, 4: d })
      expect(['ok', 'low', 'out']).toContain(paper)
      if (paper === 'out') expect(problem).toBeDefined()
    }),
  )
})
