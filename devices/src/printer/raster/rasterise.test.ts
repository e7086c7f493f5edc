import type { OutlineCommand } from '@hanpyo/platform/font.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Bitmap } from './bitmap.ts'
import { rasterise } from './rasterise.ts'

function polygon(...points: readonly [number, number][]): OutlineCommand[] {
  const [first, ...rest] = points
  return [
    { command: 'moveTo', args: first! },
    ...rest.map((args) => ({ command: 'lineTo' as const, args })),
    { command: 'closePath', args: [] },
  ]
}

const PLACEMENT = { scale: 1, originX: 0, originY: 8 }
const SIZE = { width: 8, height: 8 }

function picture(bitmap: Bitmap): string[] {
  return Array.from({ length: bitmap.height }, (_, y) =>
    Array.from({ length: bitmap.width }, (_, x) => (bitmap.isDark(x, y) ? '#' : '.')).join(''),
  )
}

test('a square covers its dots and no others, whichever way round it is drawn', () => {
  const expected = [
    '........',
    '........',
    '..####..',
    '..####..',
    '..####..',
    '..####..',
    '........',
    '........',
  ]
  const square = polygon([2, 2], [6, 2], [6, 6], [2, 6])
  const reversed = polygon([2, 2], [2, 6], [6, 6], [6, 2])
  expect(picture(rasterise(square, PLACEMENT, SIZE))).toEqual(expected)
  expect(picture(rasterise(reversed, PLACEMENT, SIZE))).toEqual(expected)
})

test('a contour drawn the other way round is a hole, one drawn the same way is not', () => {
  const outer = polygon([1, 1], [7, 1], [7, 7], [1, 7])
  const hole = rasterise([...outer, ...polygon([3, 3], [3, 5], [5, 5], [5, 3])], PLACEMENT, SIZE)
  const overlap = rasterise([...outer, ...polygon([3, 3], [5, 3], [5, 5], [3, 5])], PLACEMENT, SIZE)
  expect([hole.isDark(4, 4), hole.isDark(2, 4)]).toEqual([false, true])
  expect([overlap.isDark(4, 4), overlap.isDark(2, 4)]).toEqual([true, true])
})

test.each([
  ['quadratic', [0, 100, 100, 100], 'quadraticCurveTo', 100 * 100 * (5 / 6)],
  ['cubic', [0, 55.228, 44.772, 100, 100, 100], 'bezierCurveTo', (Math.PI * 100 * 100) / 4],
] as const)('the area under a %s curve is right to a percent', (_, args, command, area) => {
  const outline: OutlineCommand[] = [
    { command: 'moveTo', args: [0, 0] },
    { command, args },
    { command: 'lineTo', args: [100, 0] },
    { command: 'closePath', args: [] },
  ]
  const bitmap = rasterise(outline, { scale: 1, originX: 0, originY: 100 }, { width: 100, height: 100 })
  const dark = picture(bitmap).join('').replaceAll('.', '').length
  expect(Math.abs(dark - area) / area).toBeLessThan(0.01)
})

test('an outline that was not closed is filled all the same', () => {
  const open = polygon([2, 2], [6, 2], [6, 6], [2, 6]).slice(0, -1)
  expect(rasterise(open, PLACEMENT, SIZE).isDark(3, 4)).toBe(true)
})

test('any outline, with numbers of any kind, draws something inside the picture and never fails', () => {
  const names = ['moveTo', 'lineTo', 'quadraticCurveTo', 'bezierCurveTo', 'closePath'] as const
  const command = fc.record({
    command: fc.constantFrom(...names),
    args: fc.array(fc.oneof(fc.double(), fc.integer({ min: -50, max: 50 })), { maxLength: 6 }),
  })
  fc.assert(
    fc.property(fc.array(command, { maxLength: 12 }), (commands) => {
      expect(rasterise(commands, PLACEMENT, SIZE).data).toHaveLength(8)
    }),
    { numRuns: 200 },
  )
})
