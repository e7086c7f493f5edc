import { expect, test } from 'vitest'
import { CATALOGS } from './use-text.ts'

type Sentence = readonly [path: string, text: string]

/** All sentences of a catalogue; functions are called with the numbers a screen would show. */
function sentences(value: unknown, path = ''): Sentence[] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value === 'function') return sentences(value(3, 3), path)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => sentences(inner, `${path}.${key}`))
}

const ko = sentences(CATALOGS.ko)
const en = sentences(CATALOGS.en)
/** What names or speaks the other language on purpose. */
const FOREIGN = /^\.(switchLanguage|mode\.other)\./

test('both languages have the same sentences, none empty', () => {
  expect(ko.map(([path]) => path)).toEqual(en.map(([path]) => path))
  for (const [path, text] of [...ko, ...en]) expect(text.trim(), path).not.toBe('')
})

test('no sentence is left in the other language', () => {
  for (const [path, text] of ko) if (!FOREIGN.test(path)) expect(text, path).not.toMatch(/[A-Za-z]/)
  for (const [path, text] of en) if (!FOREIGN.test(path)) expect(text, path).not.toMatch(/[가-힣]/)
})

test('Korean is polite throughout: sentences end in -요, -니다 or -세요', () => {
  for (const [path, text] of ko.filter(([one]) => !FOREIGN.test(one))) {
    for (const sentence of text.match(/[^.?!]+[.?!]/g) ?? []) {
      expect(sentence, path).toMatch(/(요|니다|까요|세요)[.?!]$/)
    }
  }
})

test('every problem says what happened and what to do next', () => {
  for (const [path] of ko.filter(([one]) => one.endsWith('.what'))) {
    expect(
      ko.some(([other]) => other === path.replace(/what$/, 'next')),
      path,
    ).toBe(true)
  }
})

test('buttons have at least two syllables, so that contrast checks can read them', () => {
  const { footer, confirm, number, review } = CATALOGS.ko
  const labels = [
    footer.help,
    footer.leave,
    footer.back,
    footer.next,
    confirm.yes,
    number.same,
    review.change,
  ]
  for (const label of labels) expect(label.length).toBeGreaterThanOrEqual(2)
})

test('no jargon of offices or machines reaches the voter', () => {
  for (const [path, text] of ko)
    expect(text, path).not.toMatch(/제출|로그인|인증|암호화|블록체인|서버|네트워크|오류|에러/)
})
