import {
  addConsonant,
  addVowel,
  beginVowel,
  type Composition,
  commit,
  compositionOf,
  erase,
  insert,
  moveCaret,
  releaseFinal,
  withVowel,
} from './composition.ts'
import { blockOf, INITIALS, VOWELS } from './jamo.ts'

/** What a key of any layout means. Layouts may change in the middle of a text: they all write into the same state. */
export type TypingKey =
  /** 두벌식: a letter. */
  | { readonly kind: 'jamo'; readonly jamo: string }
  /** 천지인: a stroke of a vowel – upright, dot, flat. */
  | { readonly kind: 'stroke'; readonly stroke: 'ㅣ' | 'ㆍ' | 'ㅡ' }
  /** Pressed again and again, the key goes round its characters (천지인's consonants, English on few keys). */
  | { readonly kind: 'cycle'; readonly of: string }
  /** Characters as they are: digits, punctuation, Latin letters, a blank. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'erase' }
  /** 다음 글자: what follows begins another character. */
  | { readonly kind: 'next' }
  /** The time limit of a repeated key has run out; the syllable stays open. */
  | { readonly kind: 'pause' }
  | { readonly kind: 'caret'; readonly step: 1 | -1 }

export interface Typing {
  readonly composition: Composition
  /** The key whose characters are going round, the place in them, and the text as it was without it. */
  readonly cycle: { readonly of: string; readonly at: number; readonly base: Composition } | null
}

export function typingOf(text: string): Typing {
  return { composition: compositionOf(text), cycle: null }
}

/** The whole text, in NFC. */
export function textOf({ composition }: Typing): string {
  const { before, syllable, after } = composition
  return (before + blockOf(syllable) + after).normalize('NFC')
}

/** The text before the caret, the caret's syllable included. */
export function beforeCaret({ composition }: Typing): string {
  return composition.before + blockOf(composition.syllable)
}

/** One key press. */
export function type(typing: Typing, key: TypingKey): Typing {
  const { composition } = typing
  if (key.kind === 'cycle') return goRound(typing, key.of)
  return { composition: apply(composition, key), cycle: null }
}

function apply(composition: Composition, key: Exclude<TypingKey, { kind: 'cycle' }>): Composition {
  switch (key.kind) {
    case 'jamo':
      return addLetter(composition, key.jamo)
    case 'stroke':
      return addStroke(composition, key.stroke)
    case 'text':
      return insert(composition, key.text)
    case 'erase':
      return erase(composition)
    case 'next':
      return commit(composition)
    case 'caret':
      return moveCaret(composition, key.step)
    case 'pause':
      return composition
  }
}

function addLetter(composition: Composition, letter: string): Composition {
  if (VOWELS.includes(letter)) return addVowel(composition, letter)
  return INITIALS.includes(letter) ? addConsonant(composition, letter) : insert(composition, letter)
}

/** The same key again replaces its character by the next one, as if the one before had never been typed. */
function goRound(typing: Typing, of: string): Typing {
  const characters = [...of]
  const running = typing.cycle?.of === of ? typing.cycle : null
  const at = running === null ? 0 : (running.at + 1) % characters.length
  const base = running?.base ?? typing.composition
  return { composition: addLetter(base, characters[at] ?? ''), cycle: { of, at, base } }
}

/** What a vowel (or its first dots) becomes with one more stroke of 천지인. */
const STROKES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '': { ㅣ: 'ㅣ', ㆍ: 'ㆍ', ㅡ: 'ㅡ' },
  ㆍ: { ㅣ: 'ㅓ', ㆍ: 'ㆍㆍ', ㅡ: 'ㅗ' },
  ㆍㆍ: { ㅣ: 'ㅕ', ㅡ: 'ㅛ' },
  ㅣ: { ㆍ: 'ㅏ' },
  ㅏ: { ㆍ: 'ㅑ', ㅣ: 'ㅐ' },
  ㅑ: { ㅣ: 'ㅒ' },
  ㅓ: { ㅣ: 'ㅔ' },
  ㅕ: { ㅣ: 'ㅖ' },
  ㅡ: { ㆍ: 'ㅜ', ㅣ: 'ㅢ' },
  ㅗ: { ㅣ: 'ㅚ' },
  ㅚ: { ㆍ: 'ㅘ' },
  ㅘ: { ㅣ: 'ㅙ' },
  ㅜ: { ㆍ: 'ㅠ', ㅣ: 'ㅟ' },
  ㅠ: { ㅣ: 'ㅝ' },
  ㅝ: { ㅣ: 'ㅞ' },
}

function addStroke(composition: Composition, stroke: string): Composition {
  const open = releaseFinal(composition)
  const vowel = STROKES[open.syllable.vowel]?.[stroke]
  return vowel === undefined ? beginVowel(open, stroke) : withVowel(open, vowel)
}

/** The strokes that write a vowel, for the spoken help and the tests: the shortest way through the table above. */
export function strokesOf(vowel: string): string[] {
  for (const [from, steps] of Object.entries(STROKES)) {
    for (const [stroke, to] of Object.entries(steps)) {
      if (to === vowel) return from === '' ? [stroke] : [...strokesOf(from), stroke]
    }
  }
  return []
}

/** 천지인's consonant keys, each with the characters it goes round. */
export const CONSONANT_KEYS = ['ㄱㅋㄲ', 'ㄴㄹ', 'ㄷㅌㄸ', 'ㅂㅍㅃ', 'ㅅㅎㅆ', 'ㅈㅊㅉ', 'ㅇㅁ'] as const
