import { encodeCrockford, normalizeCrockford, parseCrockford } from '@hanpyo/protocol/ballot/crockford.ts'
import { tracker, trackerText } from '@hanpyo/protocol/ballot/identifiers.ts'
import { parseBallot } from '@hanpyo/protocol/ballot/layout.ts'
import { equalBytes, fromBase64 } from '@hanpyo/protocol/bytes.ts'
import { type Leaf, parseChallenged, parseLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import { parseRefusal, type RefusalName, refusalName } from '@hanpyo/protocol/election/refusal.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'

/** What a voter holds: the slip number and perhaps the code that the kiosk showed before the ballot was cast. */
export interface Receipt {
  readonly slip: number
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
    if (!ballot.ok || ballot.value.credentialIndex !== this.#receipt.slip) return
    const bytes = tracker(this.#manifestHash, canonical.subarray(0, 11 + 64 * ballot.value.contestCount))
    const answer = found(trackerText(bytes))
    if (this.#receipt.matches?.(bytes) ?? true) {
      if (this.#match === undefined || answer.status === 'recorded') this.#match = answer
    } else if (answer.status === 'recorded') {
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

/** What the answer means and what the voter can do. */
export function adviceFor(answer: ReceiptAnswer): { readonly en: string; readonly ko: string } {
  switch (answer.status) {
    case 'recorded':
      return {
        en: `RECORDED: the ballot of this slip is record ${answer.record}, code ${answer.code}. Nothing to do. "hanpyo verify" checks that it is counted.`,
        ko: `기록됨: 이 용지의 투표는 ${answer.record}번 기록이고 코드는 ${answer.code}입니다. 더 하실 일은 없습니다. 집계에 들어가는지는 "hanpyo verify"로 확인할 수 있습니다.`,
      }
    case 'different-code':
      return {
        en: `DIFFERENT CODE: record ${answer.record} holds a ballot of this slip with the code ${answer.code}. Compare the printed code once more; if it really differs, take the slip and the printout to the centre and ask for an incident record.`,
        ko: `다른 코드: ${answer.record}번 기록에 이 용지의 투표가 있으나 코드가 ${answer.code}입니다. 인쇄된 코드를 다시 맞추어 보고, 정말 다르면 용지와 인쇄물을 들고 주민센터에 가서 사고 기록을 요청하세요.`,
      }
    case 'refused':
      return {
        en: `REFUSED: ${REASONS[answer.reason].en} (record ${answer.record}). If that cannot be, take the slip to the centre and ask for an incident record.`,
        ko: `거절됨: ${REASONS[answer.reason].ko} (${answer.record}번 기록). 그럴 리가 없다면 용지를 들고 주민센터에 가서 사고 기록을 요청하세요.`,
      }
    case 'checked':
      return {
        en: `CHECKED: this ballot was opened for checking (record ${answer.record}) and does not count. Check its choices there; the slip can still be used.`,
        ko: `확인용: 이 투표는 확인하려고 연 것이라(${answer.record}번 기록) 집계하지 않습니다. 선택이 맞는지 살펴보세요. 용지는 아직 쓸 수 있습니다.`,
      }
    case 'not-found':
      return {
        en: 'NOT FOUND: no record holds a ballot of this slip. A kiosk without a network may take hours to deliver: try again later, at the latest when the polls are sealed. If it is still missing then, take the slip and the printout to the centre.',
        ko: '찾을 수 없음: 이 용지의 투표 기록이 없습니다. 통신이 끊긴 투표기는 보내는 데 몇 시간이 걸릴 수 있으니 나중에 다시 확인하세요. 봉인 뒤에도 없으면 용지와 인쇄물을 들고 주민센터로 가세요.',
      }
  }
}

const REASONS: Readonly<Record<RefusalName | 'unknown', { readonly en: string; readonly ko: string }>> = {
  'credential-spent': { en: 'this slip had voted before', ko: '이 용지로 이미 투표했습니다' },
  'c1-seen': { en: 'this ballot had been opened for checking', ko: '이미 확인하려고 연 투표입니다' },
  'polls-not-open': { en: 'the polls were not open', ko: '투표가 시작되기 전이었습니다' },
  'polls-sealed': { en: 'the polls were sealed', ko: '투표가 봉인된 뒤였습니다' },
  'slip-void': { en: 'this slip had been voided', ko: '무효로 된 용지입니다' },
  'not-in-final-manifest': {
    en: "it is not in the kiosk's final list",
    ko: '투표기의 마지막 목록에 없습니다',
  },
  unknown: { en: 'for a reason that is not known', ko: '알 수 없는 사유입니다' },
}
