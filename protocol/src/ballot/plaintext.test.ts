import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectOk } from '../result.ts'
import { type ContestRules, decodePlaintext, encodePlaintext, type Selection } from './plaintext.ts'

const chooseOne: ContestRules = { kind: 'choose-one', optionCount: 4, minSelections: 1, maxSelections: 1 }
const yesNo: ContestRules = { kind: 'yes-no', optionCount: 2, minSelections: 1, maxSelections: 1 }
const approve: ContestRules = { kind: 'approve', optionCount: 8, minSelections: 1, maxSelections: 2 }
const rank: ContestRules = { kind: 'rank', optionCount: 5, minSelections: 2, maxSelections: 3 }
const widest: ContestRules = { kind: 'budget', optionCount: 231, minSelections: 1, maxSelections: 231 }

const plaintext = (...first: number[]): Uint8Array => {
  const out = new Uint8Array(30)
  out.set(first)
  return out
}

test.each<[Selection, ContestRules, number[]]>([
  [{ kind: 'choose-one', option: 3 }, chooseOne, [1, 3]],
  [{ kind: 'yes-no', option: 2 }, yesNo, [5, 2]],
  [{ kind: 'approve', options: [1, 8] }, approve, [2, 0b10, 0b1]],
  [{ kind: 'rank', options: [5, 1, 3] }, rank, [3, 5, 1, 3]],
  [{ kind: 'budget', options: [7, 8, 9] }, widest, [4, 0x80, 0b11]],
  [{ kind: 'blank' }, approve, [0x7f]],
  [{ kind: 'blank' }, chooseOne, [0x7f]],
])('%j has one encoding and comes back', (selection, rules, first) => {
  expect(encodePlaintext(selection)).toEqual(plaintext(...first))
  expect(expectOk(decodePlaintext(plaintext(...first), rules))).toEqual(selection)
})

test('option 231, the highest of a bitmap, is the top bit of the last byte', () => {
  const bytes = encodePlaintext({ kind: 'budget', options: [231] })
  expect([...bytes.subarray(28)]).toEqual([0, 0x80])
  expect(expectOk(decodePlaintext(bytes, widest))).toEqual({ kind: 'budget', options: [231] })
})

test.each<[string, Uint8Array, ContestRules, string]>([
  ['all zero', plaintext(), approve, 'unknown-format'],
  ['format 6', plaintext(6, 1), approve, 'unknown-format'],
  ['29 bytes', new Uint8Array(29).fill(2), approve, 'unknown-format'],
  ['a choice in an approval contest', plaintext(1, 1), approve, 'wrong-format-for-contest'],
  ['a yes in a choice contest', plaintext(5, 1), chooseOne, 'wrong-format-for-contest'],
  ['a blank with a mark', plaintext(0x7f, 0, 1), approve, 'nonzero-padding'],
  ['a choice with a mark', plaintext(1, 1, 0, 9), chooseOne, 'nonzero-padding'],
  ['option 0 chosen', plaintext(1, 0), chooseOne, 'too-few-selections'],
  ['option 5 of 4', plaintext(1, 5), chooseOne, 'option-out-of-range'],
  ['bit 0 of a bitmap', plaintext(2, 0b11), approve, 'option-out-of-range'],
  ['bit 9 of 8 options', plaintext(2, 0, 0b10), approve, 'option-out-of-range'],
  ['an empty bitmap', plaintext(2), approve, 'too-few-selections'],
  ['three of at most two', plaintext(2, 0b1110), approve, 'too-many-selections'],
  ['a ranking with a gap', plaintext(3, 1, 0, 2), rank, 'nonzero-padding'],
  ['a ranking with a repeat', plaintext(3, 1, 1), rank, 'duplicate-option'],
  ['a ranking of one where two are wanted', plaintext(3, 1), rank, 'too-few-selections'],
  ['a ranking of four where three are allowed', plaintext(3, 1, 2, 3, 4), rank, 'too-many-selections'],
  ['a ranking of an unknown option', plaintext(3, 6, 1), rank, 'option-out-of-range'],
])('%s is invalid', (_, bytes, rules, error) => {
  expect(decodePlaintext(bytes, rules)).toMatchObject({ ok: false, error })
})

test('an empty selection is not a second way to say blank, even where nothing is required', () => {
  const optional = { ...approve, minSelections: 0 }
  expect(decodePlaintext(plaintext(2), optional)).toMatchObject({ ok: false, error: 'too-few-selections' })
})

describe('arbitrary bytes', () => {
  const rules = fc.constantFrom(chooseOne, yesNo, approve, rank, widest)
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 30, maxLength: 30 }),
    fc.uint8Array({ maxLength: 40 }),
    fc
      .tuple(fc.constantFrom(1, 2, 3, 4, 5, 0x7f), fc.uint8Array({ maxLength: 3 }))
      .map(([format, rest]) => plaintext(format, ...rest)),
  )

  test('never make the decoder throw, and what it accepts encodes back to the same bytes', () => {
    fc.assert(
      fc.property(bytes, rules, (input, contest) => {
        const decoded = decodePlaintext(input, contest)
        if (decoded.ok) expect(encodePlaintext(decoded.value)).toEqual(input)
      }),
      { numRuns: 2000 },
    )
  })
})

test.each<[string, Selection]>([
  ['options out of order', { kind: 'approve', options: [3, 1] }],
  ['an option twice', { kind: 'approve', options: [3, 3] }],
  ['an option ranked twice', { kind: 'rank', options: [3, 3] }],
  ['option 0', { kind: 'choose-one', option: 0 }],
  ['option 256', { kind: 'choose-one', option: 256 }],
  ['bitmap option 232', { kind: 'budget', options: [232] }],
  ['a fraction', { kind: 'yes-no', option: 1.5 }],
  ['30 ranked', { kind: 'rank', options: Array.from({ length: 30 }, (_, i) => i + 1) }],
])('encoding %s is a bug', (_, selection) => {
  expect(() => encodePlaintext(selection)).toThrow(RangeError)
})

test('a budget with prices is kept to the won', () => {
  const rules = { kind: 'budget', optionCount: 3, minSelections: 1, maxSelections: 3 } as const
  const prices = { costs: [40, 35, 30], budget: 75 }
  const choose = (options: number[]) => encodePlaintext({ kind: 'budget', options })
  expect(decodePlaintext(choose([1, 2]), { ...rules, prices }).ok).toBe(true)
  expect(decodePlaintext(choose([1, 2, 3]), { ...rules, prices })).toMatchObject({ error: 'over-budget' })
  expect(decodePlaintext(choose([1, 2, 3]), rules).ok).toBe(true)
})
