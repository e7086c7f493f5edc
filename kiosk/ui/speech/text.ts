import type { Language } from '../../src/contract/views.ts'

/** A piece of a sentence that is spoken with one clip, a number, or characters one by one. */
export type Atom =
  | { readonly kind: 'phrase'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'characters'; readonly text: string }

const WORD_JOINER = /\u2060/g
/** What stands between the parts of a composed sentence. */
const PARTS = / · |: /
/** A slip number (two groups of three digits), or any other number. */
const DIGITS = /\d{3} \d{3}(?!\d)|\d[\d,]*/g

/** What is spoken and looked up: one line, without characters that only serve the layout. */
export function normalise(text: string): string {
  return text.normalize('NFC').replace(WORD_JOINER, '').replace(/\s+/g, ' ').trim()
}

/** The pieces of a composed sentence: parts around "·" and ": ", then numbers and what stands between them. */
export function atomsOf(text: string): Atom[] {
  return normalise(text).split(PARTS).flatMap(numbersApart)
}

const asPhrase = (text: string): Atom => ({ kind: 'phrase', text })

function numbersApart(part: string): Atom[] {
  const atoms: Atom[] = []
  let at = 0
  for (const match of part.matchAll(DIGITS)) {
    pushPhrase(atoms, part.slice(at, match.index))
    atoms.push(numberAtom(match[0]))
    at = match.index + match[0].length
  }
  pushPhrase(atoms, part.slice(at))
  return atoms
}

function numberAtom(found: string): Atom {
  if (found.includes(' ') || /^0\d/.test(found)) {
    return { kind: 'characters', text: found.replace(/ /g, '') }
  }
  return { kind: 'number', value: Number(found.replace(/,/g, '')) }
}

/** Punctuation alone is not spoken. */
function pushPhrase(atoms: Atom[], text: string): void {
  const phrase = text.trim()
  if (/[\p{L}%]/u.test(phrase)) atoms.push({ kind: 'phrase', text: phrase })
}

/** Characters that the kiosk's voice is given at once, so that it begins soon and stops soon. */
export const LONGEST_CHUNK = 80

/** A text in pieces that can be said one after another: sentences, and of long ones what fits between two blanks. */
export function chunksOf(text: string): string[] {
  const chunks: string[] = []
  for (const sentence of normalise(text).split(/(?<=[.?!]) /)) {
    let rest = [...sentence]
    while (rest.length > LONGEST_CHUNK) {
      const blank = rest.lastIndexOf(' ', LONGEST_CHUNK)
      const end = blank > 0 ? blank : LONGEST_CHUNK
      chunks.push(rest.slice(0, end).join(''))
      rest = rest.slice(blank > 0 ? end + 1 : end)
    }
    if (rest.length > 0) chunks.push(rest.join(''))
  }
  return chunks
}

/** Largest number that is read as a number; beyond it the digits are read one by one. */
const LARGEST = 999_999_999_999

/** The clips of a whole number: 0–99 and round hundreds (Korean: and thousands) have their own, units stand between. */
export function numberPhrases(value: number, language: Language): string[] {
  if (!Number.isSafeInteger(value) || value < 0 || value > LARGEST) return [...String(value)]
  if (value === 0) return ['0']
  return language === 'ko'
    ? grouped(value, 10_000, ['', '만', '억'], (group) => [
        ...round(group, 1_000),
        ...round(group % 1_000, 100),
        ...round(group % 100, 1),
      ])
    : grouped(value, 1_000, ['', 'thousand', 'million', 'billion'], (group) => [
        ...round(group, 100),
        ...round(group % 100, 1),
      ])
}

function round(value: number, unit: number): string[] {
  const part = Math.floor(value / unit) * unit
  return part === 0 ? [] : [String(part)]
}

function grouped(
  value: number,
  base: number,
  units: readonly string[],
  group: (value: number) => string[],
): string[] {
  const phrases: string[] = []
  units.forEach((unit, at) => {
    const part = Math.floor(value / base ** at) % base
    if (part > 0) phrases.unshift(...group(part), ...(unit === '' ? [] : [unit]))
  })
  return phrases
}

/**
 * The clips that speak `text`, or the part that none speaks. A clip for the whole sentence wins, because it sounds
 * better than its pieces.
 */
export function clipsFor(
  text: string,
  language: Language,
  has: (phrase: string) => boolean,
):
  | { readonly ok: true; readonly phrases: readonly string[] }
  | { readonly ok: false; readonly missing: string } {
  const whole = normalise(text)
  if (whole === '') return { ok: true, phrases: [] }
  if (has(whole)) return { ok: true, phrases: [whole] }
  const phrases: string[] = []
  for (const sentence of whole.split(/(?<=[.?!]) /)) {
    if (has(sentence)) {
      phrases.push(sentence)
      continue
    }
    for (const atom of sentence
      .split(PARTS)
      .flatMap((part) => (has(part) ? [asPhrase(part)] : numbersApart(part)))) {
      const found = phrasesOf(atom, language)
      const missing = found.find((phrase) => !has(phrase))
      if (missing !== undefined) return { ok: false, missing }
      phrases.push(...found)
    }
  }
  return { ok: true, phrases }
}

function phrasesOf(atom: Atom, language: Language): string[] {
  switch (atom.kind) {
    case 'phrase':
      return [atom.text]
    case 'characters':
      return [...atom.text]
    case 'number':
      return numberPhrases(atom.value, language)
  }
}
