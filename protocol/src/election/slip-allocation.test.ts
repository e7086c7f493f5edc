import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countSlips, type EnvelopeRange, sharedEnvelope } from './slip-allocation.ts'

const range = fc
  .record({
    first: fc.integer({ min: 1, max: 60 }),
    more: fc.integer({ min: 0, max: 8 }),
    slips: fc.integer({ min: 1, max: 5 }),
  })
  .map(({ first, more, slips }): EnvelopeRange => ({ first, last: first + more, slips, style: 1 }))

const serials = (ranges: readonly EnvelopeRange[]): number[] =>
  ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i))

test('an envelope is found to be given twice exactly when a serial number is in two ranges', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 6 }), (ranges) => {
      const all = serials(ranges)
      const isShared = new Set(all).size < all.length
      const found = sharedEnvelope(ranges)
      expect(found !== undefined).toBe(isShared)
      if (found !== undefined) expect(all.filter((serial) => serial === found).length).toBeGreaterThan(1)
    }),
  )
})

test('slips are counted by envelopes and what is in each', () => {
  expect(countSlips([])).toBe(0)
  expect(
    countSlips([
      { first: 3, last: 7, slips: 50, style: 1 },
      { first: 9, last: 9, slips: 20, style: 2 },
    ]),
  ).toBe(270)
})
