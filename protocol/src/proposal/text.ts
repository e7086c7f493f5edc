/**
 * The text of a proposal: what people may write, and the salted commitment that stands on the ledger in its place.
 * Who erases salt and text leaves a hash that nobody can test a guess against.
 */
import { tag, utf8 } from '../bytes.ts'
import { sha512_256 } from '../hash.ts'
import { err, ok, type Result } from '../result.ts'
import { SALT_BYTES } from './layout.ts'

/** Most code points that a manifest may allow. */
export const MAX_TEXT_CHARACTERS = 1000
/** UTF-8 of as many code points at most. */
export const MAX_TEXT_BYTES = 4 * MAX_TEXT_CHARACTERS

const TEXT_TAG = tag('hanpyo/proposal-text/v1')

/**
 * Characters that no honest text needs and that change what a reader sees: controls but line feed, surrogates, private
 * use, noncharacters, line and paragraph separators, direction marks and overrides, invisible fillers and tags.
 * U+200C, U+200D and variation selectors stay: scripts and emoji are written with them.
 */
const FORBIDDEN =
  /[\p{Cs}\p{Co}\p{Noncharacter_Code_Point}\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffc\u{e0000}-\u{e007f}]|(?!\n)\p{Cc}/u

/** Something to see: joiners, selectors, soft hyphens and the empty Braille cell alone make an empty picture. */
const VISIBLE = /(?!\u2800)[\p{L}\p{N}\p{P}\p{S}]/u

/** More marks than this on one character paint over the lines around it. */
const STACKED_MARKS = /\p{M}{5}/u

export type TextError =
  | 'text-empty'
  | 'text-too-long'
  | 'text-character'
  | 'text-marks'
  | 'text-not-normalised'

/** What is done to typed text before it is checked: CR LF becomes LF, tabs become spaces, ends are trimmed, NFC. */
export function normaliseText(typed: string): string {
  return typed.replace(/\r\n?/g, '\n').replace(/\t/g, ' ').normalize('NFC').trim()
}

/** Number of code points. */
export function textLength(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/**
 * Whether a text may be handed in: 1..`maxCharacters` code points, something to see, NFC, no space at the ends, no character that
 * hides or turns others. Total on arbitrary strings, lone surrogates included.
 */
export function checkText(text: string, maxCharacters: number): Result<string, TextError> {
  if (text.length > 2 * maxCharacters || textLength(text) > maxCharacters) return err('text-too-long')
  if (text.trim() === '') return err('text-empty')
  if (!text.isWellFormed() || FORBIDDEN.test(text)) return err('text-character')
  if (!VISIBLE.test(text)) return err('text-empty')
  if (STACKED_MARKS.test(text)) return err('text-marks')
  return normaliseText(text) === text ? ok(text) : err('text-not-normalised')
}

/** SHA-512/256(tag `hanpyo/proposal-text/v1` ‖ 16-byte salt ‖ UTF-8 of the text); 32 bytes. */
export function textCommitment(salt: Uint8Array, text: string): Uint8Array {
  if (salt.length !== SALT_BYTES) throw new RangeError(`"salt" is not ${SALT_BYTES} bytes: ${salt.length}`)
  return sha512_256(TEXT_TAG, salt, utf8(text))
}
