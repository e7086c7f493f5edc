/**
 * Which texts say nearly the same, for "somebody proposed this already": Jaccard index over pairs of neighbouring
 * characters, after dropping spaces and marks. Pairs of syllables survive Korean particles and spacing habits better than words.
 */

/** Only so much of a text is looked at, so that the work is bounded. */
const MAX_LETTERS = 400
/** From here on two texts are shown as alike; measured on short Korean sentences that mean the same or do not. */
export const ALIKE = 0.25
export const MAX_SIMILAR = 5

/** Sorted, distinct pairs of code points, each as `first · 2^21 + second`. */
export type Fingerprint = Float64Array

const CODE_POINT_SPAN = 0x20_0000

/** Total on arbitrary strings; a text of one letter or none has no pairs. */
export function fingerprint(text: string): Fingerprint {
  const letters = (
    text
      .slice(0, 8 * MAX_LETTERS)
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]/gu) ?? []
  ).slice(0, MAX_LETTERS)
  const pairs = new Set<number>()
  for (let i = 1; i < letters.length; i++) {
    pairs.add(codePoint(letters[i - 1]) * CODE_POINT_SPAN + codePoint(letters[i]))
  }
  return Float64Array.from(pairs).sort()
}

/** Shared pairs by all pairs: 0 nothing in common, 1 the same; 0 when either has none. */
export function likeness(a: Fingerprint, b: Fingerprint): number {
  let shared = 0
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [left, right] = [a[i] as number, b[j] as number]
    if (left === right) shared++
    if (left <= right) i++
    if (right <= left) j++
  }
  return shared === 0 ? 0 : shared / (a.length + b.length - shared)
}

/** The most alike first, at most `MAX_SIMILAR`; equal ones stay in their order. */
export function mostAlike<T extends { readonly print: Fingerprint }>(
  text: string,
  others: readonly T[],
): readonly T[] {
  const print = fingerprint(text)
  return others
    .map((other) => ({ other, score: likeness(print, other.print) }))
    .filter(({ score }) => score >= ALIKE)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, MAX_SIMILAR)
    .map(({ other }) => other)
}

function codePoint(letter: string | undefined): number {
  return letter?.codePointAt(0) as number
}
