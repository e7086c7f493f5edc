/**
 * How a proposal's text travels: as UTF-8, or as raw deflate (RFC 1951) with the dictionary of this protocol when
 * that is shorter. The dictionary is a constant: another one is another coding.
 */
import { decodeUtf8, utf8 } from '../bytes.ts'
import { err, ok, type Result } from '../result.ts'
import { TEXT_DICTIONARY } from './dictionary.ts'
import { MAX_TEXT_BYTES } from './text.ts'

/** Neither coding is ever longer than the text may be: who sends more did not take the shorter one. */
export const MAX_CODED_TEXT_BYTES = MAX_TEXT_BYTES

export const TEXT_CODING = { utf8: 0, deflate: 1 } as const

/** Raw deflate with a preset dictionary; Node's is in `@hanpyo/platform/deflate.ts`. */
export interface TextCompressor {
  deflate(input: Uint8Array, dictionary: Uint8Array): Uint8Array
  /** `null` when the input is no complete deflate stream, bytes follow it, or it gives more than `maxBytes`. */
  inflate(input: Uint8Array, dictionary: Uint8Array, maxBytes: number): Uint8Array | null
}

export interface CodedText {
  readonly coding: number
  readonly bytes: Uint8Array
}

export type TextCodingError = 'text-coding' | 'text-encoding'

/** The shorter of both codings; UTF-8 when they are equal. */
export function encodeText(compressor: TextCompressor, text: string): CodedText {
  const plain = utf8(text)
  const deflated = compressor.deflate(plain, utf8(TEXT_DICTIONARY))
  return deflated.length < plain.length
    ? { coding: TEXT_CODING.deflate, bytes: deflated }
    : { coding: TEXT_CODING.utf8, bytes: plain }
}

/**
 * The text of coded bytes; never more than 4000 bytes of it, whatever the input claims.
 * - `text-coding`: an unknown coding, or no deflate stream of that size.
 * - `text-encoding`: not UTF-8, or too long.
 */
export function decodeText(compressor: TextCompressor, coded: CodedText): Result<string, TextCodingError> {
  const { coding, bytes } = coded
  if (coding !== TEXT_CODING.utf8 && coding !== TEXT_CODING.deflate) return err('text-coding', `${coding}`)
  if (bytes.length > MAX_CODED_TEXT_BYTES) return err('text-encoding', `${bytes.length} bytes`)
  const plain =
    coding === TEXT_CODING.utf8 ? bytes : compressor.inflate(bytes, utf8(TEXT_DICTIONARY), MAX_TEXT_BYTES)
  if (plain === null) return err('text-coding')
  try {
    return ok(decodeUtf8(plain))
  } catch {
    return err('text-encoding')
  }
}
