import type { ContestCount } from './counting.ts'
import type { ProposalCounts } from './proposals.ts'
import type { WatchOutcome } from './watch-outcome.ts'

/** What `--report FILE` writes: one JSON object, all counts over the whole day. */
export interface DemoReport extends WatchOutcome {
  /** Distinct credentials with a durably stored ballot. */
  readonly cast: number
  readonly ackedOverLora: number
  readonly ackedOverWifi: number
  /** Ballots on the ledger, as `hanpyo verify --json` counted them. */
  readonly inLedger: number
  /** Refusals on the ledger by reason, as `hanpyo verify --json` counted them. */
  readonly refused: Readonly<Record<string, number>>
  readonly challenged: number
  /** Stored ballot ids that are in no ledger record, no refusal and no outbox. */
  readonly lost: number
  readonly verified: boolean
  readonly checkpoint: { readonly size: number; readonly root: string }
  readonly elapsedMs: number
  readonly framesSent: number
  readonly framesLost: number
  readonly airtimeMs: number
  /** Forged and foreign input that the bridge dropped, by reason. */
  readonly dropped: Readonly<Record<string, number>>
  /** Bodies that hold the key together, and how many of them are needed. */
  readonly trustees: { readonly n: number; readonly t: number }
  readonly mixes: number
  /** As `hanpyo verify --json` recomputed it. */
  readonly contests: readonly ContestCount[]
  /** The stage up to which everything verified; `final` when the result did too. */
  readonly stageVerified: string | null
  /** Whether the published counts are what the scripted people chose. */
  readonly countsAsScripted: boolean
  /** As `hanpyo verify --json` counted them, the authors among the supports; null in an election without proposals. */
  readonly proposals: ProposalCounts | null
  readonly proposalsAsScripted: boolean
  /** Kiosks that the technician's tool set up from a bare folder and a modem from the factory. */
  readonly provisioned: number
  /** Title of the scenario; null without one. */
  readonly scenario: string | null
  readonly seed: string
  readonly speed: number
  readonly broker: string
}

/** Why the day did not end as it should, in words; empty when all is well. */
export function complaints(report: DemoReport): string[] {
  const found: string[] = []
  if (!report.verified) found.push('hanpyo verify did not verify the ledger')
  if (report.lost > 0) found.push(`${report.lost} stored ballots are nowhere`)
  if (report.cast !== report.inLedger) found.push(`${report.cast} cast, but ${report.inLedger} in the ledger`)
  if (report.stageVerified !== 'final') found.push(`verified only up to stage ${report.stageVerified}`)
  if (!report.countsAsScripted) found.push('the counts are not what the scripted people chose')
  if (!report.mirror.verified) found.push('the copy of the mirror did not verify')
  if (report.promises.broken > 0) found.push(`${report.promises.broken} promises of the bridge were broken`)
  if (report.promises.open > 0)
    found.push(`${report.promises.open} promises of the bridge cannot be judged yet`)
  if (!report.proposalsAsScripted) found.push('proposals or supports are not what the scripted people did')
  if (report.provisioned === 0) found.push('no kiosk was set up with the technician’s tool')
  return found
}
