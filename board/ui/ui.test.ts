import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { en } from './i18n/en.ts'
import { ko } from './i18n/ko.ts'
import { lastingLink } from './link.ts'
import { hasBrokenPin, hashOf, hostAddress, linkValues, parseRoute, type Route } from './routes.ts'

const HASH = 'a'.repeat(64)
const RECEIPT = '0123456789ABCDEFGHJKMNPQRSTVWXYZ0123456789ABCDEFGHJK'

test.each<Route>([
  { view: 'overview' },
  { view: 'receipt' },
  { view: 'settings' },
  { view: 'ledger', page: 0 },
  { view: 'ledger', page: 3 },
  { view: 'paper' },
  { view: 'batch', number: 12, page: 0 },
  { view: 'batch', number: 12, page: 2 },
  { view: 'record', index: 0 },
])('the place %j has an address that leads back to it', (route) => {
  expect(parseRoute(hashOf(route))).toEqual(route)
})

test.each([
  '#/nothing',
  '#/ledger/record/x',
  '#/ledger/record/-1',
  '#/ledger/else/3',
  '#/receipt/more',
  '#/ledger/record/3/4',
])('%s is no place', (hash) => {
  expect(parseRoute(hash)).toEqual({ view: 'unknown' })
})

test('a link brings host, pins and language, and malformed ones are left out', () => {
  const vkey = 'vote.example/2026/x/authority+0123abcd+AQ+/='
  expect(linkValues(`#manifest=${HASH}&authority=${vkey}&host=https://m.example/log&lang=en`)).toEqual({
    manifestHash: HASH,
    authorityVkey: vkey,
    host: 'https://m.example/log/',
    language: 'en',
  })
  expect(linkValues('#manifest=abc&host=javascript:alert(1)&lang=fr')).toEqual({})
  expect(hasBrokenPin('#manifest=abc')).toBe(true)
  expect(hasBrokenPin(`#manifest=${HASH}`)).toBe(false)
  expect(hasBrokenPin('#/receipt')).toBe(false)
})

test('the code of a receipt is known alone and by its name, and leads to the receipt', () => {
  expect(linkValues(`#${RECEIPT}`)).toEqual({ receipt: RECEIPT })
  expect(linkValues(`#receipt=${RECEIPT.toLowerCase()}`)).toEqual({ receipt: RECEIPT })
  expect(parseRoute(`#${RECEIPT}`)).toEqual({ view: 'receipt' })
  expect(linkValues(`#${RECEIPT}0`)).toEqual({})
})

test('a host is an http address without query', () => {
  expect(hostAddress('http://h.example:8080/a?b=c#d')).toBe('http://h.example:8080/a/')
  expect(hostAddress('file:///etc/passwd')).toBeNull()
  expect(hostAddress('nothing')).toBeNull()
})

test('host and pins last as long as the tab, and a new link replaces all of them', () => {
  const kept = new Map<string, string>()
  const storage = () => ({
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  })
  expect(lastingLink({ manifestHash: HASH, host: 'https://m.example/' }, storage)).toMatchObject({
    manifestHash: HASH,
  })
  expect(lastingLink({ receipt: RECEIPT }, storage)).toEqual({
    manifestHash: HASH,
    host: 'https://m.example/',
    receipt: RECEIPT,
  })
  expect([...kept.values()].join()).not.toContain(RECEIPT)
  lastingLink({ manifestHash: 'b'.repeat(64) }, storage)
  expect(lastingLink({}, storage)).toEqual({ manifestHash: 'b'.repeat(64) })
  expect(
    lastingLink({ language: 'en' }, () => {
      throw new Error('no storage')
    }),
  ).toEqual({ language: 'en' })
})

/** Every sentence of a catalogue with its path; functions are called with values of any kind. */
function sentences(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value === 'function')
    return [[path, String((value as (...values: unknown[]) => unknown)(3, 4, 5))]]
  return Object.entries(value as object).flatMap(([key, inner]) => sentences(inner, `${path}.${key}`))
}

test('both languages say something everywhere, Korean in Hangul and English in Latin letters', () => {
  const korean = sentences(ko)
  const english = sentences(en)
  expect(english.map(([path]) => path)).toEqual(korean.map(([path]) => path))
  for (const [path, text] of [...korean, ...english]) expect(text.trim(), path).not.toBe('')
  const names = /otherLanguage|languages|\.count$|hourRange/
  for (const [path, text] of korean.filter(([path]) => !names.test(path)))
    expect(text, path).toMatch(/[가-힣]/)
  for (const [path, text] of english.filter(([path]) => !names.test(path)))
    expect(text, path).not.toMatch(/[가-힣]/)
})

/** The role tokens of the light theme and of the dark one. */
function themes(): Record<string, string>[] {
  const css = readFileSync(join(import.meta.dirname, 'styles/tokens.css'), 'utf8')
  return [/^:root \{([^}]*)\}/m, /^ {2}:root\[data-theme="dark"\] \{([^}]*)\}/m].map((block) => {
    const [, body = ''] = block.exec(css) ?? []
    return Object.fromEntries(
      [...body.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]),
    )
  })
}

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

test('text has a contrast of at least 7:1 on everything it stands on, edges and bars of 3:1, in both themes', () => {
  for (const theme of themes()) {
    const of = (name: string): string => theme[name] as string
    for (const ground of ['background', 'surface'])
      for (const ink of ['text', 'soft', 'accent', 'bad', 'warn', 'good'])
        expect(contrast(of(ink), of(ground)), `${ink} on ${ground}`).toBeGreaterThanOrEqual(7)
    for (const ink of ['good', 'warn', 'bad', 'accent', 'text'])
      for (const tint of ['good-tint', 'warn-tint', 'bad-tint', 'accent-tint'])
        if (ink === 'text' || tint.startsWith(ink))
          expect(contrast(of(ink), of(tint)), `${ink} on ${tint}`).toBeGreaterThanOrEqual(6.9)
    expect(contrast(of('on-accent'), of('accent'))).toBeGreaterThanOrEqual(7)
    for (const name of ['edge', 'fill'])
      expect(contrast(of(name), of('surface')), name).toBeGreaterThanOrEqual(3)
  }
})

test('the dark theme by choice is the dark theme of the device', () => {
  const css = readFileSync(join(import.meta.dirname, 'styles/tokens.css'), 'utf8')
  const [, byDevice = ''] = /:not\(\[data-theme="light"\]\) \{([^}]*)\}/.exec(css) ?? []
  const [, byChoice = ''] = /^ {2}:root\[data-theme="dark"\] \{([^}]*)\}/m.exec(css) ?? []
  const flat = (text: string): string => text.replace(/\s+/g, ' ').trim()
  expect(flat(byDevice)).toBe(flat(byChoice))
})
