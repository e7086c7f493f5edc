import type { AnyRuleId } from '@hanpyo/protocol/checks/rules.ts'
import type { Stage } from '@hanpyo/protocol/election/state.ts'
import type { Election } from './election.ts'
import type { Plan } from './plan.ts'

/** Files of a published log by path, the checkpoint among them. */
export type Files = Map<string, Uint8Array>

/** One lie in a complete election. `verify` must fail and name `rule`. */
export interface Mutation {
  /** Says who does what; distinct. */
  readonly name: string
  readonly rule: AnyRuleId
  /**
   * The ledger as its operator publishes it after the lie: whoever lies signs with the keys it has, and tree, batch
   * chain and checkpoint are made anew.
   */
  readonly plan?: (election: Election) => Plan | Promise<Plan>
  /** What a server changes in the files after they were signed. */
  readonly serve?: (files: Files, election: Election) => void
  /** What the reader expects the log to have reached; otherwise what the log says. */
  readonly stage?: Stage
  /** The reader was told the hash of the honest manifest, not of the one in the log. */
  readonly pinsHonestManifest?: true
}

/** Changes one byte. */
export function flipped(bytes: Uint8Array, at: number, mask = 1): Uint8Array {
  const changed = bytes.slice()
  const index = at < 0 ? changed.length + at : at
  changed[index] = (changed[index] as number) ^ mask
  return changed
}
