import { promiseDeadline } from '@hanpyo/protocol/link/promise.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isReleased, nextTickMs } from './release.ts'

const rule = { minPerKiosk: 20, tickSeconds: 600 }
const LATER = 1_900_000_000
const backlog = { ballotCount: 3, deadline: LATER, hasFinalManifest: false }

test('a few ballots of a kiosk wait for company', () => {
  expect(isReleased(backlog, rule, LATER - 7200)).toBe(false)
})

test('enough ballots are published at the next tick', () => {
  expect(isReleased({ ...backlog, ballotCount: 20 }, rule, LATER - 7200)).toBe(true)
  expect(isReleased({ ...backlog, ballotCount: 19 }, rule, LATER - 7200)).toBe(false)
})

test('a final manifest ends the waiting', () => {
  expect(isReleased({ ...backlog, hasFinalManifest: true }, rule, LATER - 7200)).toBe(true)
})

test('whenever a ballot came, it is published before maxDelay has passed or at the first tick, never late', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 }),
      fc.integer({ min: 1, max: 900 }),
      fc.integer({ min: 0, max: 7200 }),
      (nowMs, tickSeconds, maxDelaySeconds) => {
        const deadline = promiseDeadline(nowMs, maxDelaySeconds, tickSeconds)
        let tick = nextTickMs(nowMs, tickSeconds) / 1000
        while (!isReleased({ ...backlog, deadline }, { minPerKiosk: 1e9, tickSeconds }, tick))
          tick += tickSeconds
        expect(tick).toBeLessThan(deadline)
        expect(tick).toBeLessThanOrEqual(
          Math.max(nowMs / 1000 + maxDelaySeconds, nextTickMs(nowMs, tickSeconds) / 1000),
        )
        expect(tick).toBeGreaterThan(nowMs / 1000)
      },
    ),
  )
})

test('a deadline tells the tick and nothing finer', () => {
  const early = promiseDeadline(1_800_000_000_001, 3600, 600)
  const late = promiseDeadline(1_800_000_599_999, 3600, 600)
  expect(early).toBe(late)
  expect(early % 600).toBe(0)
})
