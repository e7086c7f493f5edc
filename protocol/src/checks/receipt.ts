import { encodeCrockford, normalizeCrockford, parseCrockford } from '../ballot/crockford.ts'
import { tracker, trackerText } from '../ballot/identifiers.ts'
import { parseBallot } from '../ballot/layout.ts'
import { equalBytes, fromBase64 } from '../bytes.ts'
import { type Leaf, parseChallenged, parseLeaf, RECORD } from '../election/records.ts'
import { parseRefusal, type RefusalName, refusalName } from '../election/refusal.ts'
import { parseNote } from '../log/note.ts'
import { err, ok, type Result } from '../result.ts'

/** What a voter holds: the slip number, or the code that the kiosk showed before the ballot was cast, or both. */
export interface Receipt {
  readonly slip?: number
  /** Whether a 32-byte tracker is the one on the receipt; without it any ballot of the slip is meant. */
  readonly matches?: (tracker: Uint8Array) => boolean
}

export type ReceiptAnswer =
  | { readonly status: 'recorded'; readonly record: number; readonly code: string }
  | { readonly status: 'different-code'; readonly record: number; readonly code: string }
  | { readonly status: 'refused'; readonly record: number; readonly reason: RefusalName | 'unknown' }
  | { readonly status: 'checked'; readonly record: number }
  | { readonly status: 'not-found' }

/** The printed code, five groups of four characters, in any case and with any separators. */
export function parseCode(text: string): Result<(tracker: Uint8Array) => boolean, 'receipt-code'> {
  const code = normalizeCrockford(text.replace(/[\s-]/g, ''))
  if (!/^[0-9A-HJKMNP-TV-Z]{20}$/.test(code)) return err('receipt-code')
  return ok((bytes) => encodeCrockford(bytes, 20) === code)
}

/** The text of the receipt's QR code: 52 characters, alone or behind the `#` of a link. */
export function parseQr(text: string): Result<(tracker: Uint8Array) => boolean, 'receipt-code'> {
  const bytes = parseCrockford(text.slice(text.lastIndexOf('#') + 1).trim(), 32)
  return bytes === null ? err('receipt-code') : ok((other) => equalBytes(other, bytes))
}

/**
 * Looks for a receipt among all records of a ledger, one by one, so that nobody who serves the records learns whose
 * receipt it is. Whether the records hold together is for `verify` to say.
 */
export class ReceiptSearch {
  readonly #receipt: Receipt
  readonly #manifestHash: Uint8Array
  #match: ReceiptAnswer | undefined
  #other: ReceiptAnswer | undefined

  constructor(receipt: Receipt, manifestHash: Uint8Array) {
    this.#receipt = receipt
    this.#manifestHash = manifestHash
  }

  take(bytes: Uint8Array, record: number): void {
    const leaf = parseLeaf(bytes)
    if (!leaf.ok) return
    const { type, body } = leaf.value
    if (type === RECORD.ballot) this.#ballot(body, (code) => ({ status: 'recorded', record, code }), record)
    if (type === RECORD.refusal) this.#refusal(leaf.value, record)
    if (type === RECORD.challenged) this.#challenged(leaf.value, record)
  }

  answer(): ReceiptAnswer {
    return this.#match ?? this.#other ?? { status: 'not-found' }
  }

  #refusal({ body }: Leaf, record: number): void {
    const refusal = parseRefusal(body)
    if (!refusal.ok) return
    const reason = refusalName(refusal.value.reason) ?? 'unknown'
    this.#ballot(refusal.value.canonical, () => ({ status: 'refused', record, reason }), record)
  }

  /** A recorded ballot of the slip goes before a refused one: the slip has voted. */
  #ballot(canonical: Uint8Array, found: (code: string) => ReceiptAnswer, record: number): void {
    const ballot = parseBallot(canonical)
    if (!ballot.ok) return
    const { slip } = this.#receipt
    if (slip !== undefined && ballot.value.credentialIndex !== slip) return
    const bytes = tracker(this.#manifestHash, canonical.subarray(0, 11 + 64 * ballot.value.contestCount))
    const answer = found(trackerText(bytes))
    if (this.#receipt.matches?.(bytes) ?? true) {
      if (this.#match === undefined || answer.status === 'recorded') this.#match = answer
    } else if (slip !== undefined && answer.status === 'recorded') {
      this.#other = { status: 'different-code', record, code: answer.code }
    }
  }

  #challenged({ body }: Leaf, record: number): void {
    const note = parseNote(body)
    const opened = note.ok ? parseChallenged(note.value.text) : note
    if (!opened.ok || !this.#receipt.matches?.(fromBase64(opened.value.tracker))) return
    this.#match ??= { status: 'checked', record }
  }
}
