import { blockOf, compound, FINALS, NO_SYLLABLE, partsOf, type Syllable, VOWELS } from './jamo.ts'

/** A text while it is written: what stands before the caret, the syllable under the hand, what stands behind. */
export interface Composition {
  readonly before: string
  readonly syllable: Syllable
  readonly after: string
}

export function compositionOf(text: string): Composition {
  return { before: text.normalize('NFC'), syllable: NO_SYLLABLE, after: '' }
}

export function isComposing({ syllable }: Composition): boolean {
  return syllable.initial !== '' || syllable.vowel !== '' || syllable.final !== ''
}

/** Ends the syllable: what is typed next begins another one. */
export function commit(composition: Composition): Composition {
  const { before, syllable, after } = composition
  return isComposing(composition)
    ? { before: before + blockOf(syllable), syllable: NO_SYLLABLE, after }
    : composition
}

/** Puts characters that are no Hangul letters behind the syllable. */
export function insert(composition: Composition, text: string): Composition {
  const done = commit(composition)
  return { ...done, before: done.before + text }
}

function begin(composition: Composition, part: Partial<Syllable>): Composition {
  return { ...commit(composition), syllable: { ...NO_SYLLABLE, ...part } }
}

/** A consonant becomes the final of an open syllable, joins the final to a compound, or begins the next syllable. */
export function addConsonant(composition: Composition, jamo: string): Composition {
  const { syllable } = composition
  const isOpen = syllable.initial !== '' && VOWELS.includes(syllable.vowel)
  if (!isOpen) return begin(composition, { initial: jamo })
  const final = syllable.final === '' ? jamo : compound(syllable.final, jamo)
  if (final === undefined || !FINALS.includes(final)) return begin(composition, { initial: jamo })
  return { ...composition, syllable: { ...syllable, final } }
}

/** Before a vowel the final (of a compound its second letter) goes along as the initial of the next syllable. */
export function releaseFinal(composition: Composition): Composition {
  const { syllable } = composition
  if (syllable.final === '') return composition
  const [kept, moved] = partsOf(syllable.final) ?? ['', syllable.final]
  return begin({ ...composition, syllable: { ...syllable, final: kept } }, { initial: moved })
}

/** A vowel follows the initial, or joins the vowel before it to a compound, or begins a syllable of its own. */
export function addVowel(composition: Composition, jamo: string): Composition {
  const open = releaseFinal(composition)
  const { vowel } = open.syllable
  const joined = vowel === '' ? jamo : compound(vowel, jamo)
  return joined === undefined ? begin(open, { vowel: jamo }) : withVowel(open, joined)
}

/** Writes the vowel of the open syllable anew, or begins one with it. */
export function withVowel(composition: Composition, vowel: string): Composition {
  return { ...composition, syllable: { ...composition.syllable, vowel } }
}

/** Begins a syllable with a vowel, for a stroke that continues nothing. */
export function beginVowel(composition: Composition, vowel: string): Composition {
  return begin(composition, { vowel })
}

/** Takes back one letter of the syllable under the hand, of a compound its second; otherwise the character before. */
export function erase(composition: Composition): Composition {
  const { before, syllable, after } = composition
  for (const part of ['final', 'vowel', 'initial'] as const) {
    if (syllable[part] === '') continue
    const kept = partsOf(syllable[part])?.[0] ?? ''
    return { before, syllable: { ...syllable, [part]: kept }, after }
  }
  return { before: [...before].slice(0, -1).join(''), syllable, after }
}

/** Moves the caret by one character; at the ends it stays. */
export function moveCaret(composition: Composition, step: 1 | -1): Composition {
  const { before, after } = commit(composition)
  const [left, right] = [[...before], [...after]]
  if (step === 1) left.push(...right.splice(0, 1))
  else right.unshift(...left.splice(-1))
  return { before: left.join(''), syllable: NO_SYLLABLE, after: right.join('') }
}
