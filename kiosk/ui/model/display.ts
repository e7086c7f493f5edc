import { REQUIREMENTS } from '../accessibility/requirements.ts'
import type { HangulLayout } from '../input/keyboard-layouts.ts'

/** How a voter wants the page. It lives in the page's memory and ends with the session, like everything of a voter. */
export interface Display {
  /** `simple`: larger, and one thing less on every screen; explanations stand on a page of their own. */
  readonly mode: 'normal' | 'simple' | 'audio'
  readonly size: TextSize
  readonly theme: Theme
  /** `low`: the page keeps to the lower part of a tall screen. */
  readonly reach: 'full' | 'low'
  /** The focus walks on by itself, for a person with one switch. */
  readonly scan: ScanPace
  readonly volume: number
  readonly rate: number
  /** Which keys write Hangul; `auto` until the person chooses. */
  readonly keys: HangulLayout | 'auto'
  /** A key pressed again soon goes round its letters; after a moment it begins the next one. Off: a key says so. */
  readonly hasKeyLimit: boolean
  /** Private speech needs an ear nobody shares. */
  readonly hasHeadphones: boolean
  /** Nothing is painted; the speech goes on. */
  readonly isBlank: boolean
}

export const TEXT_SIZES = ['normal', 'large', 'largest'] as const
export type TextSize = (typeof TEXT_SIZES)[number]
export const THEMES = ['standard', 'bright', 'dark', 'soft'] as const
export type Theme = (typeof THEMES)[number]
export const SCAN_PACES = ['off', 'slow', 'middle', 'fast'] as const
export type ScanPace = (typeof SCAN_PACES)[number]

/** Factor of every length. Annex 5 3, WCAG 2.2 1.4.4: up to 200 %. */
export const SCALE: Readonly<Record<TextSize, number>> = {
  normal: 1,
  large: 1.4,
  largest: REQUIREMENTS.enlargement.ours / 100,
}

/** How long the focus rests on a control. There is no time-out: the walk goes round until somebody presses. */
export const SCAN_MS: Readonly<Record<Exclude<ScanPace, 'off'>, number>> = {
  slow: 6_000,
  middle: 3_500,
  fast: 2_000,
}

/** VVSG 2.0 7.1-L: 50–200 %, the pitch preserved. */
export const SPEECH_RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2] as const
/** Steps 0 (silent) to 10; each is 6 dB below the next. */
export const LOUDEST = REQUIREMENTS.volumeSteps.ours - 1
const STEP_DB = 6

/** Gain of a volume step, 0..1. */
export function gainOf(volume: number): number {
  return volume === 0 ? 0 : 10 ** ((-STEP_DB * (LOUDEST - volume)) / 20)
}

export const DEFAULT_DISPLAY: Display = {
  mode: 'normal',
  size: 'normal',
  theme: 'standard',
  reach: 'full',
  scan: 'off',
  volume: 8,
  rate: SPEECH_RATES.indexOf(1),
  keys: 'auto',
  hasKeyLimit: false,
  hasHeadphones: false,
  isBlank: false,
}

export type DisplayAction =
  | { readonly kind: 'mode'; readonly mode: Display['mode'] }
  | { readonly kind: 'size'; readonly size: TextSize }
  | { readonly kind: 'theme'; readonly theme: Theme }
  | { readonly kind: 'reach'; readonly reach: Display['reach'] }
  | { readonly kind: 'scan'; readonly scan: ScanPace }
  | { readonly kind: 'volume'; readonly step: 1 | -1 }
  | { readonly kind: 'rate'; readonly step: 1 | -1 }
  | { readonly kind: 'headphones'; readonly isIn: boolean }
  | { readonly kind: 'keys'; readonly keys: HangulLayout }
  | { readonly kind: 'key-limit'; readonly isOn: boolean }
  | { readonly kind: 'blank' }

/** Applies a wish. Nothing here has a wrong order: every setting can be changed at any moment. */
export function reduceDisplay(display: Display, action: DisplayAction): Display {
  switch (action.kind) {
    case 'mode':
      return withMode(display, action.mode)
    case 'size':
      return { ...display, size: action.size }
    case 'theme':
      return { ...display, theme: action.theme }
    case 'reach':
      return { ...display, reach: action.reach }
    case 'scan':
      return { ...display, scan: action.scan }
    case 'volume':
      return { ...display, volume: clamp(display.volume + action.step, LOUDEST) }
    case 'rate':
      return { ...display, rate: clamp(display.rate + action.step, SPEECH_RATES.length - 1) }
    case 'headphones':
      return { ...display, hasHeadphones: action.isIn }
    case 'keys':
      return { ...display, keys: action.keys }
    case 'key-limit':
      return { ...display, hasKeyLimit: action.isOn }
    case 'blank':
      // Without speech a blank screen would be a dead end.
      return { ...display, isBlank: display.mode === 'audio' && !display.isBlank }
  }
}

function withMode(display: Display, mode: Display['mode']): Display {
  const isBlank = mode === 'audio' && display.isBlank
  if (mode !== 'simple') return { ...display, mode, isBlank }
  return { ...display, mode, isBlank, size: display.size === 'normal' ? 'large' : display.size }
}

/**
 * Keys that write Hangul: the person's choice where ten stand side by side, otherwise the few large ones of 천지인,
 * which are also what somebody gets who asked for simple or largest.
 */
export function keysOf(display: Display, fitsTen: boolean, language: 'ko' | 'en'): HangulLayout {
  if (!fitsTen) return 'cheonjiin'
  if (display.keys !== 'auto') return display.keys
  const wantsFew = display.mode === 'simple' || display.size === 'largest'
  return wantsFew && language === 'ko' ? 'cheonjiin' : 'two-set'
}

function clamp(value: number, most: number): number {
  return Math.min(most, Math.max(0, value))
}

/** Listening and scanning take longer than looking and touching. */
function isSlow({ mode, scan }: Display): boolean {
  return mode === 'audio' || scan !== 'off'
}

/** Silence of which this voter is asked whether they are still there, in milliseconds. */
export function promptAfterMs(display: Display): number {
  return (isSlow(display) ? REQUIREMENTS.idlePromptSlow.ours : REQUIREMENTS.idlePrompt.ours) * 1_000
}

/**
 * Whether the core's question is shown. The core asks after 90 s of silence; somebody who listens or scans is given
 * longer, so the page answers for them until their own time is over. `silenceMs` is real silence: since the last key or
 * touch of a person.
 */
export function showsIdlePrompt(display: Display, silenceMs: number): boolean {
  return !isSlow(display) || silenceMs >= promptAfterMs(display) - IDLE_SLACK_MS
}

/** The core's clock starts at the last call, a moment after the press. */
const IDLE_SLACK_MS = 10_000
