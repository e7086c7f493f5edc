import type { BallotContext, BallotError } from '@hanpyo/protocol/ballot/verify.ts'
import type { Result } from '@hanpyo/protocol/result.ts'

/** What the ledger says about one ballot's credential and kiosk: all that its verification needs to know. */
export interface BallotFacts {
  readonly credential: { readonly publicKey: Uint8Array; readonly contestIds: readonly number[] } | undefined
  readonly kioskKey: Uint8Array | undefined
}

/**
 * Runs protocol's `verifyBallot` somewhere. Calls may overlap; `busyCount` is how many have not resolved yet, and
 * the caller keeps it below its own bound.
 */
export interface BallotVerifier {
  readonly busyCount: number
  verify(canonical: Uint8Array, facts: BallotFacts): Promise<Result<void, BallotError>>
  close(): Promise<void>
}

/** What is the same for every ballot of an election. */
export interface ElectionFacts {
  readonly manifestHash: Uint8Array
  readonly jointKey: Uint8Array
  readonly credentialCount: number
}

/** The context for one ballot, made from its facts; any other credential or kiosk is unknown in it. */
export function contextFor(election: ElectionFacts, facts: BallotFacts): BallotContext {
  return { ...election, credential: () => facts.credential, kioskKey: () => facts.kioskKey }
}
