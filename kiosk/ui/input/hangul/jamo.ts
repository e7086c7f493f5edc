/**
 * Hangul as jamo, in the letters of the compatibility block (U+3131–U+3163) that keys show. A syllable block is
 * U+AC00 + (initial · 21 + vowel) · 28 + final (Unicode standard, 3.12, conjoining jamo behaviour).
 */
const FIRST_SYLLABLE = 0xac00
export const SYLLABLE_COUNT = 11_172

export const INITIALS = [...'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ']
export const VOWELS = [...'ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ']
/** The first of them stands for none. */
export const FINALS = ['', ...'ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ']

/** Letters that two strokes of the keyboard make: two vowels, or two consonants at the end of a syllable. */
const COMPOUNDS: Readonly<Record<string, readonly [string, string]>> = {
  ㅘ: ['ㅗ', 'ㅏ'],
  ㅙ: ['ㅗ', 'ㅐ'],
  ㅚ: ['ㅗ', 'ㅣ'],
  ㅝ: ['ㅜ', 'ㅓ'],
  ㅞ: ['ㅜ', 'ㅔ'],
  ㅟ: ['ㅜ', 'ㅣ'],
  ㅢ: ['ㅡ', 'ㅣ'],
  ㄳ: ['ㄱ', 'ㅅ'],
  ㄵ: ['ㄴ', 'ㅈ'],
  ㄶ: ['ㄴ', 'ㅎ'],
  ㄺ: ['ㄹ', 'ㄱ'],
  ㄻ: ['ㄹ', 'ㅁ'],
  ㄼ: ['ㄹ', 'ㅂ'],
  ㄽ: ['ㄹ', 'ㅅ'],
  ㄾ: ['ㄹ', 'ㅌ'],
  ㄿ: ['ㄹ', 'ㅍ'],
  ㅀ: ['ㄹ', 'ㅎ'],
  ㅄ: ['ㅂ', 'ㅅ'],
}
const COMPOUND_OF = new Map(Object.entries(COMPOUNDS).map(([whole, parts]) => [parts.join(''), whole]))

/** The one letter that two make together, or `undefined`. */
export function compound(first: string, second: string): string | undefined {
  return COMPOUND_OF.get(first + second)
}

/** The two letters of a compound, or `undefined` for a letter of its own (ㄲ and ㅆ are letters of their own). */
export function partsOf(jamo: string): readonly [string, string] | undefined {
  return COMPOUNDS[jamo]
}

/** A syllable while it is written; a part that is not there yet is empty. */
export interface Syllable {
  readonly initial: string
  /** A vowel, or the dots of a vowel that is not finished (ㆍ). */
  readonly vowel: string
  readonly final: string
}

export const NO_SYLLABLE: Syllable = { initial: '', vowel: '', final: '' }

/** The syllable as text in NFC: one block where the letters make one, otherwise the letters side by side. */
export function blockOf({ initial, vowel, final }: Syllable): string {
  const [i, v, f] = [INITIALS.indexOf(initial), VOWELS.indexOf(vowel), FINALS.indexOf(final)]
  if (i < 0 || v < 0 || f < 0) return initial + vowel + final
  return String.fromCharCode(FIRST_SYLLABLE + (i * VOWELS.length + v) * FINALS.length + f)
}

/** Takes a syllable block apart; `undefined` for any other character. */
export function syllableOf(character: string): Syllable | undefined {
  const at = character.charCodeAt(0) - FIRST_SYLLABLE
  if (character.length !== 1 || !(at >= 0 && at < SYLLABLE_COUNT)) return undefined
  return {
    initial: INITIALS[Math.floor(at / (VOWELS.length * FINALS.length))] ?? '',
    vowel: VOWELS[Math.floor(at / FINALS.length) % VOWELS.length] ?? '',
    final: FINALS[at % FINALS.length] ?? '',
  }
}

/** The letters of a text one by one: syllables as initial, vowel and final, anything else as it is. */
export function lettersOf(text: string): string[] {
  return [...text.normalize('NFC')].flatMap((character) => {
    const syllable = syllableOf(character)
    if (syllable === undefined) return [character]
    return [syllable.initial, syllable.vowel, syllable.final].filter((letter) => letter !== '')
  })
}
