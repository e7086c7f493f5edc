import type { KioskView } from '../../src/contract/views.ts'

/** Why a step of a proposal was not taken. */
export type ProposalNotice =
  | 'text-empty'
  | 'text-character'
  | 'text-marks'
  | 'proposal-waiting'
  | 'unknown-proposal'

export type Notice =
  | 'too-many'
  | 'over-budget'
  | 'too-few'
  | 'disk-full'
  | 'not-stored'
  | 'used-meanwhile'
  | ProposalNotice
  | 'unexpected'

/**
 * What the page knows beside the core's view: which question it is asking right now. Losing it (a reload) only means
 * that a question is asked again; nothing the voter chose lives here.
 */
export interface Local {
  /** The session and screen this belongs to; anything else starts afresh. */
  readonly place: string
  /** Session whose slip number the voter has compared. */
  readonly numberComparedIn: string | null
  /** Session whose voter has said how they want to vote. */
  readonly modeChosenIn: string | null
  /** Somebody who wants to listen is asked to plug headphones in. */
  readonly askingHeadphones: boolean
  /** Reading the explanations of a contest, which the simple mode keeps on a page of their own. */
  readonly reading: boolean
  /** Asking "cast now?" on top of the tracker screen. */
  readonly confirming: boolean
  /** The contest was opened by "change": its next step is the review. */
  readonly changing: boolean
  readonly dialog: 'help' | 'leave' | 'mismatch' | 'settings' | 'staff' | null
  readonly notice: Notice | null
  /** What staff look at: their tasks, or the proposals of this centre. */
  readonly desk: 'tasks' | 'proposals'
}

export type LocalAction =
  | { readonly kind: 'number-compared' }
  | { readonly kind: 'mode-chosen'; readonly asksHeadphones: boolean }
  | { readonly kind: 'headphones-answered' }
  | { readonly kind: 'reading'; readonly isOpen: boolean }
  | { readonly kind: 'confirm'; readonly asking: boolean }
  | { readonly kind: 'changing' }
  | { readonly kind: 'dialog'; readonly dialog: Local['dialog'] }
  | { readonly kind: 'desk'; readonly desk: Local['desk'] }
  | { readonly kind: 'notice'; readonly notice: Notice | null }

export const INITIAL_LOCAL: Local = {
  place: '',
  numberComparedIn: null,
  modeChosenIn: null,
  askingHeadphones: false,
  reading: false,
  confirming: false,
  changing: false,
  dialog: null,
  notice: null,
  desk: 'tasks',
}

/** Names what is on the screen: a new name means a new screen, so a new title gets the focus. */
export function placeOf(view: KioskView): string {
  const { screen } = view
  return [view.session ?? '', screen.screen, screen.screen === 'contest' ? screen.contest.id : ''].join(' ')
}

/** Applies an action that was taken while `view` was on the screen. */
export function reduceLocal(
  before: Local,
  { view, action }: { view: KioskView; action: LocalAction },
): Local {
  const local = localAt(before, view)
  switch (action.kind) {
    case 'number-compared':
      return { ...local, numberComparedIn: view.session }
    case 'mode-chosen':
      return { ...local, modeChosenIn: view.session, askingHeadphones: action.asksHeadphones }
    case 'headphones-answered':
      return { ...local, askingHeadphones: false }
    case 'reading':
      return { ...local, reading: action.isOpen }
    case 'confirm':
      return { ...local, confirming: action.asking, notice: null }
    case 'changing':
      return { ...local, changing: true }
    case 'dialog':
      return { ...local, dialog: action.dialog }
    case 'desk':
      return { ...local, desk: action.desk }
    case 'notice':
      return { ...local, notice: action.notice }
  }
}

/** The same place keeps its questions; another place drops them, and the "change" trip ends outside contests. */
export function localAt(local: Local, view: KioskView): Local {
  const place = placeOf(view)
  if (place === local.place) return local
  return {
    ...INITIAL_LOCAL,
    place,
    // Another slip is another number, also within one session.
    numberComparedIn: view.screen.screen === 'slip' ? null : local.numberComparedIn,
    modeChosenIn: local.modeChosenIn,
    changing:
      local.changing && ['contest', 'review'].includes(view.screen.screen) && !leftContest(local, view),
  }
}

/** "Change" starts on the review screen and ends when the review screen comes back. */
function leftContest(local: Local, view: KioskView): boolean {
  return view.screen.screen === 'review' && local.place.includes(' contest ')
}
