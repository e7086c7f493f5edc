import { useContext } from 'react'
import type { Language } from '../../src/contract/views.ts'
import { technicianEn } from './technician-en.ts'
import { technicianKo } from './technician-ko.ts'
import { LanguageContext } from './use-text.ts'

/** The technician's sentences. They are never spoken, and no voter sees them, so they stand apart from the catalogue. */
export interface TechnicianText {
  readonly title: string
  readonly counts: (passed: number, failed: number, open: number) => string
  readonly testElection: string
  readonly start: string
  readonly allDone: string
  readonly report: string
  readonly reportToStick: string
  readonly software: string
  readonly print: string
  readonly lock: string
  readonly list: string
  readonly again: string
  readonly next: string
  readonly stop: string
  readonly playAgain: string
  readonly missing: (count: number) => string
  readonly pressed: string
  readonly notPressed: string
  readonly language: string
  readonly ready: { readonly what: string; readonly next: (folder: string) => string }
  readonly notReady: { readonly what: string; readonly next: (folder: string) => string }
  readonly stick: { readonly written: string; readonly failed: string }
  readonly failed: string
  readonly waiting: string
  readonly calibrate: {
    readonly title: string
    readonly how: string
    readonly larger: string
    readonly smaller: string
    readonly muchLarger: string
    readonly muchSmaller: string
    readonly card: string
    readonly measure: (pxPerMm: string, inches: string) => string
    readonly save: string
    readonly saved: string
    readonly problem: Readonly<Record<'too-coarse' | 'too-fine' | 'screen-small' | 'screen-large', string>>
    readonly implausible: string
  }
  readonly attest: {
    readonly title: string
    readonly how: string
    readonly version: string
    readonly hash: string
    readonly computing: string
    readonly qr: string
  }
}

export function useTechnicianText(): { readonly language: Language; readonly t: TechnicianText } {
  const language = useContext(LanguageContext)
  return { language, t: language === 'ko' ? technicianKo : technicianEn }
}
