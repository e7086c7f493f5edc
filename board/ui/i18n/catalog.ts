import type { ReceiptAnswer } from '@hanpyo/protocol/checks/receipt.ts'
import type {
  ContestView,
  DirectWord,
  LineStatus,
  PinStatus,
  PollsName,
  ProblemCode,
  ProposalText,
  ReceiptReply,
  WatcherView,
} from '../../src/snapshot.ts'
import type { LedgerTexts } from './catalog-ledger.ts'

/** What happened, and what it means or what to do. */
export interface TitledText {
  readonly title: string
  readonly text: string
}

export interface NamedText {
  readonly name: string
  readonly how: string
}

export type Count = (n: number) => string
export type Say = (text: string) => string

/** Every sentence of the page. A language that lacks one does not compile. */
export interface Catalog {
  readonly brand: string
  readonly brandSoft: string
  readonly skip: string
  readonly menu: string
  readonly otherLanguage: { readonly label: string; readonly lang: 'ko' | 'en' }
  readonly nav: Readonly<
    Record<
      | 'name'
      | 'overview'
      | 'turnout'
      | 'receipt'
      | 'results'
      | 'checks'
      | 'ledger'
      | 'proposals'
      | 'downloads'
      | 'paper'
      | 'settings',
      string
    >
  >
  readonly loading: {
    readonly title: string
    readonly reading: (done: string, total: string) => string
    readonly counting: (done: string, total: string) => string
    readonly slow: Count
  }
  readonly again: string
  readonly reload: string
  readonly showAll: Say
  readonly showFewer: string
  readonly more: Say
  readonly back: string
  readonly table: string
  readonly save: Say
  readonly yes: string
  readonly no: string
  readonly seconds: Count
  readonly minutes: Count
  readonly hours: Count
  readonly days: Count
  readonly ago: Say
  readonly justNow: string
  readonly count: Say
  readonly test: string
  readonly broken: TitledText & { readonly facts: string }
  readonly unknown: TitledText
  readonly problems: Readonly<Record<ProblemCode, TitledText>>
  readonly detail: Say
  readonly fork: TitledText & { readonly earlier: string; readonly now: string; readonly witness: Say }
  readonly behind: { readonly title: string; readonly text: (names: string, size: string) => string }
  readonly otherElection: Say
  readonly overview: {
    readonly polls: Readonly<Record<PollsName, string>>
    readonly announced: string
    readonly ballots: string
    readonly ofSlips: Say
    readonly times: (from: string, to: string) => string
    readonly fresh: string
    readonly freshHead: Say
    readonly freshNone: string
    readonly future: string
    readonly stale: string
    readonly read: Say
    readonly events: string
    readonly polling: string
    readonly size: (records: string, batches: string) => string
    readonly checks: string
    readonly checksGood: string
    readonly checksRunning: (done: string, total: string) => string
    readonly checksBad: Count
    readonly checksPart: string
    readonly paused: string
    readonly checksSkipped: Count
    readonly checksLink: string
    readonly pin: Readonly<Record<PinStatus | 'broken', string>>
    readonly manifest: string
    readonly memory: {
      readonly first: string
      readonly consistent: Say
      readonly older: string
      readonly fork: string
      readonly unavailable: string
    }
    readonly watchers: string
    readonly watchersHow: string
    readonly watchersNone: string
    readonly incidents: string
    readonly incidentsNone: string
    readonly incident: Count
  }
  readonly watcher: {
    readonly kind: Readonly<Record<WatcherView['kind'], string>>
    readonly kindHow: Readonly<Record<WatcherView['kind'], string>>
    readonly cosigned: Say
    readonly notCosigned: string
    readonly direct: Readonly<Record<DirectWord['status'], string>>
    readonly seen: (size: string, ago: string) => string
    readonly hostSays: Say
    readonly hostProblem: { readonly unreachable: string; readonly other: Say; readonly fine: string }
    readonly state: Readonly<Record<'good' | 'late' | 'bad' | 'off', string>>
  }
  readonly turnout: {
    readonly title: string
    readonly lead: Say
    readonly minimum: Count
    readonly centres: string
    readonly hours: string
    readonly hoursHow: string
    readonly hoursNone: string
    readonly hoursEmpty: string
    readonly merged: Count
    readonly mergedNames: string
    readonly scale: string
    readonly hoursScale: string
    readonly ballots: string
    readonly issued: string
    readonly returned: string
    readonly place: string
    readonly from: string
    readonly to: string
    readonly hourRange: (from: string, to: string) => string
    readonly others: string
    readonly challenged: Say
    readonly refused: Say
  }
  readonly receipt: {
    readonly title: string
    readonly lead: string
    readonly private: string
    readonly slip: string
    readonly slipHow: string
    readonly code: string
    readonly codeHow: string
    readonly find: string
    readonly camera: string
    readonly cameraStop: string
    readonly cameraHow: string
    readonly cameraDenied: string
    readonly cameraInsecure: string
    readonly cameraFound: string
    readonly photo: string
    readonly photoNone: string
    readonly scanned: string
    readonly asked: Readonly<Record<Exclude<ReceiptReply['status'], 'answer'>, string>>
    readonly answers: {
      readonly recorded: {
        readonly title: string
        readonly text: (record: number, batch: number | null, code: string) => string
        readonly compare: string
      }
      readonly 'different-code': {
        readonly title: string
        readonly text: (record: number, batch: number | null, code: string) => string
      }
      readonly refused: {
        readonly title: string
        readonly text: (record: number, batch: number | null, reason: string) => string
      }
      readonly checked: {
        readonly title: string
        readonly text: (record: number, batch: number | null) => string
      }
      readonly 'not-found': { readonly title: string; readonly open: Say; readonly sealed: string }
    }
    readonly partial: string
    readonly reasons: Readonly<Record<Extract<ReceiptAnswer, { status: 'refused' }>['reason'], string>>
    readonly look: string
    readonly proof: string
    readonly proofHow: string
    readonly proofNone: string
  }
  readonly ledger: LedgerTexts
  readonly proposals: {
    readonly title: string
    readonly lead: string
    readonly none: string
    readonly notOffered: string
    readonly all: string
    readonly topic: string
    readonly order: string
    readonly bySupport: string
    readonly byTime: string
    readonly supports: Say
    readonly topics: string
    readonly topicsScale: string
    readonly count: string
    readonly supportHead: string
    readonly proposalsCount: Say
    readonly read: string
    readonly reading: string
    readonly matches: string
    readonly texts: Readonly<Record<Exclude<ProposalText['status'], 'matches'>, string>>
    readonly hidden: string
    readonly erased: string
    readonly reason: (reason: string, by: string) => string
    readonly by: Readonly<Record<'centre' | 'authority', string>>
    readonly centre: Say
  }
  readonly results: {
    readonly title: string
    readonly notYet: string
    readonly notYetWhen: Readonly<Record<PollsName, string>>
    readonly announced: Count
    readonly ballots: Say
    readonly votes: string
    readonly option: string
    readonly share: string
    readonly blank: string
    readonly invalid: string
    readonly rank: Count
    readonly scale: Say
    readonly sumOver: string
    readonly rankScale: string
    readonly rankHow: string
    readonly ranked: string
    readonly place: (place: number, votes: string) => string
    readonly budget: Say
    readonly won: Say
    readonly cost: string
    readonly costs: Say
    readonly sameName: (name: string, number: number) => string
    readonly missing: string
    readonly paper: string
    readonly withheld: Say
    readonly kinds: Readonly<Record<ContestView['kind'], string>>
    readonly checkedAll: string
    readonly checkedPart: string
    readonly checkedBad: string
    readonly counting: (done: number, total: number) => string
  }
  readonly checks: {
    readonly title: string
    readonly lead: string
    readonly progress: (done: string, total: string) => string
    readonly status: Readonly<Record<LineStatus, string>>
    readonly pause: string
    readonly resume: string
    readonly pauseHow: string
    readonly paused: string
    readonly record: Count
    readonly rule: Count
    readonly more: Count
    readonly tool: string
    readonly summary: (pass: number, fail: number, open: number) => string
  }
  readonly downloads: {
    readonly title: string
    readonly lead: string
    readonly checkpoint: string
    readonly checkpointHow: string
    readonly manifest: string
    readonly manifestHow: string
    readonly proof: string
    readonly proofHow: string
    readonly verify: string
    readonly verifyHow: string
    readonly mirror: string
    readonly mirrorHow: string
    readonly copy: string
    readonly files: string
    readonly remembered: string
    readonly rememberedHow: string
    readonly forget: string
    readonly forgotten: string
  }
  readonly paper: Readonly<
    Record<
      | 'lead'
      | 'print'
      | 'wait'
      | 'facts'
      | 'state'
      | 'test'
      | 'ballots'
      | 'slips'
      | 'times'
      | 'records'
      | 'root'
      | 'signed'
      | 'host'
      | 'printed'
      | 'compared'
      | 'openLines'
      | 'line'
      | 'status'
      | 'allGood'
      | 'watcher'
      | 'kind'
      | 'cosigned'
      | 'answer'
      | 'none'
      | 'bar'
      | 'page',
      string
    >
  > & { readonly header: (title: string, hash: string) => string }
  readonly settings: {
    readonly title: string
    readonly size: string
    readonly sizes: Readonly<Record<'normal' | 'large' | 'largest', string>>
    readonly theme: string
    readonly themes: Readonly<Record<'auto' | 'light' | 'dark', string>>
    readonly language: string
    readonly languages: Readonly<Record<'ko' | 'en', string>>
  }
}
