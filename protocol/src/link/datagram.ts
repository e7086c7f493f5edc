import { concatBytes, decodeUtf8, utf8 } from '../bytes.ts'
import { err, ok, type Result } from '../result.ts'
import { MAX_DATAGRAM_BYTES } from './constants.ts'

/** What a kiosk or an authority sends to the bridge; a ballot travels in its compact form. */
export type Datagram =
  | { readonly kind: 'ballot'; readonly context: number; readonly compact: Uint8Array }
  | { readonly kind: 'record'; readonly type: number; readonly body: Uint8Array }

/** What a bridge sends to a kiosk: an ack (its exact bytes) or a promise note. */
export type DownDatagram =
  | { readonly kind: 'ack'; readonly bytes: Uint8Array }
  | { readonly kind: 'promise'; readonly note: string }

export type DatagramError = 'datagram-empty' | 'datagram-kind' | 'datagram-length' | 'datagram-encoding'

/** First byte of what a bridge sends down. */
export const DOWN_KIND = { ack: 0x01, promise: 0x02 } as const

/** Record types that may be sent in. Ballots have their own form; refusals and batches are the bridge's own. */
const RECORD_KINDS: ReadonlySet<number> = new Set([
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x11, 0x12, 0x20, 0x21, 0x22, 0x30, 0x31, 0x32,
])

/** Lengths of the compact ballot with 1..8 contests: 117 + 96n. */
const COMPACT_BASE_BYTES = 117
const COMPACT_CONTEST_BYTES = 96

/** `u8 type ‖ body` for a record. Throws `RangeError` for a type that is not sent or a body that is too long. */
export function encodeDatagram(type: number, body: Uint8Array): Uint8Array {
  if (!RECORD_KINDS.has(type)) throw new RangeError(`"type" is not a record that is sent: ${type}`)
  if (body.length === 0 || body.length >= MAX_DATAGRAM_BYTES)
    throw new RangeError('"body" has a wrong length')
  return concatBytes(Uint8Array.of(type), body)
}

/** A ballot's datagram is its compact form; throws `RangeError` when the bytes cannot be one. */
export function encodeBallotDatagram(compact: Uint8Array): Uint8Array {
  const parsed = parseDatagram(compact)
  if (!parsed.ok || parsed.value.kind !== 'ballot') throw new RangeError('"compact" is not a compact ballot')
  return parsed.value.compact
}

/**
 * Sorts an incoming datagram by its first byte. The top bit marks a ballot, whose context byte says which
 * elections to try; the contents are not looked at.
 */
export function parseDatagram(bytes: Uint8Array): Result<Datagram, DatagramError> {
  const kind = bytes[0]
  if (kind === undefined) return err('datagram-empty')
  if (kind >= 0x80) {
    const contests = (bytes.length - COMPACT_BASE_BYTES) / COMPACT_CONTEST_BYTES
    if (!Number.isInteger(contests) || contests < 1 || contests > 8) return err('datagram-length')
    return ok({ kind: 'ballot', context: kind, compact: bytes })
  }
  if (!RECORD_KINDS.has(kind)) return err('datagram-kind')
  if (bytes.length === 1 || bytes.length > MAX_DATAGRAM_BYTES) return err('datagram-length')
  return ok({ kind: 'record', type: kind, body: bytes.subarray(1) })
}

/** The datagram of a promise note. An ack's bytes are a datagram already. */
export function encodePromiseDatagram(note: string): Uint8Array {
  return concatBytes(Uint8Array.of(DOWN_KIND.promise), utf8(note))
}

/** Sorts what a kiosk received; contents are checked by `verifyAck` and `verifyPromise`. */
export function parseDownDatagram(bytes: Uint8Array): Result<DownDatagram, DatagramError> {
  const kind = bytes[0]
  if (kind === undefined) return err('datagram-empty')
  if (kind === DOWN_KIND.ack) return ok({ kind: 'ack', bytes })
  if (kind !== DOWN_KIND.promise) return err('datagram-kind')
  if (bytes.length === 1 || bytes.length > MAX_DATAGRAM_BYTES) return err('datagram-length')
  try {
    return ok({ kind: 'promise', note: decodeUtf8(bytes.subarray(1)) })
  } catch {
    return err('datagram-encoding')
  }
}
