import type { CheckResult } from '@hanpyo/protocol/checks/findings.ts'
import type { ContestTally } from '@hanpyo/protocol/count/tally.ts'
import type { RefusalName } from '@hanpyo/protocol/election/refusal.ts'
import type { RuleId } from '@hanpyo/protocol/election/rules.ts'
import type { Stage } from '@hanpyo/protocol/election/state.ts'

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
