import { concatBytes } from '../bytes.ts'
import { err, ok, type Result } from '../result.ts'

/**
 * Why a ballot that passes every check of its own cannot count. The code is the first byte of a 0x13 body and the
 * status in an ack; 0 there means recorded. When several hold, the reason is the first of `REFUSAL_ORDER`.
 */
export const REFUSAL = {
  credentialSpent: 1,
  c1Seen: 2,
  pollsNotOpen: 3,
  pollsSealed: 4,
  slipVoid: 5,
  notInFinalManifest: 6,
} as const

export type RefusalCode = (typeof REFUSAL)[keyof typeof REFUSAL]

export type RefusalName =
  | 'credential-spent'
  | 'c1-seen'
  | 'polls-not-open'
  | 'polls-sealed'
  | 'slip-void'
  | 'not-in-final-manifest'

const NAMES: Readonly<Record<RefusalCode, RefusalName>> = {
  1: 'credential-spent',
  2: 'c1-seen',
  3: 'polls-not-open',
  4: 'polls-sealed',
  5: 'slip-void',
  6: 'not-in-final-manifest',
}

/** Which reason is given when several hold: polls state first, then uniqueness, then what people decided. */
export const REFUSAL_ORDER: readonly RefusalCode[] = [
  REFUSAL.pollsNotOpen,
  REFUSAL.pollsSealed,
  REFUSAL.credentialSpent,
  REFUSAL.c1Seen,
  REFUSAL.slipVoid,
  REFUSAL.notInFinalManifest,
]

/** At most this many 0x13 leaves of one credential; the rest is counted in `refusedMore`. */
export const MAX_REFUSALS_PER_CREDENTIAL = 4
/** At most this many 0x13 leaves of one kiosk slot; the rest is counted in `refusedMore`. */
export const MAX_REFUSALS_PER_KIOSK = 200

/** The name of a reason code, or `undefined` for a code that does not exist. */
export function refusalName(code: number): RefusalName | undefined {
  return NAMES[code as RefusalCode]
}

/** Whether a byte is a reason code. */
export function isRefusalCode(code: number): code is RefusalCode {
  return refusalName(code) !== undefined
}

/** Body of a 0x13 leaf: `u8 reason ‖ canonical ballot`. */
export function encodeRefusal(reason: RefusalCode, canonical: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(reason), canonical)
}

/** Splits the body of a 0x13 leaf; the ballot is not parsed here. */
export function parseRefusal(
  body: Uint8Array,
): Result<{ readonly reason: RefusalCode; readonly canonical: Uint8Array }, 'refusal-reason-unknown'> {
  const reason = body[0]
  if (reason === undefined || !isRefusalCode(reason)) return err('refusal-reason-unknown')
  return ok({ reason, canonical: body.subarray(1) })
}
