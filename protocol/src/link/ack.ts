import { ByteReader, ByteWriter, concatBytes, equalBytes, ShortInputError, tag } from '../bytes.ts'
import { x25519SharedSecret } from '../group/x25519.ts'
import { hkdfSha256, hmacSha256 } from '../hash.ts'
import { err, ok, type Result } from '../result.ts'
import { DOWN_KIND } from './datagram.ts'

/** At most this many ballots in one ack: it then has 45 bytes and fits a downlink at every data rate. */
export const MAX_ACK_ITEMS = 5
export const MAX_ACK_BYTES = 45
/** Status of a ballot that is recorded; every other status is a refusal's reason code. */
export const ACK_RECORDED = 0

const KEY_TAG = tag('hanpyo/ack-key/v1')
const ACK_TAG = tag('hanpyo/ack/v1')
const PREFIX_BYTES = 6
const TAG_BYTES = 8
/** Six-byte prefixes practically never collide; a hostile ack must not make a kiosk try without end. */
const MAX_CANDIDATES = 64

export interface AckItem {
  /** 0 = recorded, else the reason code of the refusal. */
  readonly status: number
  /** The full ballot id, 32 bytes. */
  readonly id: Uint8Array
}

export interface ParsedAck {
  readonly items: readonly { readonly status: number; readonly prefix: Uint8Array }[]
  readonly tag: Uint8Array
}

export type AckError = 'ack-malformed' | 'ack-unknown-ballot' | 'ack-tag'

interface AckScope {
  /** 32 bytes from `ackKey`. */
  readonly key: Uint8Array
  readonly manifestHash: Uint8Array
  readonly kioskId: number
}

/**
 * The 32-byte key that a kiosk and a bridge share for the acks of one election: HKDF-SHA-256 of their X25519
 * secret, salted with the manifest hash, bound to the kiosk id. Either side hands in its own secret.
 */
export function ackKey(parties: {
  readonly secret: Uint8Array
  readonly peerPublic: Uint8Array
  readonly manifestHash: Uint8Array
  readonly kioskId: number
}): Result<Uint8Array, 'low-order-point'> {
  const shared = x25519SharedSecret(parties.secret, parties.peerPublic)
  if (!shared.ok) return shared
  const info = new ByteWriter().raw(KEY_TAG).u16(parties.kioskId).bytes()
  return ok(hkdfSha256(shared.value, parties.manifestHash, info, 32))
}

/**
 * `0x01 ‖ count ‖ count × (status ‖ first 6 bytes of the id) ‖ 8-byte tag`. The tag is an HMAC over the full
 * ids, so that a prefix cannot be turned to another ballot. Throws `RangeError` unless there are 1..5 items.
 */
export function encodeAck(ack: AckScope & { readonly items: readonly AckItem[] }): Uint8Array {
  const { items } = ack
  if (items.length < 1 || items.length > MAX_ACK_ITEMS) throw new RangeError('"items" are not 1..5')
  if (items.some(({ id }) => id.length !== 32)) throw new RangeError('"id" is not 32 bytes')
  const writer = new ByteWriter().u8(DOWN_KIND.ack).u8(items.length)
  for (const { status, id } of items) writer.u8(status).raw(id.subarray(0, PREFIX_BYTES))
  return writer.raw(ackTag(ack, items)).bytes()
}

/** Splits an ack; nothing is authenticated yet. */
export function parseAck(bytes: Uint8Array): Result<ParsedAck, 'ack-malformed'> {
  const reader = new ByteReader(bytes)
  try {
    if (reader.u8() !== DOWN_KIND.ack) return err('ack-malformed')
    const count = reader.u8()
    if (count < 1 || count > MAX_ACK_ITEMS) return err('ack-malformed')
    const items = Array.from({ length: count }, () => ({
      status: reader.u8(),
      prefix: reader.take(PREFIX_BYTES),
    }))
    const macTag = reader.take(TAG_BYTES)
    reader.end()
    return ok({ items, tag: macTag })
  } catch (error) {
    if (error instanceof ShortInputError) return err('ack-malformed')
    throw error
  }
}

/**
 * Authenticates an ack. `findIds` returns the ids of stored ballots that start with the six bytes; where more
 * than one does, each is tried. `ack-unknown-ballot` when one prefix fits no stored ballot.
 */
export function verifyAck(
  ack: AckScope & {
    readonly bytes: Uint8Array
    readonly findIds: (prefix: Uint8Array) => readonly Uint8Array[]
  },
): Result<AckItem[], AckError> {
  const parsed = parseAck(ack.bytes)
  if (!parsed.ok) return parsed
  let choices: AckItem[][] = [[]]
  for (const { status, prefix } of parsed.value.items) {
    const ids = ack.findIds(prefix).filter((id) => equalBytes(id.subarray(0, PREFIX_BYTES), prefix))
    if (ids.length === 0) return err('ack-unknown-ballot')
    choices = choices.flatMap((items) => ids.map((id) => [...items, { status, id }])).slice(0, MAX_CANDIDATES)
  }
  const match = choices.find((items) => equalBytes(ackTag(ack, items), parsed.value.tag))
  return match === undefined ? err('ack-tag') : ok(match)
}

function ackTag(scope: AckScope, items: readonly AckItem[]): Uint8Array {
  if (scope.key.length !== 32) throw new RangeError('"key" is not 32 bytes')
  const head = new ByteWriter().u16(scope.kioskId).u8(items.length)
  for (const { status, id } of items) head.u8(status).raw(id)
  return hmacSha256(scope.key, concatBytes(ACK_TAG, scope.manifestHash, head.bytes())).slice(0, TAG_BYTES)
}
