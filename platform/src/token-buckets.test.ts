import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTokenBuckets } from './token-buckets.ts'

test('a burst passes at once, then what the rate gives, and the waiting time is enough', () => {
  let nowMs = 0
  const buckets = createTokenBuckets({ perSecond: 2, burst: 3, now: () => nowMs })
  expect([1, 2, 3].map(() => buckets.take('a'))).toEqual([0, 0, 0])
  const waitSeconds = buckets.take('a')
  expect(waitSeconds).toBe(1)
  expect(buckets.take('b')).toBe(0)
  nowMs += waitSeconds * 1000
  expect([buckets.take('a'), buckets.take('a'), buckets.take('a')]).toEqual([0, 0, 1])
})

test('a clock that goes back gives nothing away', () => {
  let nowMs = 1_000_000
  const buckets = createTokenBuckets({ perSecond: 1, burst: 1, now: () => nowMs })
  buckets.take('a')
  nowMs = 0
  expect(buckets.take('a')).toBeGreaterThan(0)
})

test('never more than the burst and the rate, and never more keys than told', () => {
  const step = fc.record({ key: fc.nat(50).map(String), afterMs: fc.nat(2_000) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      let nowMs = 0
      const buckets = createTokenBuckets({ perSecond: 5, burst: 4, now: () => nowMs, maxKeys: 64 })
      const passed = new Map<string, number>()
      for (const { key, afterMs } of steps) {
        nowMs += afterMs
        if (buckets.take(key) === 0) passed.set(key, (passed.get(key) ?? 0) + 1)
        expect(passed.get(key) ?? 0).toBeLessThanOrEqual(4 + Math.ceil((nowMs / 1000) * 5))
      }
    }),
  )
  const small = createTokenBuckets({ perSecond: 1, burst: 1, now: () => 0, maxKeys: 10 })
  for (let n = 0; n < 1_000; n++) small.take(String(n))
  expect(small.size).toBe(10)
})
