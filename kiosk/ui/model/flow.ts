import type { KioskView, ScreenOf } from '../../src/contract/views.ts'
import type { HelpTopic } from '../i18n/catalog.ts'
import type { ProposalTopic } from '../i18n/proposals-catalog.ts'
import type { Local } from './local.ts'

/** Screens as the voter sees them: the core's, plus the questions the page asks in between. */
export type Page =
  | { readonly page: 'mode'; readonly screen: ScreenOf<'slip'> }
  | { readonly page: 'headphones'; readonly screen: ScreenOf<'slip'> }
  | { readonly page: 'details'; readonly screen: ScreenOf<'contest'> }
  | { readonly page: 'number'; readonly slipNumber: number; readonly screen: ScreenOf<'contest'> }
  | { readonly page: 'confirm'; readonly screen: ScreenOf<'tracker'> }
  | { readonly page: 'core'; readonly screen: KioskView['screen'] }

/**
 * Which page to draw. How to vote is asked once, before the slip, and skipped by whoever scans at once. The slip number is compared before the first contest is seen, once per session.
 */
export function pageOf(view: KioskView, local: Local): Page {
  const { screen } = view
  if (screen.screen === 'slip' && screen.problem === null) {
    if (local.modeChosenIn !== view.session) return { page: 'mode', screen }
    if (local.askingHeadphones) return { page: 'headphones', screen }
  }
  if (screen.screen === 'contest' && local.reading) return { page: 'details', screen }
  if (
    screen.screen === 'contest' &&
    screen.slipNumber !== null &&
    local.numberComparedIn !== view.session &&
    isUntouched(screen)
  ) {
    return { page: 'number', slipNumber: screen.slipNumber, screen }
  }
  if (screen.screen === 'tracker' && local.confirming) return { page: 'confirm', screen }
  return { page: 'core', screen }
}

function isUntouched(screen: ScreenOf<'contest'>): boolean {
  return screen.position === 1 && screen.selection === null
}

/** The four steps shown to the voter: 1 slip, 2 choose, 3 review, 4 vote; `null` outside of voting. */
export function stepOf({ page, screen }: Page): 1 | 2 | 3 | 4 | null {
  if (page === 'number') return 1
  switch (screen.screen) {
    case 'slip':
      return 1
    case 'contest':
      return 2
    case 'review':
      return 3
    case 'tracker':
    case 'stored':
    case 'checked':
      return 4
    default:
      return null
  }
}

export function helpTopicOf({ page, screen }: Page): HelpTopic | ProposalTopic {
  if (page === 'confirm' || page === 'mode' || page === 'headphones') return page
  if (page === 'number') return 'slip'
  switch (screen.screen) {
    case 'receipt':
    case 'done':
      return 'stored'
    case 'practice-done':
    case 'covered':
      return 'attract'
    default:
      return screen.screen
  }
}

/** Whether leaving erases something, so that it is asked first. */
export function leavingErases(view: KioskView): boolean {
  return ['contest', 'review', 'tracker', ...WRITING].includes(view.screen.screen)
}

/** Screens between the first letter of a proposal and its storing. */
const WRITING = [
  'proposal-write',
  'proposal-similar',
  'proposal-read-back',
  'proposal-consent',
  'proposal-slip',
]

/** Whether somebody makes or reads proposals rather than voting. */
export function isProposing({ screen }: KioskView): boolean {
  return screen.screen.startsWith('proposal')
}

/** The slip number as printed: six digits in two groups. */
export function slipDigits(slipNumber: number): string {
  const digits = String(slipNumber).padStart(6, '0')
  return `${digits.slice(0, -3)} ${digits.slice(-3)}`
}
