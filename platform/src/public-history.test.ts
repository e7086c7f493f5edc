import { expect, test } from 'vitest'
import type { LineFile } from './line-file.ts'
import { type DescribeNote, openPublicHistory } from './public-history.ts'

const note = (size: number): string => `note ${size}`
const describe: DescribeNote = (text) => {
  const size = Number(/^note ([0-9]+)$/.exec(text)?.[1])
  return Number.isNaN(size) ? null : { size, root: 'cm9vdA==', time: null }
}

function memoryLines(...lines: string[]): Pick<LineFile, 'count' | 'append' | 'read'> {
  return {
    get count() {
      return lines.length
    },
    append: async (line) => void lines.push(line),
    read: async (first, count) => lines.slice(first, first + count),
  }
}

test('each size is kept once, in order, and readers are told of growth only', async () => {
  const lines = memoryLines()
  const told: number[] = []
  const tell = (head: string): void => void told.push((JSON.parse(head) as { size: number }).size)
  const history = await openPublicHistory(lines, describe, tell)
  for (const size of [3, 3, 7, 5, 9]) await history.published(note(size))
  await history.published('no note')
  expect(told).toEqual([3, 7, 9])
  const sizes = async (after: number, limit = 99) =>
    (await history.read(after, limit)).map((line) => (JSON.parse(line) as { size: number }).size)
  expect([await sizes(0), await sizes(3), await sizes(8), await sizes(9), await sizes(0, 2)]).toEqual([
    [3, 7, 9],
    [7, 9],
    [9],
    [],
    [3, 7],
  ])
})

test('after a restart the history goes on where it was, and the last head is told again', async () => {
  const told: string[] = []
  const lines = memoryLines(JSON.stringify({ size: 4, time: null, note: note(4) }))
  const history = await openPublicHistory(lines, describe, (head) => void told.push(head))
  await history.published(note(4))
  await history.published(note(6))
  expect(lines.count).toBe(2)
  expect(told.map((head) => (JSON.parse(head) as { size: number }).size)).toEqual([4, 6])
})
