import { tag } from '../bytes.ts'
import { sha512_256 } from '../hash.ts'

const RECORD_ID_TAG = tag('hanpyo/record-id/v1')

/**
 * The 32-byte id by which an ack names a datagram that is not a ballot (a kiosk manifest, a challenged ballot):
 * SHA-512/256(tag `hanpyo/record-id/v1` ‖ datagram). The datagram is hashed whole, kind byte included, so that
 * the sender knows the id of what it sent and two records of different kinds never share one. Ballots are named by
 * their ballot id instead, because a ballot's bytes differ between the compact and the canonical form.
 */
export function recordId(datagram: Uint8Array): Uint8Array {
  return sha512_256(RECORD_ID_TAG, datagram)
}
