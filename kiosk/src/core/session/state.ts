import type { PreparedBallot } from '@hanpyo/protocol/ballot/create.ts'
import { erase } from '@hanpyo/protocol/ballot/create.ts'
import type { Selection } from '@hanpyo/protocol/ballot/plaintext.ts'
import type { KeyPair } from '@hanpyo/protocol/ballot/slip.ts'
import type { ManifestContest } from '@hanpyo/protocol/election/manifest.ts'
import type { Language, SlipProblem } from '../../contract/views.ts'

/** An accepted slip. The seed is gone by now; `credential.secret` is wiped when the state lets go of it. */
export interface AcceptedSlip {
  readonly number: number
  readonly credential: KeyPair
  readonly contests: readonly ManifestContest[]
}

/** Contest id → answer. A missing entry is "not answered yet". */
export type Selections = ReadonlyMap<number, Selection>

/** The states in which a voter's secrets exist: credential, choices, and once prepared the randomness. */
interface Choosing {
  readonly slip: AcceptedSlip
  readonly selections: Selections
}
export type ContestState = Choosing & { readonly step: 'contest'; readonly position: number }
export type ReviewState = Choosing & { readonly step: 'review' }
export type PreparedState = Choosing & {
  readonly step: 'prepared'
  readonly prepared: PreparedBallot
  readonly problem: 'disk-full' | 'box-failed' | null
}
export type SecretState = ContestState | ReviewState | PreparedState

/** What may be kept once a ballot was cast or opened: both are public. */
interface Receipt {
  readonly slipNumber: number
  readonly tracker: Uint8Array
}
export type PublicState =
  | { readonly step: 'attract' }
  | { readonly step: 'slip'; readonly problem: SlipProblem | null }
  | ({ readonly step: 'stored' } & Receipt)
  | ({ readonly step: 'checked'; readonly opening: string } & Receipt)
  | ({ readonly step: 'receipt'; readonly kind: 'cast' | 'checked' } & Receipt)
  | { readonly step: 'done' }

export type SessionStep = SecretState | PublicState

export interface SessionState {
  readonly language: Language
  readonly at: SessionStep
}

type KeysOf<T> = T extends unknown ? keyof T : never
type Residue = Extract<KeysOf<PublicState>, 'slip' | 'selections' | 'prepared'>
/** Compiles only while no state after casting, checking or expiry has a field that could hold a secret. */
export const NO_RESIDUE: [Residue] extends [never] ? true : never = true

export const INITIAL: SessionState = { language: 'ko', at: { step: 'attract' } }

export function isSecret(at: SessionStep): at is SecretState {
  return at.step === 'contest' || at.step === 'review' || at.step === 'prepared'
}

/** Overwrites the secrets of `before` that `after` no longer holds. Called on every change of state, in one place. */
export function eraseDropped(before: SessionStep, after: SessionStep): void {
  if (!isSecret(before)) return
  if (before.step === 'prepared' && !(after.step === 'prepared' && after.prepared === before.prepared)) {
    erase(before.prepared)
  }
  if (!(isSecret(after) && after.slip === before.slip)) before.slip.credential.secret.fill(0)
}
