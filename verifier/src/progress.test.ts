import { expect, test } from 'vitest'
import { createProgress } from './progress.ts'

test('short work is silent, long work says now and then how long it will still take', () => {
  const lines: string[] = []
  let nowMs = 0
  const progress = createProgress({ now: () => nowMs, write: (line) => void lines.push(line) })
  progress('records', 1, 10)
  nowMs = 2900
  progress('records', 2, 10)
  expect(lines).toEqual([])
  nowMs = 4000
  progress('records', 4, 10)
  nowMs = 5000
  progress('records', 5, 10)
  expect(lines).toEqual(['records: 4 of 10, about 6 s left'])
  nowMs = 9000
  progress('records', 9, 10)
  progress('proofs', 1, 7)
  nowMs = 19_000
  progress('proofs', 2, 7)
  expect(lines.slice(1)).toEqual(['records: 9 of 10, about 1 s left', 'proofs: 2 of 7, about 25 s left'])
})
