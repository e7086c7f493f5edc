/** The names by which a ballot is known: its id on the ledger and its tracker on the receipt. */
import { tag } from '../bytes.ts'
import { sha512_256 } from '../hash.ts'
import { encodeCrockford } from './crockford.ts'

const BALLOT_ID_TAG = tag('hanpyo/ballot-id/v1')
const TRACKER_TAG = tag('hanpyo/tracker/v1')
const TRACKER_CHARACTERS = 20

/** SHA-512/256(tag `hanpyo/ballot-id/v1` ‖ canonical ballot); 32 bytes. */
export function ballotId(canonical: Uint8Array): Uint8Array {
  return sha512_256(BALLOT_ID_TAG, canonical)
}

/**
 * SHA-512/256(tag `hanpyo/tracker/v1` ‖ manifest hash ‖ canonical[0 .. 11+64n)); 32 bytes. It commits to slip
 * number and ciphertexts but not to the proof, so it can be shown before the voter decides to cast.
 */
export function tracker(manifestHash: Uint8Array, firstPart: Uint8Array): Uint8Array {
  return sha512_256(TRACKER_TAG, manifestHash, firstPart)
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
