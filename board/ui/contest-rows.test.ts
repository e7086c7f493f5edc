import { expect, test } from 'vitest'
import type { ContestView } from '../src/snapshot.ts'
import { contestRows, type OpenedResult, placesText } from './contest-rows.ts'
import { en } from './i18n/en.ts'

const text = { t: en, n: String, say: ({ en: words }: { readonly en: string }) => words }

function contest(titles: readonly string[], kind: ContestView['kind'] = 'choose-one'): ContestView {
  const options = titles.map((title, i) => ({ id: i + 1, title: { ko: title, en: title } }))
  return { id: 1, kind, title: { ko: '', en: '' }, options, maxSelections: 1 }
}

function result(counts: OpenedResult['counts']): OpenedResult {
  return { id: 1, total: 9, blank: 1, invalid: { 'unknown-format': 2, 'duplicate-option': 1 }, counts }
}

test('options stand by their votes, equal ones as on the ballot, and blank and invalid ones below them', () => {
  const counts = [2, 5, 2].map((votes, i) => ({ option: i + 1, votes }))
  const { options, rest, places } = contestRows(contest(['a', 'b', 'c']), result(counts), text)
  expect(options.map(({ label, votes }) => [label, votes])).toEqual([
    ['b', 5],
    ['a', 2],
    ['c', 2],
  ])
  expect(rest.map(({ label, votes }) => [label, votes])).toEqual([
    ['Left blank', 1],
    ['Invalid', 3],
  ])
  expect(places).toBe(0)
})

test('ranked options stand by first places before anything else, then by second ones', () => {
  const counts = [
    { option: 1, votes: 8, byRank: [1, 7] },
    { option: 2, votes: 3, byRank: [2, 1] },
    { option: 3, votes: 4, byRank: [2, 2] },
  ]
  const { options, places } = contestRows(contest(['a', 'b', 'c'], 'rank'), result(counts), text)
  expect(options.map(({ label }) => label)).toEqual(['c', 'b', 'a'])
  expect(places).toBe(2)
  expect(placesText(text, [1, 0, 4])).toBe('place 1: 1 · place 3: 4')
  expect(placesText(text, [0, 0])).toBeNull()
})

test('two options of one name are told apart by their number on the ballot', () => {
  const counts = [1, 2, 3].map((votes, i) => ({ option: i + 1, votes }))
  const { options } = contestRows(contest(['Kim', 'Lee', 'Kim']), result(counts), text)
  expect(options.map(({ label }) => label)).toEqual([
    'Kim (no. 3 on the ballot)',
    'Lee',
    'Kim (no. 1 on the ballot)',
  ])
})
