import { expect, test } from 'vitest'
import type { FullCheckState } from './full-check.ts'
import { checkLines, type LinesInput } from './lines.ts'

const input: LinesInput = {
  stage: 'sealed',
  problems: [],
  pin: 'match',
  pinned: 'hash',
  hasManifest: true,
  hasLists: true,
  reading: { done: 40, total: 40 },
  policies: { seen: null, official: null, isNone: false },
  quick: [],
  full: null,
}
const ended: FullCheckState = {
  done: 40,
  violations: [],
  violationCount: 0,
  counting: null,
  finish: { stage: 'sealed', violations: [] },
  missingBlobs: [],
  missingCount: null,
}
const statusOf = (change: Partial<LinesInput>, id: string) =>
  checkLines({ ...input, ...change }).find((line) => line.id === id)?.status

test('a check that came to the end of some of the leaves does not stand for all of them', () => {
  expect(statusOf({ full: { ...ended, done: 1 } }, 'ballots')).toBe('RUNNING')
  expect(statusOf({ full: ended }, 'ballots')).toBe('PASS')
})

test('nothing is called under way when the server stopped and everything at hand was gone through', () => {
  const problems = [{ code: 'host-slow' }] as const
  const reading = { done: 20, total: 40 }
  expect(statusOf({ problems, reading, full: { ...ended, done: 20 } }, 'tree')).toBe('SKIPPED')
  expect(statusOf({ problems, reading, full: { ...ended, done: 20 } }, 'ballots')).toBe('SKIPPED')
  expect(statusOf({ problems, reading, full: { ...ended, done: 12 } }, 'ballots')).toBe('RUNNING')
  expect(statusOf({ problems, reading: { done: 0, total: 0 }, hasManifest: false }, 'checkpoint')).toBe(
    'SKIPPED',
  )
})
