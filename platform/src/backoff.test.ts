import { expect, test } from 'vitest'
import { backoffMs } from './backoff.ts'

const least = (length: number) => new Uint8Array(length)
const most = (length: number) => new Uint8Array(length).fill(0xff)

test('pauses double up to the longest, of which at least half is waited', () => {
  const pauses = (random: (length: number) => Uint8Array) =>
    [1, 2, 3, 4, 5, 100].map((attempt) => backoffMs({ attempt, baseMs: 100, maxMs: 1_000, random }))
  expect(pauses(most)).toEqual([100, 200, 400, 800, 1_000, 1_000])
  expect(pauses(least)).toEqual([50, 100, 200, 400, 500, 500])
})
