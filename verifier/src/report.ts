import type { ContestTally } from '@hanpyo/protocol/count/tally.ts'
import type { RefusalName } from '@hanpyo/protocol/election/refusal.ts'
import type { RuleId } from '@hanpyo/protocol/election/rules.ts'
import type { Stage } from '@hanpyo/protocol/election/state.ts'
import { CHECKS, type CheckId, checkOfRule, checksOf } from './checks/catalogue.ts'
import { type AnyRuleId, ruleNumber, ruleSentence } from './checks/rules.ts'

export type CheckStatus = 'PASS' | 'FAIL' | 'SKIPPED'

/** A broken rule. `index` is the record, null when the log as a whole is concerned. */
export interface Failure {
  readonly index: number | null
  readonly rule: AnyRuleId
  /** The number of a rule about records. */
  readonly number?: number
  /** The English sentence of the rule. */
  readonly message: string
  readonly detail?: string
}

/** Why a check was skipped, or what should be known about one that passed. */
export interface Remark {
  readonly ko: string
  readonly en: string
}

export interface CheckResult {
  readonly number: number
  readonly id: CheckId
  readonly status: CheckStatus
  /** The English line, with the remark if there is one. */
  readonly message: string
  readonly remark?: Remark
  /** The first failures in ledger order; `failureCount` counts all of them. */
  readonly failures: readonly Failure[]
  readonly failureCount: number
}

export interface Counts {
  readonly ballots: number
  readonly challenged: number
  readonly refused: Readonly<Partial<Record<RefusalName, number>>>
  readonly kioskManifests: number
  /** Ids that kiosks listed and the log does not hold (yet). */
  readonly unmatched: number
  /** Null in an election without proposals. `supports` counts the authors too. */
  readonly proposals: {
    readonly handedIn: number
    readonly supports: number
    readonly hidden: number
    readonly erased: number
  } | null
}

/** The outcome of one contest, recomputed from the ballots; a contest below the manifest's minimum is not opened. */
export type ContestReport =
  | ContestTally
  | { readonly id: number; readonly total: number; readonly withheld: 'below-minimum' }

/** Titles for the result table. */
export interface ContestTitles {
  readonly id: number
  readonly title: { readonly ko: string; readonly en: string }
  readonly options: readonly {
    readonly id: number
    readonly title: { readonly ko: string; readonly en: string }
  }[]
}

/** Mixes and shares in ledger order. `valid`: every proof and rule of the count holds for the record. */
export interface CountReport {
  readonly mixes: readonly {
    readonly contest: number
    readonly mixer: number
    readonly index: number
    readonly valid: boolean
  }[]
  readonly shares: readonly {
    readonly contest: number
    readonly trustee: number
    readonly index: number
    readonly valid: boolean
  }[]
  /** Shares that count for nothing, and why. They fail nothing as long as enough others are valid. */
  readonly skipped: readonly { readonly index: number; readonly rule: RuleId; readonly detail?: string }[]
}

/** What `hanpyo verify --json` prints. Holds no ballot ids. */
export interface Report {
  /** Every check that is due ran and passed. */
  readonly verified: boolean
  readonly stage: Stage
  /** The stage as far as it is verified: `stage`, or null unless `verified`. */
  readonly stageVerified: Stage | null
  /** Log origin; null when no manifest could be read. */
  readonly election: string | null
  /** H_m in hex. */
  readonly manifestHash: string | null
  readonly checkpoint: { readonly size: number; readonly root: string } | null
  readonly checks: readonly CheckResult[]
  readonly counts: Counts
  readonly count: CountReport
  /** Contests that are counted, in the manifest's order; empty before the count. */
  readonly contests: readonly ContestReport[]
  readonly titles: readonly ContestTitles[]
}

/** Failures kept for each check; a hostile log must not fill the memory. */
export const MAX_FAILURES_KEPT = 100

/** Collects what a run finds, check by check. */
export class Findings {
  readonly #failures = new Map<CheckId, Failure[]>()
  readonly #failureCounts = new Map<CheckId, number>()
  readonly #skipped = new Map<CheckId, Remark>()
  readonly #remarks = new Map<CheckId, Remark>()

  /** A rule does not hold. */
  fail(rule: AnyRuleId, index: number | null, detail?: string): void {
    const id = checkOfRule(rule)
    const kept = this.#failures.get(id) ?? []
    this.#failures.set(id, kept)
    this.#failureCounts.set(id, this.failureCount(id) + 1)
    const number = ruleNumber(rule)
    const message = ruleSentence(rule, 'en')
    const failure = number === undefined ? { index, rule, message } : { index, rule, number, message }
    if (kept.length < MAX_FAILURES_KEPT) kept.push(detail === undefined ? failure : { ...failure, detail })
  }

  /** A check could not be made, for a reason that people understand. The first reason stays. */
  skip(id: CheckId, reason: Remark): void {
    if (!this.#skipped.has(id)) this.#skipped.set(id, reason)
  }

  /** Says more about a check that passes. */
  remark(id: CheckId, text: Remark): void {
    this.#remarks.set(id, text)
  }

  failureCount(id: CheckId): number {
    return this.#failureCounts.get(id) ?? 0
  }

  /**
   * The lines due for a stage, and those of a later one that failed all the same. A check with failures fails even when
   * it could not be finished.
   */
  results(stage: Stage): CheckResult[] {
    const due = new Set<CheckId>(checksOf(stage).map(({ id }) => id))
    const checks = CHECKS.filter(({ id }) => due.has(id) || this.failureCount(id) > 0)
    return checks.map(({ id, number, en }) => {
      const failures = (this.#failures.get(id) ?? []).toSorted(byRecord)
      const skipped = this.#skipped.get(id)
      const status: CheckStatus = failures.length > 0 ? 'FAIL' : skipped !== undefined ? 'SKIPPED' : 'PASS'
      const remark = status === 'SKIPPED' ? skipped : status === 'PASS' ? this.#remarks.get(id) : undefined
      const line = { number, id, status, failures, failureCount: this.failureCount(id) }
      return remark === undefined
        ? { ...line, message: en }
        : { ...line, message: `${en} (${remark.en})`, remark }
    })
  }
}

/** In ledger order; what concerns the whole log comes last. */
function byRecord(a: Failure, b: Failure): number {
  return (a.index ?? Number.POSITIVE_INFINITY) - (b.index ?? Number.POSITIVE_INFINITY) || 0
}
