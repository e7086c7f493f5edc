import { createContext, useContext } from 'react'
import type { StaffAction } from '../../src/contract/staff-views.ts'
import type { KioskView, Language } from '../../src/contract/views.ts'
import type { ProblemText } from './catalog.ts'
import { staffEn } from './staff-en.ts'
import { staffKo } from './staff-ko.ts'
import { LanguageContext } from './use-text.ts'

/** What staff can do at their desk. */
export type StaffTask = StaffAction | 'pause' | 'end-session' | 'assisted' | 'typed' | 'print'

/** Counts that must all be zero before the polls open. */
export interface OpeningCounts {
  readonly cast: number
  readonly challenged: number
  readonly assisted: number
  readonly waiting: number
  readonly proposed: number
  readonly supported: number
}

/** Staff's sentences. They are never spoken, and no voter sees them, so they stand apart from the catalogue. */
export interface StaffText {
  readonly title: string
  readonly switchLanguage: { readonly label: string; readonly spoken: string; readonly lang: Language }
  readonly footer: string
  readonly pin: {
    readonly title: string
    readonly technicianHere: ProblemText
    readonly notSetUp: ProblemText
  }
  readonly polls: Readonly<Record<KioskView['polls'], string>>
  readonly helpCalled: string
  readonly failed: string
  readonly tasks: Readonly<Record<StaffTask, string>>
  readonly lock: string
  readonly more: string
  readonly less: string
  readonly proposals: string
  readonly opening: {
    readonly counts: (counts: OpeningCounts) => string
    readonly empty: (counts: string) => string
    readonly notEmpty: (counts: string) => ProblemText
  }
  readonly questions: Readonly<Record<'close' | 'end-session' | 'anyway', ProblemText>>
  readonly no: string
  readonly yes: string
  readonly yesClose: string
  readonly closing: {
    readonly report: string
    readonly reportQr: string
    readonly manifest: string
    readonly manifestQr: string
  }
  readonly health: HealthText
  readonly moderation: ModerationText
}

/** Names and states of what the desk says about the machine. */
export interface HealthText {
  readonly voted: string
  readonly people: (count: number) => string
  readonly checked: string
  readonly ballots: (count: number) => string
  readonly sending: string
  readonly allSent: string
  readonly waiting: (count: number) => string
  readonly forWifi: string
  readonly items: (count: number) => string
  readonly wifi: string
  readonly unsteady: string
  readonly radio: string
  readonly route: Readonly<Record<'online' | 'offline' | 'not-configured', string>>
  readonly bridge: (id: string) => string
  readonly bridgeState: Readonly<Record<'online' | 'silent' | 'offline', string>>
  readonly bridgeProblem: Readonly<Record<'bad-promise' | 'broken-promise' | 'not-published', string>>
  readonly ledger: string
  readonly ledgerWrong: string
  readonly ledgerStale: string
  readonly proven: string
  readonly helped: string
  readonly scanner: string
  readonly keypad: string
  readonly switches: string
  readonly keysGone: string
  readonly keyStuck: string
  readonly ready: string
  readonly printer: string
  readonly paperOut: string
  readonly paperLow: string
  readonly printerGone: string
  readonly clock: string
  readonly clockWrong: string
  readonly clockRight: string
  readonly clockUnknown: string
  readonly disk: string
  readonly diskLow: string
  readonly diskFine: string
}

export interface ModerationText {
  readonly title: string
  readonly how: string
  readonly none: ProblemText
  readonly earlier: string
  readonly later: string
  readonly back: string
  readonly state: (supports: number, isHidden: boolean, isChangeWaiting: boolean) => string
  readonly reasonIs: (reason: string) => string
  readonly why: { readonly hide: string; readonly show: string }
  readonly stop: string
  readonly show: string
  readonly hide: string
}

export const STAFF_TEXT: Readonly<Record<Language, StaffText>> = { ko: staffKo, en: staffEn }

/** Changes the language of the staff screens only. */
export const StaffSwitchContext = createContext<() => void>(() => {})

export function useStaffText(): {
  readonly language: Language
  readonly t: StaffText
  readonly switchLanguage: () => void
} {
  const language = useContext(LanguageContext)
  const switchLanguage = useContext(StaffSwitchContext)
  return { language, t: STAFF_TEXT[language], switchLanguage }
}
