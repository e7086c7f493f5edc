import { type BallotElection, castBallot, prepareBallot } from '@hanpyo/protocol/ballot/create.ts'
import type { KeyPair } from '@hanpyo/protocol/ballot/slip.ts'
import type { CryptoBackend, RandomBytes } from '@hanpyo/protocol/group/group.ts'

/** What a kiosk puts into a ballot, as plain data that another thread can be given. */
export interface BallotInput {
  readonly credentialIndex: number
  readonly credential: KeyPair
  readonly kioskId: number
  readonly kiosk: { readonly seed: Uint8Array; readonly publicKey: Uint8Array }
  readonly election: BallotElection
  readonly contestIds: readonly number[]
  readonly plaintexts: readonly Uint8Array[]
}

/** The canonical ballot. */
export function makeBallot(backend: CryptoBackend, random: RandomBytes, input: BallotInput): Uint8Array {
  const shared = { ...input, backend, random, deviceSecret: input.kiosk.seed }
  return castBallot({ ...shared, prepared: prepareBallot(shared) })
}
