/** A ballot opened instead of cast: making the record, and the check that anyone repeats. */

import type { PreparedBallot } from '../ballot/create.ts'
import { encrypt } from '../ballot/elgamal.ts'
import { encodePoint } from '../ballot/encoding.ts'
import { tracker } from '../ballot/identifiers.ts'
import { ETAG_BYTES, encodeBallotHeader } from '../ballot/layout.ts'
import { concatBytes, equalBytes, fromBase64, isZero, toBase64 } from '../bytes.ts'
import type { Group } from '../group/group.ts'
import { isCanonicalScalar } from '../group/scalar.ts'
import type { ChallengedRecord } from './records.ts'

/** The 0x11 record of a prepared ballot: choices and randomness become public, the slip number does not. */
export function challengedRecord(prepared: PreparedBallot, kiosk: number): ChallengedRecord {
  return {
    C: prepared.ciphertexts.map(({ c1, c2 }) => toBase64(concatBytes(c1, c2))),
    choices: prepared.plaintexts.map((plaintext, j) => ({
      contest: prepared.contestIds[j] as number,
      plaintext: toBase64(plaintext),
    })),
    kiosk,
    r: prepared.randomness.map(toBase64),
    tracker: toBase64(prepared.tracker),
  }
}

/**
 * Whether every C equals the encryption of its plaintext with its r: r canonical and not zero, C1 = r·G,
 * C2 = encodePoint(plaintext) + r·Y, neither the identity. The plaintext may be anything, because a kiosk that
 * encrypts nonsense is what a check is meant to show. Expects a record that passed its schema.
 */
export function openingHolds(
  group: Group,
  jointKey: Uint8Array,
  { C, choices, r }: Pick<ChallengedRecord, 'C' | 'choices' | 'r'>,
): boolean {
  if (C.length !== choices.length || r.length !== choices.length) return false
  return choices.every(({ plaintext }, j) => {
    const randomness = fromBase64(r[j] as string)
    if (!isCanonicalScalar(randomness) || isZero(randomness)) return false
    const { c1, c2 } = encrypt(group, jointKey, encodePoint(group, fromBase64(plaintext)), randomness)
    return !isZero(c2) && equalBytes(concatBytes(c1, c2), fromBase64(C[j] as string))
  })
}

/**
 * Whether the tracker is the one of this election's ballot with these ciphertexts from this kiosk. The slip number is
 * not part of a tracker, so nothing else is needed. Expects a record that passed its schema.
 */
export function trackerHolds(
  manifestHash: Uint8Array,
  { C, kiosk, tracker: claimed }: Pick<ChallengedRecord, 'C' | 'kiosk' | 'tracker'>,
): boolean {
  const header = encodeBallotHeader({
    contestCount: C.length,
    revision: 0,
    etag: manifestHash.slice(0, ETAG_BYTES),
    credentialIndex: 0,
    kioskId: kiosk,
  })
  return equalBytes(tracker(manifestHash, concatBytes(header, ...C.map(fromBase64))), fromBase64(claimed))
}
