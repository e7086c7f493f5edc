/**
 * The signature of knowledge under a proposal or a support: a Schnorr proof of the support key's secret, bound to
 * everything it stands under. Made like the ballot's (`ballot/sok.ts`), with one statement.
 */
import { tag } from '../bytes.ts'
import { sha512 } from '../hash.ts'
import type { StatementKind } from './layout.ts'

const SOK_TAGS = {
  proposal: tag('hanpyo/proposal-sok/v1'),
  support: tag('hanpyo/support-sok/v1'),
} as const
const CHALLENGE_BYTES = 16

export interface StatementSok {
  readonly kind: StatementKind
  /** H_m, 32 bytes. */
  readonly manifestHash: Uint8Array
  /** All bytes of the body before the challenge. */
  readonly statement: Uint8Array
  /** P, the support key, 32 bytes. */
  readonly supportKey: Uint8Array
  /** D, the Ed25519 key registered for the kiosk, 32 bytes. */
  readonly kioskKey: Uint8Array
}

/**
 * First 16 bytes, a little-endian integer, of SHA-512(tag ‖ H_m ‖ statement ‖ P ‖ D ‖ A), where A is the
 * commitment, 32 bytes. Every field has a fixed length under its tag.
 */
export function computeStatementChallenge(sok: StatementSok, commitment: Uint8Array): Uint8Array {
  const { kind, manifestHash, statement, supportKey, kioskKey } = sok
  return sha512(SOK_TAGS[kind], manifestHash, statement, supportKey, kioskKey, commitment).slice(
    0,
    CHALLENGE_BYTES,
  )
}
