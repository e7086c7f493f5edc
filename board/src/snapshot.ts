/** What the worker tells the page: plain values only, so that the page needs none of the code that made them. */

import type { CheckId } from '@hanpyo/protocol/checks/catalogue.ts'
import type { ReceiptAnswer } from '@hanpyo/protocol/checks/receipt.ts'
import type { ContestTally } from '@hanpyo/protocol/count/tally.ts'

export interface Bilingual {
  readonly ko: string
  readonly en: string
}

/** Why the host could not be read as it should be. The page has a sentence for each (`ui/i18n`). */
export type ProblemCode =
  /** Nobody answers. */
  | 'host-unreachable'
  /** An answer did not come in time. */
  | 'host-slow'
  /** It answers with an error of its own. */
  | 'host-status'
  /** It answers, but has no checkpoint. */
  | 'no-checkpoint'
  /** What it calls a checkpoint is none. */
  | 'checkpoint-garbage'
  /** The checkpoint says that the log is empty. */
  | 'log-empty'
  /** The first record is no valid manifest. */
  | 'manifest-invalid'
  /** The log of the manifest did not sign the checkpoint. */
  | 'checkpoint-signature'
  /** Records that the checkpoint implies are not there: a copy that is being written, or was cut off. */
  | 'records-missing'
  /** A file of records cannot be taken apart. */
  | 'records-garbage'
  /** The records are not those under the signed root. */
  | 'records-changed'
  /** The list of slips or support keys is missing or another one. */
  | 'lists-missing'
  /** Proofs of the count or the key ceremony are missing, so that they cannot be recomputed from this host. */
  | 'proofs-missing'
  /** The host shows an older head than it did, or than this browser has seen elsewhere. */
  | 'head-older'
  /** More records than a browser should hold. */
  | 'log-too-large'
  /** The thread that checks signatures and proofs ended. */
  | 'check-ended'

export interface Problem {
  readonly code: ProblemCode
  /** A path, a number or a reason, for people who look closer. */
  readonly detail?: string
}

/** How the manifest compares with what the reader was told by another way. */
export type PinStatus = 'none' | 'match' | 'mismatch'

/** How the head compares with the last one that this browser saw of the same log. */
export type MemoryStatus = 'first' | 'consistent' | 'older' | 'fork' | 'unavailable'

export interface ForkEvidence {
  readonly earlier: string
  readonly now: string
}

export interface HeadView {
  readonly origin: string
  readonly size: number
  /** Base64. */
  readonly root: string
  /** POSIX seconds: the median of the cosignatures that verified; null without any. */
  readonly at: number | null
  readonly note: string
}

export type DirectWord =
  | { readonly status: 'waiting' | 'no-address' | 'unreachable' }
  | { readonly status: 'invalid'; readonly detail: string }
  /** `fork`: its root at that size is another one than the host's. */
  | {
      readonly status: 'same' | 'behind' | 'ahead' | 'fork'
      readonly size: number
      readonly at: number
      readonly note: string
    }

/** A witness or mirror of the manifest's policies. */
export interface WatcherView {
  readonly name: string
  readonly kind: 'witness' | 'mirror'
  readonly url: string | null
  /** POSIX seconds of its verified cosignature on the head shown; null without one. */
  readonly cosignedAt: number | null
  /** What the host says about it; null when the host does not say. */
  readonly hostSays: {
    readonly size: number | null
    readonly at: number | null
    readonly problem: string | null
  } | null
  /** What it answered to this browser itself. */
  readonly direct: DirectWord
}

export interface ContestView {
  readonly id: number
  readonly kind: 'choose-one' | 'approve' | 'rank' | 'budget' | 'yes-no'
  readonly title: Bilingual
  /** `cost` in won. */
  readonly options: readonly { readonly id: number; readonly title: Bilingual; readonly cost?: number }[]
  /** Won that one ballot may spend. */
  readonly budget?: number
  /** Options that one ballot may name. */
  readonly maxSelections: number
}

export interface ElectionView {
  readonly id: string
  readonly title: Bilingual
  /** H_m in hex. */
  readonly manifestHash: string
  readonly authorityVkey: string
  readonly logVkey: string
  readonly isTest: boolean
  readonly times: { readonly opens: number; readonly closes: number; readonly sealedBy: number }
  readonly tickSeconds: number
  readonly maxDelaySeconds: number
  readonly minimumCount: number
  readonly slipCount: number
  readonly contests: readonly ContestView[]
  readonly trustees: readonly Bilingual[]
  readonly threshold: number
  readonly topics: readonly { readonly id: number; readonly title: Bilingual }[] | null
}

export type PollsName = 'not-open' | 'open' | 'closed' | 'sealed'

/** Ballots of one unit, or of several that are too small to be shown alone. */
export interface CentreGroup {
  readonly names: readonly Bilingual[]
  readonly ballots: number
  /** Slips handed out and taken back, as registered; null unless known for all of the group. */
  readonly issued: number | null
  readonly returned: number | null
}

/** Ballots published from `from` until `to`, POSIX seconds. */
export interface HourGroup {
  readonly from: number
  readonly to: number
  readonly ballots: number
}

export interface TurnoutView {
  readonly ballots: number
  readonly challenged: number
  readonly refused: number
  readonly centres: readonly CentreGroup[]
  /** Null while the host does not offer its history. */
  readonly hours: readonly HourGroup[] | null
}

export interface ProposalView {
  /** Hex. */
  readonly id: string
  readonly topic: number
  readonly centre: Bilingual
  readonly supports: number
  readonly isHidden: boolean
  readonly isErased: boolean
  /** The reason of the last hiding or erasing, and who decided. */
  readonly moderation: {
    readonly reason: string
    readonly by: 'centre' | 'authority'
    readonly record: number
  } | null
  readonly record: number
}

/** `matches`: salt and text give the hash on the ledger. */
export type ProposalText =
  | { readonly status: 'matches'; readonly text: string }
  | { readonly status: 'other-text' | 'not-kept' | 'erased' | 'unreachable' }

export type LineStatus = 'PASS' | 'FAIL' | 'SKIPPED' | 'RUNNING'

/** One numbered line, as `hanpyo verify` prints it. */
export interface CheckLine {
  readonly number: number
  readonly id: CheckId
  readonly status: LineStatus
  readonly title: Bilingual
  readonly explain: Bilingual
  readonly remark: Bilingual | null
  readonly failures: readonly {
    readonly record: number | null
    readonly number: number | null
    readonly text: Bilingual
    readonly detail: string | null
  }[]
  readonly failureCount: number
}

export type ContestResult =
  | ContestTally
  | { readonly id: number; readonly total: number; readonly withheld: 'below-minimum' }

export interface ResultView {
  readonly record: number
  readonly at: number
  readonly contests: readonly ContestResult[]
}

export interface Progress {
  readonly done: number
  readonly total: number
}

export interface IncidentView {
  readonly record: number
  readonly kiosk: number | null
  readonly text: string
  readonly at: number
}

/** The state of everything; `null` where it is not known (yet). */
export interface Snapshot {
  readonly host: string
  /** Milliseconds since 1970 of the last answer of the host. */
  readonly readAtMs: number | null
  readonly problems: readonly Problem[]
  readonly follows: 'events' | 'polling' | 'not-yet'
  readonly election: ElectionView | null
  readonly head: HeadView | null
  readonly pin: PinStatus
  readonly memory: {
    readonly status: MemoryStatus
    /** POSIX seconds of the first and last visit, size of the last head. */
    readonly firstSeen: number | null
    readonly lastSize: number | null
    readonly fork: ForkEvidence | null
    /** Another election that this address showed before, H_m in hex. */
    readonly otherElection: string | null
  }
  readonly reading: Progress
  /** Proven records that were counted already. */
  readonly counted: Progress
  readonly proofs: Progress & { readonly isPaused: boolean }
  readonly counting: Progress | null
  readonly polls: PollsName
  /** Null until the records at hand were counted once. */
  readonly turnout: TurnoutView | null
  readonly incidents: readonly IncidentView[]
  readonly batchCount: number
  readonly lastBatchBallots: number
  readonly watchers: readonly WatcherView[]
  readonly checks: readonly CheckLine[]
  readonly result: ResultView | null
  readonly proposals: readonly ProposalView[]
}

/** One batch of the ledger's chain. */
export interface BatchView {
  readonly number: number
  readonly first: number
  readonly count: number
  /** Hex hash that the batch leaf names, and whether it is that of the batch leaf before. */
  readonly prev: string
  readonly isChained: boolean
  readonly types: Readonly<Record<string, number>>
}

/** `options`: titles in the order chosen; empty for a blank one. Null where the choice is none that counts. */
export interface OpenedChoice {
  readonly contest: Bilingual
  readonly options: readonly Bilingual[] | null
}

export interface LeafView {
  readonly index: number
  readonly batch: number | null
  readonly type: number
  readonly name: string
  /** Named values for people; which they are depends on the type. */
  readonly fields: readonly { readonly name: string; readonly value: string }[]
  /** What an opened ballot held, contest by contest; null for every other record. */
  readonly choices: readonly OpenedChoice[] | null
  /** The text of a note or batch leaf; null for a binary record. */
  readonly text: string | null
  readonly hex: string
  readonly bytes: number
  /** RFC 6962 leaf hash in hex. */
  readonly hash: string
}

/** What a person types or scans. */
export interface ReceiptQuestion {
  readonly slip: string
  readonly code: string
}

export type ReceiptReply =
  | { readonly status: 'slip-malformed' | 'code-malformed' | 'nothing-asked' | 'not-ready' | 'slip-secret' }
  | { readonly status: 'answer'; readonly answer: ReceiptAnswer; readonly batch: number | null }

/** A file that the page offers to save. */
export interface FileOffer {
  readonly name: string
  readonly text: string
}

/** What the page may ask the worker. */
export interface BoardCalls {
  start(options: StartOptions): void
  /** Looks at the host at once. */
  refresh(): void
  /** Stops or continues the check of signatures and proofs. */
  pauseProofs(isPaused: boolean): void
  batches(range: { readonly from: number; readonly count: number }): readonly BatchView[]
  leaves(range: { readonly first: number; readonly count: number }): readonly LeafView[]
  findReceipt(question: ReceiptQuestion): ReceiptReply
  /** The `.tlog-proof` of a record, or null when it is not at hand. */
  proofOf(index: number): FileOffer | null
  proposalText(id: string): ProposalText
  manifestNote(): FileOffer | null
  /** Forgets what this browser remembers of this host. */
  forget(): void
}

export interface StartOptions {
  /** Base URL with a final slash. */
  readonly host: string
  readonly pin: { readonly manifestHash?: string; readonly authorityVkey?: string }
}
