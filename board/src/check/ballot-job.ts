import { verifyBallot } from '@hanpyo/protocol/ballot/verify.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'

/** One ballot with all that its own checks need: signature and proof, but not its place in the ledger. Plain values. */
export interface BallotJob {
  readonly canonical: Uint8Array
  readonly manifestHash: Uint8Array
  readonly jointKey: Uint8Array
  readonly credentialCount: number
  /** Of its slip; checked to be an element. */
  readonly publicKey: Uint8Array
  readonly contestIds: readonly number[]
  /** The kiosk key under which it should hold. */
  readonly kioskKey: Uint8Array
}

/** Whether the ballot passes every check of its own. */
export function ballotHolds(backend: CryptoBackend, job: BallotJob): boolean {
  const { canonical, manifestHash, jointKey, credentialCount, publicKey, contestIds, kioskKey } = job
  const context = {
    manifestHash,
    jointKey,
    credentialCount,
    credential: () => ({ publicKey, contestIds }),
    kioskKey: () => kioskKey,
  }
  return verifyBallot(backend, canonical, context).ok
}
