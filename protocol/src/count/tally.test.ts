import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodePoint } from '../ballot/encoding.ts'
import { encodePlaintext, type Selection } from '../ballot/plaintext.ts'
import { concatBytes } from '../bytes.ts'
import type { ManifestContest } from '../election/manifest.ts'
import { nobleGroup } from '../group/noble.ts'
import { tallyContest } from './tally.ts'

function contest(
  kind: ManifestContest['kind'],
  optionCount: number,
  minSelections: number,
  maxSelections: number,
): ManifestContest {
  const title = { ko: '항목', en: 'item' }
  const options = Array.from({ length: optionCount }, (_, i) => ({ id: i + 1, title, summary: title }))
  return { id: 7, kind, title, summary: title, options, minSelections, maxSelections }
}

function points(selections: readonly Selection[]): Uint8Array {
  return concatBytes(...selections.map((selection) => encodePoint(nobleGroup, encodePlaintext(selection))))
}

test('approvals are counted per option, blanks and invalid ones apart', () => {
  const tally = tallyContest(
    nobleGroup,
    contest('approve', 4, 1, 2),
    points([
      { kind: 'approve', options: [1, 3] },
      { kind: 'approve', options: [3] },
      { kind: 'blank' },
      { kind: 'approve', options: [1, 2, 3] },
      { kind: 'approve', options: [5] },
      { kind: 'choose-one', option: 1 },
    ]),
  )
  expect(tally).toEqual({
    id: 7,
    total: 6,
    blank: 1,
    invalid: { 'too-many-selections': 1, 'option-out-of-range': 1, 'wrong-format-for-contest': 1 },
    counts: [
      { option: 1, votes: 1 },
      { option: 2, votes: 0 },
      { option: 3, votes: 2 },
      { option: 4, votes: 0 },
    ],
  })
})

test('rankings are counted by place', () => {
  const tally = tallyContest(
    nobleGroup,
    contest('rank', 3, 1, 3),
    points([
      { kind: 'rank', options: [2, 1, 3] },
      { kind: 'rank', options: [2, 3] },
      { kind: 'rank', options: [1] },
    ]),
  )
  expect(tally.counts).toEqual([
    { option: 1, votes: 2, byRank: [1, 1, 0] },
    { option: 2, votes: 2, byRank: [2, 0, 0] },
    { option: 3, votes: 2, byRank: [0, 1, 1] },
  ])
})

test('whatever points come, valid, blank and invalid ballots add up and nothing throws', () => {
  const rules = contest('choose-one', 3, 1, 1)
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 5 }), (bytes) => {
      const valid = points([{ kind: 'choose-one', option: 2 }])
      const tally = tallyContest(nobleGroup, rules, concatBytes(valid, new Uint8Array(32), ...bytes))
      const invalid = Object.values(tally.invalid).reduce((sum, n) => sum + n, 0)
      const votes = tally.counts.reduce((sum, { votes }) => sum + votes, 0)
      expect(votes + tally.blank + invalid).toBe(tally.total)
      expect(votes).toBeGreaterThanOrEqual(1)
    }),
    { numRuns: 30 },
  )
})
