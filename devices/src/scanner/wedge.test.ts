import { expect, test } from 'vitest'
import { createWedgeDetector } from './wedge.ts'

function type(text: string, pauseMs: number) {
  const scans: string[] = []
  const detector = createWedgeDetector({ onText: (scan) => scans.push(scan) })
  let atMs = 1_000
  const taken = [...text].map((character) => {
    atMs += pauseMs
    return detector.press({ key: character === '\n' ? 'Enter' : character, atMs })
  })
  return { scans, taken }
}

test('a quick burst that ends with Enter is a scan', () => {
  const { scans, taken } = type('HP1ABCDEFG\n', 10)
  expect(scans).toEqual(['HP1ABCDEFG'])
  expect(taken.at(-1)).toBe(true)
})

test('somebody who types is not a scanner', () => {
  const { scans, taken } = type('HP1ABCDEFG\n', 120)
  expect(scans).toEqual([])
  expect(taken).not.toContain(true)
})

test('a short burst is a double tap, not a scan', () => {
  expect(type('12\n', 5).scans).toEqual([])
})

test('Shift between the characters does not end a scan, a pause does', () => {
  const scans: string[] = []
  const detector = createWedgeDetector({ onText: (scan) => scans.push(scan) })
  const press = (keys: string[], fromMs: number) => {
    for (const [at, key] of keys.entries()) detector.press({ key, atMs: fromMs + 10 * at })
  }
  press(['a', 'b', 'c'], 0)
  press(['Shift', 'H', 'Shift', 'P', '1', '2', '3', '4', 'Enter'], 1_000)
  expect(scans).toEqual(['HP1234'])
})
