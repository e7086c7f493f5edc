import type { Language } from '../src/contract/views.ts'
import { TEXT_SIZES, type TextSize, THEMES, type Theme } from '../ui/model/display.ts'

/** How a state is looked at. */
export interface Look {
  readonly language: Language
  readonly pxPerMm: number
  readonly size: TextSize
  readonly theme: Theme
  readonly reach: 'full' | 'low'
}

/** Upright screens of 1080 × 1920 pixels, by their diagonal, in pixels per millimetre. */
export const SCREENS = { '15.6 inch': 5.56, '21.5 inch': 4.03, '43 inch': 2.02 } as const
export type ScreenSize = keyof typeof SCREENS
export const SCREEN_SIZES = Object.keys(SCREENS) as ScreenSize[]
export const LANGUAGES = ['ko', 'en'] as const

export const PLAIN: Look = {
  language: 'ko',
  pxPerMm: SCREENS['21.5 inch'],
  size: 'normal',
  theme: 'standard',
  reach: 'full',
}

/** `#state=…&language=…&pxPerMm=…&size=…&theme=…&reach=…`; what is missing or unknown is plain. `null` without a state. */
export function lookOf(hash: string): { readonly state: string; readonly look: Look } | null {
  const values = new URLSearchParams(hash.replace(/^#/, ''))
  const state = values.get('state')
  if (state === null) return null
  const pick = <T extends string>(name: string, allowed: readonly T[], otherwise: T): T =>
    allowed.find((one) => one === values.get(name)) ?? otherwise
  const pxPerMm = Number(values.get('pxPerMm') ?? PLAIN.pxPerMm)
  return {
    state,
    look: {
      language: pick('language', LANGUAGES, PLAIN.language),
      pxPerMm: pxPerMm >= 1 && pxPerMm <= 20 ? pxPerMm : PLAIN.pxPerMm,
      size: pick('size', TEXT_SIZES, PLAIN.size),
      theme: pick('theme', THEMES, PLAIN.theme),
      reach: pick('reach', ['full', 'low'] as const, PLAIN.reach),
    },
  }
}
