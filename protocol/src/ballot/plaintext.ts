/**
 * The 30 plaintext bytes of one contest (docs/protocol.md, "Plaintext"). Every selection has exactly one
 * encoding, so that the decrypted bytes cannot carry a mark; whatever else is decrypted is invalid with a
 * reason that everybody recomputes.
 */
import { isZero } from '../bytes.ts'
import { err, ok, type Result } from '../result.ts'

export const PLAINTEXT_BYTES = 30
/** Options of a bitmap contest (approve, budget): 29 bytes of bits, without bit 0. */
export const MAX_BITMAP_OPTIONS = 29 * 8 - 1
/** Places of a ranking: one byte each. */
export const MAX_RANKED = 29
const MAX_OPTION = 255

export type ContestKind = 'choose-one' | 'approve' | 'rank' | 'budget' | 'yes-no'

/** What one voter said in one contest. Option numbers start at 1. */
export type Selection =
  | { readonly kind: 'choose-one' | 'yes-no'; readonly option: number }
  /** Ascending, without repeats. */
  | { readonly kind: 'approve' | 'budget'; readonly options: readonly number[] }
  /** Most preferred first, without repeats. */
  | { readonly kind: 'rank'; readonly options: readonly number[] }
  | { readonly kind: 'blank' }

/** The part of a contest that decides which plaintexts are valid. */
export interface ContestRules {
  readonly kind: ContestKind
  readonly optionCount: number
  readonly minSelections: number
  readonly maxSelections: number
  /** Of a budget contest with prices: what each option costs, in the order of the option numbers, and the most that
   * all together may cost. */
  readonly prices?: { readonly costs: readonly number[]; readonly budget: number }
}

export type InvalidPlaintextReason =
  | 'unknown-format'
  | 'wrong-format-for-contest'
  | 'option-out-of-range'
  | 'too-many-selections'
  | 'too-few-selections'
  | 'duplicate-option'
  | 'nonzero-padding'
  | 'over-budget'

/** Byte 0 of a plaintext. 0 is reserved: it is what the identity element would decode to. */
export const PLAINTEXT_FORMAT = {
  'choose-one': 1,
  approve: 2,
  rank: 3,
  budget: 4,
  'yes-no': 5,
  blank: 0x7f,
} as const

const KIND_OF_FORMAT = new Map<number, Selection['kind']>(
  Object.entries(PLAINTEXT_FORMAT).map(([kind, format]) => [format, kind as Selection['kind']]),
)

/** The 30 bytes of a selection. Throws `RangeError` for a selection that has no canonical encoding. */
export function encodePlaintext(selection: Selection): Uint8Array {
  const out = new Uint8Array(PLAINTEXT_BYTES)
  out[0] = PLAINTEXT_FORMAT[selection.kind]
  switch (selection.kind) {
    case 'blank':
      return out
    case 'choose-one':
    case 'yes-no':
      assertOption(selection.option, MAX_OPTION)
      out[1] = selection.option
      return out
    case 'rank':
      if (selection.options.length > MAX_RANKED) throw new RangeError('"options" ranks more than 29')
      if (new Set(selection.options).size !== selection.options.length) {
        throw new RangeError('"options" ranks one option twice')
      }
      for (const option of selection.options) assertOption(option, MAX_OPTION)
      out.set(selection.options, 1)
      return out
    case 'approve':
    case 'budget':
      for (const [i, option] of selection.options.entries()) {
        assertOption(option, MAX_BITMAP_OPTIONS)
        if (i > 0 && option <= (selection.options[i - 1] as number)) {
          throw new RangeError('"options" is not strictly ascending')
        }
        out[1 + (option >> 3)] = (out[1 + (option >> 3)] as number) | (1 << (option & 7))
      }
      return out
  }
}

/**
 * Reads 30 decrypted bytes under a contest's rules. Total: everything that is not the one canonical encoding
 * of a permitted selection is an error value. A blank is always permitted. A selection that names nothing is
 * `too-few-selections` even where `minSelections` is 0, because saying nothing has one encoding: blank.
 */
export function decodePlaintext(
  plaintext: Uint8Array,
  rules: ContestRules,
): Result<Selection, InvalidPlaintextReason> {
  const kind = KIND_OF_FORMAT.get(plaintext[0] ?? 0)
  if (plaintext.length !== PLAINTEXT_BYTES || kind === undefined) return err('unknown-format')
  const body = plaintext.slice(1)
  if (kind === 'blank') return isZero(body) ? ok({ kind }) : err('nonzero-padding')
  if (kind !== rules.kind) return err('wrong-format-for-contest')
  switch (kind) {
    case 'choose-one':
    case 'yes-no':
      return decodeSingle(kind, body, rules)
    case 'rank':
      return decodeRanking(body, rules)
    case 'approve':
    case 'budget':
      return decodeBitmap(kind, body, rules)
  }
}

function decodeSingle(
  kind: 'choose-one' | 'yes-no',
  body: Uint8Array,
  rules: ContestRules,
): Result<Selection, InvalidPlaintextReason> {
  const option = body[0] as number
  if (!isZero(body.subarray(1))) return err('nonzero-padding')
  if (option === 0) return err('too-few-selections')
  return option > rules.optionCount ? err('option-out-of-range') : ok({ kind, option })
}

function decodeRanking(body: Uint8Array, rules: ContestRules): Result<Selection, InvalidPlaintextReason> {
  const end = body.indexOf(0)
  const options = [...(end < 0 ? body : body.subarray(0, end))]
  if (end >= 0 && !isZero(body.subarray(end))) return err('nonzero-padding')
  if (options.some((option) => option > rules.optionCount)) return err('option-out-of-range')
  if (new Set(options).size !== options.length) return err('duplicate-option')
  return withinLimits(options, rules) ?? ok({ kind: 'rank', options })
}

function decodeBitmap(
  kind: 'approve' | 'budget',
  body: Uint8Array,
  rules: ContestRules,
): Result<Selection, InvalidPlaintextReason> {
  const options: number[] = []
  for (let option = 0; option <= MAX_BITMAP_OPTIONS; option++) {
    if (((body[option >> 3] as number) >> (option & 7)) & 1) options.push(option)
  }
  if (options.some((option) => option === 0 || option > rules.optionCount)) return err('option-out-of-range')
  return withinLimits(options, rules) ?? withinBudget(options, rules) ?? ok({ kind, options })
}

function withinBudget(
  options: readonly number[],
  { prices }: ContestRules,
): Result<never, InvalidPlaintextReason> | undefined {
  if (prices === undefined) return undefined
  const spent = options.reduce((sum, option) => sum + (prices.costs[option - 1] as number), 0)
  return spent > prices.budget ? err('over-budget') : undefined
}

function withinLimits(
  options: readonly number[],
  rules: ContestRules,
): Result<never, InvalidPlaintextReason> | undefined {
  if (options.length === 0 || options.length < rules.minSelections) return err('too-few-selections')
  if (options.length > rules.maxSelections) return err('too-many-selections')
  return undefined
}

function assertOption(option: number, highest: number): void {
  if (!Number.isInteger(option) || option < 1 || option > highest) {
    throw new RangeError(`an option is not 1..${highest}: ${option}`)
  }
}
