import type { Stage } from '../election/state.ts'
import { CHECKS, type CheckId, checkOfRule, checksOf } from './catalogue.ts'
import { type AnyRuleId, ruleNumber, ruleSentence } from './rules.ts'

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
