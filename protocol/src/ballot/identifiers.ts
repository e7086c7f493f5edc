/** The names by which a ballot is known: its id on the ledger and its tracker on the receipt. */
import { tag } from '../bytes.ts'
import { sha512_256 } from '../hash.ts'
import { encodeCrockford } from './crockford.ts'

const BALLOT_ID_TAG = tag('hanpyo/ballot-id/v1')
const TRACKER_TAG = tag('hanpyo/tracker/v2')
const CREDENTIAL_INDEX_OFFSET = 6
const KIOSK_ID_OFFSET = 9
const TRACKER_CHARACTERS = 20

/** SHA-512/256(tag `hanpyo/ballot-id/v1` ‖ canonical ballot); 32 bytes. */
export function ballotId(canonical: Uint8Array): Uint8Array {
  return sha512_256(BALLOT_ID_TAG, canonical)
}

/**
 * SHA-512/256(tag `hanpyo/tracker/v2` ‖ manifest hash ‖ canonical[0 .. 6) ‖ canonical[9 .. 11+64n)); 32 bytes,
 * where `firstPart` is canonical[0 .. 11+64n). It commits to kiosk and ciphertexts but not to the proof, so it can
 * be shown before the voter decides to cast. The slip number is left out: an opened ballot is published with its
 * tracker, and 2^24 numbers are soon tried.
 */
export function tracker(manifestHash: Uint8Array, firstPart: Uint8Array): Uint8Array {
  return sha512_256(
    TRACKER_TAG,
    manifestHash,
    firstPart.subarray(0, CREDENTIAL_INDEX_OFFSET),
    firstPart.subarray(KIOSK_ID_OFFSET),
  )
}

/**
 * The first 100 bits as five groups of four Crockford characters, for eyes: `ABCD-EFGH-JKMN-PQRS-TVWX`. A
 * check must compare all 32 bytes (QR): 100 bits fall to a kiosk that searches collisions for 2^50 steps.
 */
export function trackerText(trackerBytes: Uint8Array): string {
  if (trackerBytes.length !== 32) throw new RangeError('"trackerBytes" is not 32 bytes')
  const characters = encodeCrockford(trackerBytes, TRACKER_CHARACTERS)
  return (characters.match(/.{4}/g) as string[]).join('-')
}
