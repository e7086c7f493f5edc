import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FINALS, INITIALS, lettersOf, partsOf, SYLLABLE_COUNT, syllableOf, VOWELS } from './jamo.ts'
import { CONSONANT_KEYS, strokesOf, type Typing, type TypingKey, textOf, type, typingOf } from './typing.ts'

const typed = (keys: readonly TypingKey[], start: Typing = typingOf('')): string =>
  textOf(keys.reduce(type, start))

/** The letters of the two-set keyboard: compounds are two keys, doubled consonants one (with shift). */
function twoSetKeys(text: string): TypingKey[] {
  return lettersOf(text)
    .flatMap((letter) => partsOf(letter) ?? [letter])
    .map((jamo) => (/[ㄱ-ㅣ]/.test(jamo) ? { kind: 'jamo', jamo } : { kind: 'text', text: jamo }))
}

/** The presses of 천지인, with "next character" where the same key follows itself in another letter. */
function cheonjiinKeys(text: string): TypingKey[] {
  const keys: TypingKey[] = []
  let last = ''
  const consonant = (letter: string): void => {
    const of = CONSONANT_KEYS.find((one) => one.includes(letter))
    if (of === undefined) throw new Error(`no key for ${letter}`)
    if (of === last) keys.push({ kind: 'next' })
    for (let press = 0; press <= [...of].indexOf(letter); press++) keys.push({ kind: 'cycle', of })
    last = of
  }
  for (const character of text) {
    const syllable = syllableOf(character)
    if (syllable === undefined) {
      keys.push({ kind: 'text', text: character })
      last = ''
      continue
    }
    consonant(syllable.initial)
    for (const stroke of strokesOf(syllable.vowel))
      keys.push({ kind: 'stroke', stroke: stroke as 'ㅣ' | 'ㆍ' | 'ㅡ' })
    last = ''
    for (const letter of partsOf(syllable.final) ?? [...syllable.final]) consonant(letter)
  }
  return keys
}

const ALL = Array.from({ length: SYLLABLE_COUNT }, (_, at) => String.fromCharCode(0xac00 + at))
const LAYOUTS = [
  ['두벌식', twoSetKeys],
  ['천지인', cheonjiinKeys],
] as const
const anySyllable = fc.integer({ min: 0xac00, max: 0xd7a3 }).map((code) => String.fromCharCode(code))

test.each(LAYOUTS)('%s writes each of the 11,172 syllables', (_, keysOf) => {
  const wrong = ALL.filter((syllable) => typed(keysOf(syllable)) !== syllable)
  expect(wrong).toEqual([])
})

test.each(LAYOUTS)(
  '%s writes every final before every initial, so that the right letter moves',
  (_, keysOf) => {
    const wrong: string[] = []
    for (const final of FINALS) {
      for (const initial of INITIALS) {
        const [v, f, i] = [0, FINALS.indexOf(final), INITIALS.indexOf(initial)]
        const one = String.fromCharCode(0xac00 + v * FINALS.length + f)
        const other = String.fromCharCode(0xac00 + i * VOWELS.length * FINALS.length)
        if (typed(keysOf(one + other)) !== one + other) wrong.push(one + other)
      }
    }
    expect(wrong).toEqual([])
  },
)

test.each(LAYOUTS)('%s writes any text of syllables, digits, blanks and punctuation', (_, keysOf) => {
  const character = fc.oneof({ weight: 8, arbitrary: anySyllable }, fc.constantFrom(...'0189 .,?!()'))
  fc.assert(
    fc.property(fc.array(character, { maxLength: 30 }), (characters) => {
      const text = characters.join('')
      expect(typed(keysOf(text))).toBe(text)
    }),
    { numRuns: 300 },
  )
})

test.each([
  '값이',
  '닭을',
  '괜찮아',
  '없애다',
  '의사',
  '뷁',
  '않았다',
  '꽃과 나무',
  '웬일',
  '계획서',
  '넋사',
])('%s is written right on both layouts', (word) => {
  for (const [, keysOf] of LAYOUTS) expect(typed(keysOf(word))).toBe(word)
})

const jamo = (letters: string): TypingKey[] => [...letters].map((letter) => ({ kind: 'jamo', jamo: letter }))
const keys = (...kinds: ('erase' | 'next' | 'pause')[]): TypingKey[] => kinds.map((kind) => ({ kind }))

test('lone letters stay lone, and two vowels that make no compound stand side by side', () => {
  expect(typed(jamo('ㅋㅋㅋ'))).toBe('ㅋㅋㅋ')
  expect(typed(jamo('ㅠㅠ'))).toBe('ㅠㅠ')
  expect(typed(jamo('ㅗㅏㄱ'))).toBe('ㅘㄱ')
  expect(typed(jamo('ㄱㅅㅏ'))).toBe('ㄱ사')
})

test('a final moves to the next syllable, of a compound only its second letter, a doubled one as a whole', () => {
  expect(typed(jamo('ㄷㅏㄹㄱㅏ'))).toBe('달가')
  expect(typed(jamo('ㄱㅏㅄㅣ'.replace('ㅄ', 'ㅂㅅ')))).toBe('갑시')
  expect(typed(jamo('ㅇㅣㅆㅓ'))).toBe('이써')
  expect(typed(jamo('ㄱㅏㄸㅏ'))).toBe('가따')
})

test('taking back undoes one letter of the open syllable, then whole characters', () => {
  const states = ['닭', '달', '다', 'ㄷ', '']
  states.forEach((text, times) => {
    expect(typed([...jamo('ㄷㅏㄹㄱ'), ...keys(...new Array<'erase'>(times).fill('erase'))])).toBe(text)
  })
  expect(typed([...jamo('ㅇㅗㅏ'), ...keys('erase')])).toBe('오')
  expect(typed([...jamo('ㄱㅏㄴㅏ'), ...keys('erase', 'erase', 'erase')])).toBe('')
  expect(typed(keys('erase'), typingOf('값이'))).toBe('값')
  expect(typed(keys('erase'))).toBe('')
})

test('taking back as often as letters were typed leaves nothing, whatever was typed', () => {
  fc.assert(
    fc.property(fc.array(anySyllable, { maxLength: 8 }), (characters) => {
      const pressed = twoSetKeys(characters.join(''))
      const erased = [...pressed, ...pressed.map(() => ({ kind: 'erase' }) as const)]
      expect(typed(erased)).toBe('')
    }),
    { numRuns: 200 },
  )
})

const round = (of: string, times: number): TypingKey[] => new Array(times).fill({ kind: 'cycle', of })

test('a key pressed again goes round its letters, also where that joins or parts syllables', () => {
  expect([1, 2, 3, 4].map((times) => typed(round('ㄱㅋㄲ', times)))).toEqual(['ㄱ', 'ㅋ', 'ㄲ', 'ㄱ'])
  const gan = jamo('ㄱㅏㄴ')
  expect(typed([...gan, ...round('ㅅㅎㅆ', 1)])).toBe('간ㅅ')
  expect(typed([...gan, ...round('ㅅㅎㅆ', 2)])).toBe('갆')
  expect(typed([...gan, ...round('ㅅㅎㅆ', 3)])).toBe('간ㅆ')
})

test('"next character" ends the syllable, and the time limit only ends the going round', () => {
  const ga = jamo('ㄱㅏ')
  expect(typed([...ga, ...round('ㄱㅋㄲ', 1), ...keys('next'), ...round('ㄱㅋㄲ', 1)])).toBe('각ㄱ')
  expect(typed([...ga, ...round('ㅂㅍㅃ', 1), ...keys('pause'), ...round('ㅅㅎㅆ', 1)])).toBe('값')
  expect(typed([...ga, ...keys('next'), { kind: 'stroke', stroke: 'ㅣ' }])).toBe('가ㅣ')
})

test('dots that are no vowel yet are shown as dots, and the final moves with the first of them', () => {
  const stroke = (s: 'ㅣ' | 'ㆍ' | 'ㅡ'): TypingKey => ({ kind: 'stroke', stroke: s })
  const gak = jamo('ㄱㅏㄱ')
  expect(typed([...gak, stroke('ㆍ')])).toBe('가ㄱㆍ')
  expect(typed([...gak, stroke('ㆍ'), stroke('ㆍ'), stroke('ㅣ')])).toBe('가겨')
})

test('the caret moves by characters, and what is typed there pushes the rest on', () => {
  const left: TypingKey = { kind: 'caret', step: -1 }
  expect(typed([left, left, ...jamo('ㅅㅣ'), { kind: 'text', text: ' ' }], typingOf('도서관'))).toBe(
    '도시 서관',
  )
  expect(typed([left, left, left, { kind: 'erase' }], typingOf('나무'))).toBe('나무')
  expect(typed([{ kind: 'caret', step: 1 }, ...jamo('ㅎ')], typingOf('길'))).toBe('길ㅎ')
})

test('any keys in any order give text in NFC without control characters', () => {
  const key: fc.Arbitrary<TypingKey> = fc.oneof(
    fc.constantFrom(...INITIALS, ...VOWELS).map((letter): TypingKey => ({ kind: 'jamo', jamo: letter })),
    fc.constantFrom('ㅣ', 'ㆍ', 'ㅡ').map((s): TypingKey => ({ kind: 'stroke', stroke: s as 'ㅣ' })),
    fc.constantFrom(...CONSONANT_KEYS, 'abc', '.,?!').map((of): TypingKey => ({ kind: 'cycle', of })),
    fc.constantFrom('erase', 'next', 'pause').map((kind) => ({ kind }) as TypingKey),
    fc.constantFrom<1 | -1>(1, -1).map((step): TypingKey => ({ kind: 'caret', step })),
  )
  fc.assert(
    fc.property(fc.array(key, { maxLength: 60 }), (pressed) => {
      const text = typed(pressed)
      expect(text).toBe(text.normalize('NFC'))
      expect(text).not.toMatch(/\p{Cc}/u)
    }),
    { numRuns: 300 },
  )
})
