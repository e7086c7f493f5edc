import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadElectionConfig } from './config.ts'

const example = (name: string): string =>
  fileURLToPath(new URL(`../../examples/${name}.toml`, import.meta.url))

let folder: string
let demo: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hanpyo-config-'))
  demo = await readFile(example('demo'), 'utf8')
})
afterAll(() => rm(folder, { recursive: true }))

async function loadChanged(from: string | RegExp, to: string | ((match: string) => string)) {
  const text = demo.replace(from, to as string)
  expect(text).not.toBe(demo)
  const path = join(folder, 'election.toml')
  await writeFile(path, text)
  return loadElectionConfig(path)
}

test('the demonstration is three kiosks in three centres, one style with one approval contest', async () => {
  const config = expectOk(await loadElectionConfig(example('demo')))
  expect(config.styles.map(({ contests }) => contests.length)).toEqual([1])
  expect(
    config.contests.map(({ kind, maxSelections, options }) => [kind, maxSelections, options.length]),
  ).toEqual([['approve', 2, 8]])
  expect(config.centres.map(({ kiosks }) => kiosks)).toEqual([[1], [2], [3]])
  expect(config.publication).toMatchObject({ minPerKiosk: 1, tickSeconds: 2 })
  expect(config.times.opens).toBe(Date.parse('2026-09-01T09:00:00+09:00') / 1000)
})

test('the Seocho example has all eighteen dong and two styles', async () => {
  const config = expectOk(await loadElectionConfig(example('seocho-2026')))
  expect(config.centres).toHaveLength(18)
  expect(config.styles.map(({ contests }) => contests.length)).toEqual([5, 2])
  expect(config.trustees).toMatchObject({ threshold: 3, mixers: [1, 3, 5] })
})

test.each<[string, string | RegExp, string, RegExp]>([
  [
    'a time without an offset',
    '2026-09-01T09:00:00+09:00',
    '2026-09-01T09:00:00',
    /times\.opens: without an offset/,
  ],
  ['a time that is none', '2026-09-01T09:00:00+09:00', '"nine"', /times\.opens: not a time/],
  ['closing before opening', '2026-09-01T18:00:00', '2026-08-01T18:00:00', /times\.closes: must be later/],
  ['an unknown contest', 'contests = [1]', 'contests = [1, 7]', /styles\.0\.contests: there is no contest 7/],
  ['a contest nobody gets', 'contests = [1]', 'contests = [7]', /contests\.0: no style contains it/],
  ['a kiosk twice', 'kiosks = [3]', 'kiosks = [2]', /centres: two kiosks have the same number/],
  ['a threshold beyond the trustees', 'threshold = 3', 'threshold = 6', /trustees\.threshold: is larger/],
  ['a missing English title', /, en = "Resident"/, '', /styles\.0\.name\.en/],
  ['a misspelt key', 'slips = 96', 'slip = 96', /slips/],
  ['only observers', 'slips = 96', 'slips = 96\ntestSlips = 96', /testSlips: must be fewer/],
])('%s is refused with the place and the reason', async (_, from, to, message) => {
  const result = await loadChanged(from, to)
  expect(result).toMatchObject({ ok: false, error: 'config-invalid' })
  if (!result.ok) expect(result.detail).toMatch(message)
})

test('several mistakes are listed together', async () => {
  const result = await loadChanged(/slips = 96[\s\S]*kiosks = \[1\]/, (match) =>
    match.replace('slips = 96', 'slips = 0').replace('[1]', '[]'),
  )
  const lines = result.ok ? '' : (result.detail ?? '')
  expect(lines).toMatch(/styles\.0\.slips/)
  expect(lines).toMatch(/centres\.0\.kiosks/)
})

test('a broken file and a missing one are told apart', async () => {
  expect(await loadChanged('id = "demo', 'id = demo')).toMatchObject({ error: 'config-malformed' })
  expect(await loadElectionConfig(join(folder, 'none.toml'))).toMatchObject({ error: 'config-missing' })
})
