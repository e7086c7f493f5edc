import { createContext, useContext } from 'react'
import type { Bilingual } from '../../src/snapshot.ts'
import type { Catalog } from './catalog.ts'
import { en } from './en.ts'
import { ko } from './ko.ts'

export type Language = 'ko' | 'en'

const CATALOGS: Readonly<Record<Language, Catalog>> = { ko, en }

export const LanguageContext = createContext<Language>('ko')

export interface TextInUse {
  readonly language: Language
  /** The page's own sentences. */
  readonly t: Catalog
  /** A text of the election in the language in use. */
  readonly say: (text: Bilingual) => string
  /** A number with its groups. */
  readonly n: (value: number) => string
  /** A part of a whole in percent, with one decimal. */
  readonly share: (part: number, whole: number) => string
  /** Date and time of POSIX seconds, where the reader is. */
  readonly when: (seconds: number) => string
  readonly clock: (seconds: number) => string
  /** Month and day. */
  readonly day: (seconds: number) => string
  /** How long ago POSIX seconds were, roughly. */
  readonly ago: (seconds: number, nowSeconds: number) => string
  /** A length of time, roughly. */
  readonly lasting: (seconds: number) => string
}

export function useText(): TextInUse {
  const language = useContext(LanguageContext)
  const t = CATALOGS[language]
  const lasting = (seconds: number): string => {
    if (seconds < 60) return t.seconds(Math.round(seconds))
    if (seconds < 3600) return t.minutes(Math.round(seconds / 60))
    return seconds < 86_400 ? t.hours(Math.round(seconds / 3600)) : t.days(Math.round(seconds / 86_400))
  }
  const format = (seconds: number, options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(language, options).format(new Date(seconds * 1000))
  return {
    language,
    t,
    say: (text) => text[language],
    n: (value) => new Intl.NumberFormat(language).format(value),
    share: (part, whole) =>
      whole === 0
        ? '–'
        : new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(
            part / whole,
          ),
    when: (seconds) =>
      format(seconds, {
        year: 'numeric',
        month: 'short',
        day: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
      }),
    clock: (seconds) => format(seconds, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    day: (seconds) => format(seconds, { month: 'short', day: 'numeric' }),
    ago: (seconds, now) => (now - seconds < 10 ? t.justNow : t.ago(lasting(now - seconds))),
    lasting,
  }
}
