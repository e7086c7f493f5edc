import { expect, test } from 'vitest'
import { staffEn } from './staff-en.ts'
import { staffKo } from './staff-ko.ts'
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
const staffKoSentences = sentences(staffKo)
const staffEnSentences = sentences(staffEn)
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

/** Not words to press: a number, a clock, a sign that stands beside one. */
const NOT_A_LABEL = /^\.(speech|typing)\./

test('no label is a single letter, because contrast checks leave those undecided', () => {
  for (const [path, text] of [...ko, ...en, ...staffKoSentences, ...staffEnSentences]) {
    if (NOT_A_LABEL.test(path) || /^\d+$/.test(text)) continue
    expect([...text].length, `${path} "${text}"`).toBeGreaterThanOrEqual(2)
  }
})

/** What stands in for a number or a name, so that the particle behind it can be seen. */
const HOLE = '\u25a1'

test('no particle that depends on the last sound follows a number or a name', () => {
  // 은/는, 이/가, 을/를, 와/과 and (으)로 differ after a vowel and after a consonant; nobody knows what will stand there.
  const pairs = new RegExp(
    `${HOLE}(은|는|이|가|을|를|와|과|로|으로|아|야|이나|나|이랑|랑|이에요|예요)(?![가-힣])`,
  )
  for (const [path, text] of [...withHoles(CATALOGS.ko), ...withHoles(staffKo)]) {
    expect(text, path).not.toMatch(pairs)
  }
})

/** Sentences of a catalogue as they would be with any value: each gap shows as a square. */
function withHoles(value: unknown, path = ''): Sentence[] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value === 'function') return withHoles(value(hole(), hole()), path)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => withHoles(inner, `${path}.${key}`))
}

/** Prints as a square, whichever property of it a sentence prints. */
function hole(): unknown {
  const target = { toLocaleString: () => HOLE, toString: () => HOLE, [Symbol.toPrimitive]: () => HOLE }
  return new Proxy(target, { get: (found, name) => Reflect.get(found, name) ?? HOLE })
}

test('staff have the same sentences in both languages, none empty and none left in the other', () => {
  expect(staffKoSentences.map(([path]) => path)).toEqual(staffEnSentences.map(([path]) => path))
  for (const [path, text] of [...staffKoSentences, ...staffEnSentences])
    expect(text.trim(), path).not.toBe('')
  for (const [path, text] of staffEnSentences)
    if (!FOREIGN.test(path)) expect(text, path).not.toMatch(/[가-힣]/)
})

test('no jargon of offices or machines reaches the voter', () => {
  for (const [path, text] of ko)
    expect(text, path).not.toMatch(/제출|로그인|인증|암호화|블록체인|서버|네트워크|오류|에러/)
})
