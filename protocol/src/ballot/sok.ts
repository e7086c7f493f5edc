/**
 * The challenge of the ballot's signature of knowledge: `C1_j = r_j·G` for every contest and `K = k·G`, joined
 * by one challenge (AND of Schnorr proofs). Everything a prover could choose after the fact is hashed, in
 * fixed-length fields and with the count in the header (strong Fiat–Shamir; Bernhard, Pereira, Warinschi,
 * ASIACRYPT 2012).
 */
import { ByteWriter, concatBytes, tag } from '../bytes.ts'
import { SCALAR_BYTES } from '../group/scalar.ts'
import { sha512 } from '../hash.ts'
import { CHALLENGE_BYTES, type Ciphertext } from './layout.ts'

const SOK_TAG = tag('hanpyo/ballot-sok/v1')

export interface SokStatement {
  /** H_m, 32 bytes. */
  readonly manifestHash: Uint8Array
  /** The 11 header bytes. */
  readonly header: Uint8Array
  /** K, the credential's public key, 32 bytes. */
  readonly credentialKey: Uint8Array
  /** Y, 32 bytes. */
  readonly jointKey: Uint8Array
  /** D, the Ed25519 key registered for the ballot's kiosk, 32 bytes. */
  readonly kioskKey: Uint8Array
  /** One per ciphertext, in the order of the slip's style; u16. */
  readonly contestIds: readonly number[]
  readonly ciphertexts: readonly Ciphertext[]
}

export interface SokCommitments {
  /** A_k, 32 bytes. */
  readonly credential: Uint8Array
  /** A_r of each contest, 32 bytes. */
  readonly randomness: readonly Uint8Array[]
}

/**
 * First 16 bytes, a little-endian integer, of SHA-512(tag `hanpyo/ballot-sok/v1` ‖ H_m ‖ header ‖ K ‖ Y ‖ D ‖
 * per contest (u16 contest id ‖ C1 ‖ C2) ‖ A_k ‖ A_r of each contest).
 */
export function computeSokChallenge(statement: SokStatement, commitments: SokCommitments): Uint8Array {
  const writer = new ByteWriter().raw(
    SOK_TAG,
    statement.manifestHash,
    statement.header,
    statement.credentialKey,
    statement.jointKey,
    statement.kioskKey,
  )
  for (const [j, { c1, c2 }] of statement.ciphertexts.entries()) {
    const contestId = statement.contestIds[j]
    if (contestId === undefined) throw new RangeError('"contestIds" is shorter than "ciphertexts"')
    writer.u16(contestId).raw(c1, c2)
  }
  writer.raw(commitments.credential, ...commitments.randomness)
  return sha512(writer.bytes()).slice(0, CHALLENGE_BYTES)
}

/** The 16-byte challenge as a 32-byte scalar. It is always canonical: 2^128 < l. */
export function challengeScalar(challenge: Uint8Array): Uint8Array {
  return concatBytes(challenge, new Uint8Array(SCALAR_BYTES - CHALLENGE_BYTES))
}
