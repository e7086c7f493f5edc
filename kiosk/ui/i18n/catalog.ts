import type { KioskView, Language, SlipProblem } from '../../src/contract/views.ts'
import type { ScanPace, TextSize, Theme } from '../model/display.ts'
import type { ProposalsCatalog } from './proposals-catalog.ts'
import type { TypingCatalog } from './typing-catalog.ts'

/** A problem in the voter's words: what happened, and what to do next. */
export interface ProblemText {
  readonly what: string
  readonly next: string
}

/** A way of voting: its name, and what it is like. */
export interface ModeText {
  readonly name: string
  readonly how: string
}

/** Every sentence on the screens. A language that lacks one does not compile. */
export interface Catalog {
  readonly brand: string
  readonly switchLanguage: { readonly label: string; readonly spoken: string; readonly lang: string }
  readonly footer: {
    readonly name: string
    readonly help: string
    readonly leave: string
    readonly back: string
    readonly next: string
  }
  readonly steps: {
    readonly name: string
    readonly names: readonly [string, string, string, string]
    readonly current: (step: number, name: string) => string
  }
  readonly scroll: { readonly down: string; readonly up: string; readonly area: string }
  readonly attract: {
    readonly sentence: string
    readonly start: string
    readonly private: string
    readonly practise: string
    readonly paused: ProblemText
    readonly stops: Readonly<Record<NonNullable<KioskView['stop']>, ProblemText>>
    readonly closed: ProblemText
    readonly final: ProblemText
  }
  readonly mode: {
    readonly title: string
    readonly how: string
    readonly normal: ModeText
    readonly simple: ModeText
    readonly audio: ModeText
    readonly audioOff: ModeText
    readonly other: ModeText
  }
  readonly headphones: {
    readonly title: string
    readonly how: string
    readonly plugged: string
    readonly without: string
    readonly withoutHow: string
  }
  readonly settings: {
    readonly button: string
    readonly spoken: string
    readonly title: string
    readonly close: string
    readonly size: string
    readonly sizes: Readonly<Record<TextSize, string>>
    readonly theme: string
    readonly themes: Readonly<Record<Theme, string>>
    readonly reach: string
    readonly reaches: { readonly full: string; readonly low: string }
    readonly scan: string
    readonly scans: Readonly<Record<ScanPace, string>>
    readonly sound: string
    readonly listen: string
    readonly silent: string
    readonly soundOff: string
    readonly headphones: string
    readonly softer: string
    readonly louder: string
    readonly volumeIs: (step: number) => string
    readonly slower: string
    readonly faster: string
    readonly rateIs: (percent: number) => string
    readonly replay: string
    readonly stop: string
    readonly blank: string
    readonly paint: string
  }
  readonly speech: {
    readonly chosen: string
    readonly notChosen: string
    readonly isOff: string
    readonly needsHeadphones: string
    readonly missing: string
    readonly keys: string
    readonly blanked: string
    readonly painted: string
  }
  readonly details: {
    readonly show: string
    readonly title: string
    readonly how: string
    readonly close: string
  }
  readonly slip: {
    readonly title: string
    readonly how: string
    readonly picture: string
    readonly problems: Readonly<Record<SlipProblem, ProblemText>>
  }
  readonly number: {
    readonly title: string
    readonly how: string
    readonly same: string
    readonly different: string
    readonly mismatch: ProblemText
    readonly spoken: (digits: string) => string
  }
  readonly contest: {
    readonly place: (position: number, count: number) => string
    readonly choose: (most: number, exactly: boolean) => string
    readonly left: (count: number) => string
    readonly complete: string
    readonly leftBlank: string
    readonly blank: string
    readonly tooMany: (most: number) => ProblemText
    readonly tooFew: (least: number) => ProblemText
    readonly rank: (most: number, exactly: boolean) => string
    readonly inPlace: (place: number) => string
    readonly orderHow: string
    readonly money: (amount: number) => string
    readonly spent: (spent: number, total: number) => string
    readonly overBudget: ProblemText
    readonly options: string
    readonly toReview: string
  }
  readonly review: {
    readonly title: string
    readonly how: string
    readonly change: string
    readonly changeWhat: (title: string) => string
    readonly nothing: string
    readonly under: (count: number) => string
    readonly short: (least: number) => string
    readonly next: string
  }
  readonly tracker: {
    readonly title: string
    readonly how: string
    readonly label: string
    readonly qr: string
    readonly question: string
    readonly cast: string
    readonly castHow: string
    readonly check: string
    readonly checkHow: string
  }
  readonly confirm: {
    readonly title: string
    readonly how: string
    readonly yes: string
    readonly no: string
  }
  readonly stored: {
    readonly title: string
    readonly how: string
    readonly offline: string
    readonly next: string
  }
  readonly checked: {
    readonly title: string
    readonly how: string
    readonly qr: string
    readonly again: string
    readonly stop: string
  }
  readonly receipt: {
    readonly title: string
    readonly checkedTitle: string
    readonly how: string
    readonly checkedHow: string
    readonly secret: string
    readonly printed: string
    readonly notPrinted: ProblemText
    readonly finish: string
  }
  readonly done: { readonly title: string; readonly how: string; readonly finish: string }
  readonly practice: {
    readonly banner: string
    readonly title: string
    readonly how: string
    readonly finish: string
  }
  readonly help: {
    readonly title: string
    readonly staff: string
    readonly call: string
    readonly called: string
    readonly cancel: string
    readonly staffScreen: string
    readonly covered: string
    readonly close: string
    readonly tips: Readonly<Record<HelpTopic, string>>
  }
  readonly leave: { readonly title: string; readonly how: string; readonly stay: string; readonly go: string }
  readonly idle: {
    readonly title: string
    readonly how: string
    readonly seconds: (count: number) => string
    readonly stay: string
    readonly go: string
  }
  readonly problem: {
    readonly notStored: ProblemText
    readonly diskFull: ProblemText
    readonly usedMeanwhile: ProblemText
    /** A slip at the scanner during practice. */
    readonly practiceSlip: ProblemText
    readonly unreachable: ProblemText
    readonly unexpected: ProblemText
  }
  readonly pin: {
    readonly title: string
    readonly empty: string
    readonly typed: (digits: number) => string
    readonly digit: (digit: string) => string
    readonly erase: string
    readonly open: string
    readonly waiting: (seconds: number) => ProblemText
    readonly wrong: string
  }
  readonly working: string
  readonly proposals: ProposalsCatalog
  readonly typing: TypingCatalog
}

export type HelpTopic =
  | 'attract'
  | 'mode'
  | 'headphones'
  | 'slip'
  | 'contest'
  | 'review'
  | 'tracker'
  | 'confirm'
  | 'stored'
  | 'checked'

export type Catalogs = Readonly<Record<Language, Catalog>>
