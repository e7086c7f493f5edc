import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
const token = (name: string): string => {
  const value = new RegExp(`--${name}: ([^;]+);`).exec(css)?.[1]
  if (value === undefined) throw new Error(`no token --${name}`)
  return value
}

/** WCAG 2.2 relative luminance of `#rrggbb`. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(token(one)), luminance(token(other))].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

/** Every pair of text and ground that a component uses. */
const TEXT_PAIRS = [
  ['on-background', 'background'],
  ['on-background', 'surface'],
  ['on-background', 'accent-tint'],
  ['on-background', 'accent-mist'],
  ['on-background-soft', 'background'],
  ['on-background-soft', 'surface'],
  ['on-background-soft', 'accent-mist'],
  ['on-background-soft', 'accent-tint'],
  ['accent', 'background'],
  ['on-accent', 'accent'],
  ['on-accent', 'on-accent-tint'],
  ['on-accent-tint', 'accent-tint'],
  ['success', 'background'],
  ['success', 'success-tint'],
  ['warning', 'background'],
  ['warning', 'warning-tint'],
  ['danger', 'danger-tint'],
] as const

test.each(TEXT_PAIRS)(
  '%s on %s reaches the default theme’s 10:1 (VVSG 2.0 7.1-D; annex 5 3.i asks 4.5)',
  (text, ground) => {
    expect(contrast(text, ground)).toBeGreaterThanOrEqual(10)
  },
)

test.each([
  ['border', 'background'],
  ['border', 'surface'],
  ['accent', 'accent-tint'],
  ['warning-edge', 'warning-tint'],
  ['danger-edge', 'danger-tint'],
] as const)('the edge %s on %s reaches 3:1 (WCAG 2.2 1.4.11)', (edge, ground) => {
  expect(contrast(edge, ground)).toBeGreaterThanOrEqual(3)
})

const millimetres = (name: string): number => Number(/\* ([\d.]+)\)/.exec(token(name))?.[1])

test('text is large enough: digits and capitals show 0.70 of the font size, and annex 5 3.g asks 7.25 mm', () => {
  expect(millimetres('text-small') * 0.7).toBeGreaterThanOrEqual(7.25)
  expect(millimetres('text')).toBeGreaterThanOrEqual(11.5)
})

test('targets, choices and gaps keep our sizes: 15, 20 and 4 mm (annex 5 1.b asks 12 and 2.5)', () => {
  expect(millimetres('target')).toBeGreaterThanOrEqual(15)
  expect(millimetres('choice')).toBeGreaterThanOrEqual(20)
  expect(millimetres('gap')).toBeGreaterThanOrEqual(4)
})

test('nothing on the screens moves or flashes by itself (WCAG 2.2 2.3.1, KS X 9211: under 3 Hz; ours: never)', () => {
  const folder = new URL('./', import.meta.url)
  const sheets = readdirSync(folder).filter((name) => name.endsWith('.css'))
  expect(sheets).toContain('controls.css')
  for (const name of sheets) {
    expect(readFileSync(new URL(name, folder), 'utf8'), name).not.toMatch(/animation|transition|@keyframes/)
  }
})
