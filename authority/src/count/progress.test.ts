import { expect, test } from 'vitest'
import { createProgress } from './progress.ts'

test('progress is said once a second with the time that is left, and not for short work', () => {
  let nowMs = 0
  const said: string[] = []
  const progress = createProgress(
    'mixing',
    (line) => void said.push(line),
    () => nowMs,
  )
  progress(10, 40_000)
  nowMs = 999
  progress(900, 40_000)
  expect(said).toEqual([])
  nowMs = 2000
  progress(10_000, 40_000)
  progress(10_001, 40_000)
  expect(said).toEqual(['mixing 10,000 of 40,000, about 6 s left'])
  nowMs = 8000
  progress(40_000, 40_000)
  expect(said).toHaveLength(1)
})

test('steps that are parts of an item are rounded down, and nothing is said before the first one is done', () => {
  let nowMs = 0
  const said: string[] = []
  const progress = createProgress(
    'proving',
    (line) => void said.push(line),
    () => nowMs,
  )
  nowMs = 1500
  progress(0, 50_000)
  expect(said).toEqual([])
  progress(256 / 3, 50_000)
  expect(said).toEqual(['proving 85 of 50,000, about 878 s left'])
})
