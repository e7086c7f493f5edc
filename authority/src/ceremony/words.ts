/** First and second syllables: any pair is one of 256 words that sound apart over a telephone. */
const FIRST = [
  'ba',
  'da',
  'fi',
  'ga',
  'ho',
  'jo',
  'ki',
  'la',
  'me',
  'no',
  'pu',
  'ra',
  'si',
  'tu',
  've',
  'zo',
] as const
const SECOND = [
  'bel',
  'dan',
  'fer',
  'gus',
  'kim',
  'lot',
  'mar',
  'nek',
  'pan',
  'ron',
  'sil',
  'tam',
  'vis',
  'wen',
  'yok',
  'zul',
] as const

/** How many words people read aloud: 48 bits. */
const WORDS = 6

/** The first six bytes of a hash as words to compare aloud. Enough to catch a swapped file, not to identify a document. */
export function fingerprintWords(hash: Uint8Array): string {
  return Array.from(hash.subarray(0, WORDS), (byte) => `${FIRST[byte >> 4]}${SECOND[byte & 15]}`).join(' ')
}
