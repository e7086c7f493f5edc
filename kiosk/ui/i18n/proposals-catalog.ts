import type { ProposalSlipProblem } from '../../src/contract/proposal-views.ts'
import type { ModeText, ProblemText } from './catalog.ts'

export type ProposalTopic =
  | 'proposals'
  | 'proposal-topic'
  | 'proposal-write'
  | 'proposal-similar'
  | 'proposal-read-back'
  | 'proposal-consent'
  | 'proposal-slip'
  | 'proposal-list'
  | 'proposal-detail'
  | 'proposal-support'
  | 'proposal-stored'
  | 'proposal-expired'

/** The sentences of the screens on which somebody hands in a proposal or supports one. */
export interface ProposalsCatalog {
  /** On the first screen, below the way into the vote. */
  readonly start: string
  readonly step: string
  readonly entry: {
    readonly title: string
    readonly how: string
    readonly write: ModeText
    readonly read: string
    readonly count: (count: number) => string
    readonly none: string
  }
  readonly topic: { readonly title: string; readonly how: string; readonly chosen: string }
  readonly write: {
    readonly title: string
    readonly box: string
    readonly empty: string
    readonly count: (typed: number, most: number) => string
    readonly full: ProblemText
    readonly slip: ProblemText
  }
  readonly similar: {
    readonly title: string
    readonly how: string
    readonly goOn: string
  }
  readonly readBack: {
    readonly title: string
    readonly how: string
    readonly again: string
    readonly fix: string
    readonly right: string
  }
  readonly consent: {
    readonly title: string
    readonly how: string
    readonly noName: string
    readonly no: string
    readonly yes: string
  }
  readonly slip: {
    readonly propose: string
    readonly support: string
    readonly how: string
    readonly problems: Readonly<Record<ProposalSlipProblem, ProblemText>>
  }
  readonly list: {
    readonly title: string
    readonly how: string
    readonly place: (page: number, pages: number) => string
    readonly before: string
    readonly after: string
    readonly empty: ProblemText
    readonly supporters: (count: number) => string
    readonly waiting: string
    readonly show: string
    readonly write: string
  }
  readonly detail: { readonly title: string; readonly support: string; readonly waiting: ProblemText }
  readonly support: {
    readonly title: string
    readonly how: string
    readonly no: string
    readonly yes: string
  }
  readonly stored: {
    readonly proposed: string
    readonly supported: string
    readonly how: string
    readonly offline: string
    readonly more: string
    readonly finish: string
  }
  readonly expired: {
    readonly title: string
    readonly how: string
    readonly finish: string
  }
  readonly hint: ProblemText
  readonly leave: { readonly how: string; readonly stay: string }
  readonly idle: string
  readonly covered: string
  readonly problems: Readonly<
    Record<
      'text-empty' | 'text-character' | 'text-marks' | 'proposal-waiting' | 'unknown-proposal',
      ProblemText
    >
  >
  readonly tips: Readonly<Record<ProposalTopic, string>>
}
