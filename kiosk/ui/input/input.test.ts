import { expect, test } from 'vitest'
import { REQUIREMENTS } from '../accessibility/requirements.ts'
import { createDebounce, keyIntent, nextIndex } from './keys.ts'
import { createSignsOfLife } from './signs-of-life.ts'
import { createWedge } from './wedge.ts'

const key = (name: string, more: Partial<KeyboardEvent> = {}) =>
  keyIntent({ key: name, repeat: false, ctrlKey: false, altKey: false, metaKey: false, ...more })

test('arrows walk through the controls and press next and back', () => {
  expect(['ArrowDown', 'ArrowUp', 'ArrowRight', 'ArrowLeft'].map((name) => key(name))).toEqual([
    'next-item',
    'previous-item',
    'forward',
    'back',
  ])
})

test('a held key does not act again, but may go on walking', () => {
  for (const name of ['Enter', ' ', 'ArrowRight', 'ArrowLeft'])
    expect(key(name, { repeat: true })).toBe('swallow')
  expect(key('ArrowDown', { repeat: true })).toBe('next-item')
  expect(key('Enter')).toBe('none')
})

test('combinations are left alone', () => {
  expect(key('ArrowRight', { altKey: true })).toBe('none')
})

test('the walk starts anew at both ends', () => {
  expect(nextIndex(-1, 3, 1)).toBe(0)
  expect(nextIndex(-1, 3, -1)).toBe(2)
  expect(nextIndex(2, 3, 1)).toBe(0)
  expect(nextIndex(0, 3, -1)).toBe(2)
  expect(nextIndex(0, 0, 1)).toBe(-1)
})

function scan(text: string, gapMs: number): { text: string | null; consumed: boolean } {
  const wedge = createWedge()
  let at = 0
  for (const character of text) {
    wedge.press(character, at)
    at += gapMs
  }
  return wedge.press('Enter', at)
}

test("a scanner's burst is one text, and its Enter presses no button", () => {
  expect(scan('HP1ABCDEF', 10)).toEqual({ text: 'HP1ABCDEF', consumed: true })
})

test('single keys with pauses are no scan, and Enter stays a press', () => {
  expect(scan('HP1ABCDEF', 1_500)).toEqual({ text: null, consumed: false })
  expect(scan('', 0)).toEqual({ text: null, consumed: false })
})

test('a flood of keys is cut, not collected without end', () => {
  expect(scan('A'.repeat(2_000), 1).text).toHaveLength(512)
})

test('arrow keys and space are never taken for a scan', () => {
  const wedge = createWedge()
  expect(wedge.press('ArrowDown', 0).consumed).toBe(false)
  expect(wedge.press(' ', 0).consumed).toBe(false)
})

test('signs of life are told at most every five seconds', () => {
  const signs = createSignsOfLife()
  expect([0, 1_000, 4_999, 5_000, 9_000].map((at) => signs.note(at))).toEqual([
    true,
    false,
    false,
    true,
    false,
  ])
})

test('the nine keys of a keypad, two switches and the headphone jack each mean one thing', () => {
  const names = ['PageUp', 'PageDown', 'AudioVolumeUp', 'AudioVolumeDown', 'F15', 'F16', 'F19', 'F20']
  expect(names.map((name) => key(name))).toEqual([
    'faster',
    'slower',
    'louder',
    'softer',
    'headphones-in',
    'headphones-out',
    'move-switch',
    'select-switch',
  ])
  expect(key('F20', { repeat: true })).toBe('swallow')
})

test('a switch pressed twice by a tremor is pressed once', () => {
  const debounce = createDebounce(REQUIREMENTS.switchDebounce.ours)
  const presses = [0, 149, 320, 480].map((at) => debounce.isNew('F20', at))
  expect(presses).toEqual([true, false, true, true])
  expect(debounce.isNew('F19', 481)).toBe(true)
})
