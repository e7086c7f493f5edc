import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { REQUIREMENTS } from '../accessibility/requirements.ts'
import { THEMES, type Theme } from '../model/display.ts'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
const themesCss = readFileSync(new URL('./themes.css', import.meta.url), 'utf8')

function tokenIn(block: string, name: string): string {
  const value = new RegExp(`--${name}: ([^;]+);`).exec(block)?.[1]
  if (value === undefined) throw new Error(`no token --${name}`)
  return value
}
const token = (name: string): string => tokenIn(css, name)

/** A theme's colours: its own block, or the tokens themselves for the standard one. */
function blockOf(theme: Theme): string {
  if (theme === 'standard') return css
  const block = new RegExp(`\\[data-theme="${theme}"\\] \\{([^}]+)\\}`).exec(themesCss)?.[1]
  if (block === undefined) throw new Error(`no theme ${theme}`)
  return block
}

/** WCAG 2.2 relative luminance of `#rrggbb`. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(theme: Theme, one: string, other: string): number {
  const block = blockOf(theme)
  const [light = 0, dark = 0] = [luminance(tokenIn(block, one)), luminance(tokenIn(block, other))].sort(
    (a, b) => b - a,
  )
  return (light + 0.05) / (dark + 0.05)
}

test('a theme sets colours only, so geometry need not be measured in each of them', () => {
  const declarations = [...themesCss.matchAll(/^\s*([\w-]+): ([^;]+);/gm)]
  expect(declarations.length).toBeGreaterThan(20)
  for (const [, name, value] of declarations)
    expect(`${name}: ${value}`).toMatch(/^(color-scheme: (light|dark)|--[\w-]+: #[0-9a-f]{6})$/)
})

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

const EDGE_PAIRS = [
  ['border', 'background'],
  ['border', 'surface'],
  ['accent', 'background'],
  ['accent', 'accent-tint'],
  ['warning-edge', 'warning-tint'],
  ['danger-edge', 'danger-tint'],
] as const

/** What text must reach in each theme, and in the soft one not exceed. */
const BOUNDS: Readonly<Record<Theme, readonly [least: number, most: number]>> = {
  standard: [REQUIREMENTS.textContrast.ours, 21],
  bright: [REQUIREMENTS.highContrast.ours, 21],
  dark: [REQUIREMENTS.highContrast.ours, 21],
  soft: [REQUIREMENTS.softContrast.ours, 8],
}

test.each(THEMES)(
  'every text of the theme "%s" has its contrast (VVSG 2.0 7.1; annex 5 3.i, 3.j)',
  (theme) => {
    const [least, most] = BOUNDS[theme]
    for (const [text, ground] of TEXT_PAIRS) {
      const ratio = contrast(theme, text, ground)
      expect(ratio, `${text} on ${ground}`).toBeGreaterThanOrEqual(least)
      expect(ratio, `${text} on ${ground}`).toBeLessThanOrEqual(most)
    }
  },
)

test.each(THEMES)('every edge of the theme "%s" reaches 3:1 (WCAG 2.2 1.4.11)', (theme) => {
  for (const [edge, ground] of EDGE_PAIRS) {
    expect(contrast(theme, edge, ground), `${edge} on ${ground}`).toBeGreaterThanOrEqual(
      REQUIREMENTS.edgeContrast.ours,
    )
  }
})

const millimetres = (name: string): number => Number(/\* ([\d.]+)\)/.exec(token(name))?.[1])

test('text is large enough: digits and capitals show 0.70 of the font size, and annex 5 3.g asks 7.25 mm', () => {
  expect(millimetres('text-small') * 0.7).toBeGreaterThanOrEqual(REQUIREMENTS.textInk.asked)
  expect(millimetres('text')).toBeGreaterThanOrEqual(11.5)
})

test('targets, choices and gaps keep our sizes: 15, 20 and 4 mm (annex 5 1.b asks 12 and 2.5)', () => {
  expect(millimetres('target')).toBeGreaterThanOrEqual(REQUIREMENTS.target.ours)
  expect(millimetres('choice')).toBeGreaterThanOrEqual(REQUIREMENTS.choiceHeight.ours)
  expect(millimetres('gap')).toBeGreaterThanOrEqual(REQUIREMENTS.gap.ours)
  expect(millimetres('focus-width')).toBeGreaterThanOrEqual(REQUIREMENTS.focusRing.ours)
})

test('nothing on the screens moves or flashes by itself (WCAG 2.2 2.3.1, KS X 9211: under 3 Hz; ours: never)', () => {
  const folder = new URL('./', import.meta.url)
  const sheets = readdirSync(folder).filter((name) => name.endsWith('.css'))
  expect(sheets).toContain('controls.css')
  for (const name of sheets) {
    expect(readFileSync(new URL(name, folder), 'utf8'), name).not.toMatch(/animation|transition|@keyframes/)
  }
})
