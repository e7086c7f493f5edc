import { expect, test } from 'vitest'
import { CATALOGS } from '../i18n/use-text.ts'
import { SCALE } from '../model/display.ts'
import { inventory } from '../speech/inventory.ts'
import { signName, spell } from '../speech/spelling.ts'
import { clipsFor } from '../speech/text.ts'
import { type KeyBox, neighbour } from './grid.ts'
import { INITIALS, VOWELS } from './hangul/jamo.ts'
import { strokesOf } from './hangul/typing.ts'
import { fitsTenColumns, LAYOUTS, type Layer, layerOn, shifted, twoSetLetter } from './keyboard-layouts.ts'

const layers = Object.keys(LAYOUTS) as Layer[]
const keysOf = (layer: Layer) => LAYOUTS[layer].rows.flat()
const lettersOn = (layer: Layer): string[] =>
  keysOf(layer)
    .flatMap((key) => [key, shifted(key)])
    .flatMap(({ press }) =>
      press.kind === 'jamo'
        ? [press.jamo]
        : press.kind === 'cycle'
          ? [...press.of]
          : press.kind === 'text'
            ? [press.text]
            : [],
    )

test('both Hangul layouts reach every consonant, and every vowel by itself or by strokes and compounds', () => {
  expect(INITIALS.filter((letter) => !lettersOn('two-set').includes(letter))).toEqual([])
  expect(INITIALS.filter((letter) => !lettersOn('cheonjiin').includes(letter))).toEqual([])
  expect(VOWELS.filter((letter) => !lettersOn('two-set').includes(letter))).toEqual([...'ㅘㅙㅚㅝㅞㅟㅢ'])
  expect(VOWELS.filter((letter) => strokesOf(letter).length === 0)).toEqual([])
})

test('every English letter, large and small, and every digit is on both widths', () => {
  const all = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ']
  for (const layer of ['latin', 'few-latin'] as const)
    expect(
      all.filter((one) => !lettersOn(layer).includes(one)),
      layer,
    ).toEqual([])
  for (const layer of ['digits', 'few-digits'] as const)
    expect(
      [...'0123456789'].filter((one) => !lettersOn(layer).includes(one)),
      layer,
    ).toEqual([])
})

test('from every layer one can erase, leave a blank, move the caret, and come to every other of the same width', () => {
  for (const layer of layers) {
    const kinds = keysOf(layer).map(({ says }) => says)
    for (const name of ['erase', 'blank', 'left', 'right'] as const) expect(kinds, layer).toContain(name)
    const seen = new Set<Layer>([layer])
    for (const from of seen)
      for (const { press } of keysOf(from)) if (press.kind === 'layer') seen.add(press.layer)
    const { columns } = LAYOUTS[layer]
    expect([...seen].sort()).toEqual(layers.filter((one) => LAYOUTS[one].columns === columns).sort())
  }
})

test('rows fill their columns and no more', () => {
  for (const layer of layers) {
    const { columns, rows } = LAYOUTS[layer]
    for (const row of rows) {
      const width = row.reduce((sum, { span }) => sum + span, 0)
      expect(width, layer).toBeLessThanOrEqual(columns)
      expect(width, layer).toBeGreaterThanOrEqual(columns === 20 ? 18 : 4)
    }
  }
})

test('every key is spoken in both languages, shifted or not, and so is every letter a text may be spelled with', () => {
  for (const language of ['ko', 'en'] as const) {
    const known = inventory(language, [])
    const says = (text: string) => clipsFor(text, language, (phrase) => known.has(phrase))
    for (const key of layers.flatMap(keysOf).flatMap((one) => [one, shifted(one)])) {
      const { says: name } = key
      const text =
        typeof name === 'string'
          ? CATALOGS[language].typing.says[name]
          : name.map((one) => signName(one, language)).join(' · ')
      expect(says(text), text).toMatchObject({ ok: true })
      if (typeof name !== 'string') expect(text).not.toContain(CATALOGS[language].typing.says.unknown)
    }
    for (const name of spell('닭 값이 A1? 漢', language)) expect(says(name), name).toMatchObject({ ok: true })
  }
  expect(spell('값', 'ko')).toEqual(['기역', '아', '비읍', '시옷'])
})

test('a plugged-in keyboard has the letters where Korean keyboards have them', () => {
  expect(['KeyQ', 'KeyK', 'KeyM', 'Digit1'].map((code) => twoSetLetter(code, false))).toEqual([
    'ㅂ',
    'ㅏ',
    'ㅡ',
    undefined,
  ])
  expect(['KeyQ', 'KeyO', 'KeyK'].map((code) => twoSetLetter(code, true))).toEqual(['ㅃ', 'ㅒ', 'ㅏ'])
})

test('ten keys of 15 mm fit a 15.6-inch screen upright, and with enlarged text only larger ones', () => {
  const widths = { '15.6': 1080 / 5.56, '21.5': 1080 / 4.03, '43': 1080 / 2.02 }
  expect(fitsTenColumns(widths['15.6'], SCALE.normal)).toBe(true)
  expect(fitsTenColumns(widths['15.6'], SCALE.large)).toBe(false)
  expect(fitsTenColumns(widths['21.5'], SCALE.large)).toBe(true)
  expect(fitsTenColumns(widths['21.5'], SCALE.largest)).toBe(false)
  expect(fitsTenColumns(widths['43'], SCALE.largest)).toBe(true)
  for (const layer of layers)
    for (const columns of [20, 4] as const) expect(LAYOUTS[layerOn(layer, columns)].columns).toBe(columns)
})

test('arrows go round in a row, to what lies above and below, and out at the top and the bottom', () => {
  const row = (...edges: number[]): KeyBox[] =>
    edges.slice(1).map((right, at) => ({ left: edges[at] as number, right }))
  const rows = [row(0, 10, 20, 30), row(5, 15, 25), row(0, 30)]
  expect(neighbour(rows, { row: 0, key: 2 }, 'right')).toEqual({ row: 0, key: 0 })
  expect(neighbour(rows, { row: 0, key: 0 }, 'left')).toEqual({ row: 0, key: 2 })
  expect(neighbour(rows, { row: 0, key: 2 }, 'down')).toEqual({ row: 1, key: 1 })
  expect(neighbour(rows, { row: 1, key: 0 }, 'down')).toEqual({ row: 2, key: 0 })
  expect(neighbour(rows, { row: 2, key: 0 }, 'down')).toBe(null)
  expect(neighbour(rows, { row: 0, key: 1 }, 'up')).toBe(null)
})
