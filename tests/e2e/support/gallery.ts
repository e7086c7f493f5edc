import type { KioskView, Language } from '@hanpyo/kiosk/contract/views.ts'
import { FIXTURES } from '@hanpyo/kiosk/host/fixtures.ts'
import { expect, type Page } from '@playwright/test'
import { CATALOGS } from '../../../kiosk/ui/i18n/use-text.ts'
import type { FixtureKiosk } from './fixture-kiosk.ts'

/** A state of the screens: a view of the core, and what is pressed on it to get there. */
export interface GalleryState {
  readonly name: string
  readonly view: KioskView
  readonly press?: (page: Page, language: Language) => Promise<void>
  /** Needs a page that remembers nothing of the state before. */
  readonly isFresh?: boolean
}

const byName = (name: string): KioskView => {
  const view = FIXTURES[name]
  if (view === undefined) throw new Error(`no fixture ${name}`)
  return view
}

const pressButton =
  (pick: (t: (typeof CATALOGS)['ko']) => string) =>
  async (page: Page, language: Language): Promise<void> => {
    await page
      .getByRole('button', { name: pick(CATALOGS[language]) })
      .first()
      .tap()
  }

/** Every state that differs to the eye: the core's, and the questions the page asks on top of them. */
export const GALLERY: readonly GalleryState[] = [
  ...Object.entries(FIXTURES)
    .filter(([name]) => name !== 'contest-english')
    .map(([name, view]) => ({ name, view })),
  { name: 'slip-number', view: byName('contest-approve-empty'), isFresh: true },
  {
    name: 'contest-too-many',
    view: tooMany(byName('contest-approve')),
    press: async (page) => page.locator('[data-option="1"]').tap(),
  },
  { name: 'confirm', view: byName('tracker'), press: pressButton((t) => t.tracker.cast) },
  { name: 'help', view: byName('tracker'), press: pressButton((t) => t.footer.help) },
  { name: 'leave', view: byName('review'), press: pressButton((t) => t.footer.leave) },
  { name: 'mismatch', view: byName('contest-approve-empty'), press: pressButton((t) => t.number.different) },
]

function tooMany(view: KioskView): KioskView {
  const { screen } = view
  if (screen.screen !== 'contest') throw new Error('not a contest')
  return { ...view, screen: { ...screen, selection: { kind: 'approve', options: [2, 3, 4] } } }
}

export interface Look {
  readonly language: Language
  readonly pxPerMm: number
}

/**
 * Opens a state. One that is reached by a press gets a fresh page; any other is pushed to the page that is open, as the
 * core would do, which is ten times faster.
 */
export async function openState(
  page: Page,
  kiosk: FixtureKiosk,
  state: GalleryState,
  look: Look,
): Promise<void> {
  const { name, press, isFresh = press !== undefined } = state
  const { language, pxPerMm } = look
  const isOpen = page.url().startsWith(kiosk.url)
  if (isFresh && isOpen) await page.goto('about:blank')
  const view = {
    ...state.view,
    cursor: `${name} ${language} ${pxPerMm}`,
    // One session for all, so that the page does not reload as it would between voters.
    session: 'gallery',
    language,
    kiosk: { ...state.view.kiosk, pxPerMm },
  }
  const isTaken = kiosk.show(view)
  if (isFresh || !isOpen) await page.goto(kiosk.url)
  await isTaken
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.evaluate(async () => {
    await document.fonts.ready
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  })
  await skipNumber(page, name, language)
  await press?.(page, language)
}

/** The slip number is asked before an untouched first contest; the contest's own state lies behind it. */
async function skipNumber(page: Page, name: string, language: Language): Promise<void> {
  if (name !== 'contest-approve-empty') return
  await page.getByRole('button', { name: CATALOGS[language].number.same }).tap()
  await expect(page.locator('.choices')).toBeVisible()
}
