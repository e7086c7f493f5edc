import { BALLOT_RULES } from './rulebook/catalogue-ballots.ts'
import { CEREMONY_RULES, COUNT_PROOF_RULES, COUNT_RECORD_RULES } from './rulebook/catalogue-count.ts'
import { LOG_RULES } from './rulebook/catalogue-log.ts'
import { PROPOSAL_RULES } from './rulebook/catalogue-proposals.ts'
import type { Rule } from './rulebook/rule.ts'

export type { Rule } from './rulebook/rule.ts'

/**
 * The catalogue of rules: every sentence `hanpyo verify` can say about a record, with a number that never changes.
 * Hundreds group them: 1 setup, 2 log and notes, 3 polls, 4 devices, 5 registrar and authority, 6 ballots,
 * 7 challenged ballots, 8 kiosk manifests, 9 refusals, 10 mixing, decryption and result,
 * 11 proposals.
 *
 * `stops` says what a validating mirror and the bridge do: a leaf that breaks a stopping rule has no effect but its
 * place in tree and batch, a mirror does not cosign past it, and the bridge never logs it. The other rules are lines
 * that `verify` fails for people to decide, because the log could do nothing about them.
 */
export const RULES = {
  ...LOG_RULES,
  ...BALLOT_RULES,
  ...COUNT_RECORD_RULES,
  ...COUNT_PROOF_RULES,
  ...CEREMONY_RULES,
  ...PROPOSAL_RULES,
} as const satisfies Record<string, Rule>

export type RuleId = keyof typeof RULES

/** Rules that need blobs: `CountReplay` and `checkCeremony` check them, `ElectionState` does not. */
export const BLOB_RULES = { ...COUNT_PROOF_RULES, ...CEREMONY_RULES } as const

export type BlobRuleId = keyof typeof BLOB_RULES

/** Rules that `ElectionState` checks from the leaves alone. */
export type StateRuleId = Exclude<RuleId, BlobRuleId>

/** A rule that a leaf, or the log as a whole, breaks. */
export interface Violation {
  /** Leaf index; for a rule about the whole log the leaf concerned, or the last one. */
  readonly index: number
  /** Type of that leaf. */
  readonly type: number
  readonly rule: RuleId
  /** The English sentence of the rule. */
  readonly message: string
  /** What exactly was found, without secrets. */
  readonly detail?: string
}

/** Whether a mirror must not cosign past the violation and a bridge must not log the leaf. */
export function isStopping(violation: Violation): boolean {
  return RULES[violation.rule].stops
}

/** Builds a violation with the rule's sentence. */
export function violationOf(index: number, type: number, rule: RuleId, detail?: string): Violation {
  const violation = { index, type, rule, message: RULES[rule].en }
  return detail === undefined ? violation : { ...violation, detail }
}
