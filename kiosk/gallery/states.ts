import type { StaffProposals } from '../src/contract/proposal-views.ts'
import type { StaffView } from '../src/contract/staff-views.ts'
import type { TechnicianView } from '../src/contract/technician-views.ts'
import type { ContestView, KioskView, ScreenOf } from '../src/contract/views.ts'
import { FIXTURE_RARE_CONTESTS, FIXTURES, fixtureContest, fixtureView } from '../src/host/fixtures.ts'
import { DEFAULT_DISPLAY, type Display } from '../ui/model/display.ts'
import { INITIAL_LOCAL, type Local, placeOf } from '../ui/model/local.ts'
import { PROPOSAL_STATES } from './proposal-states.ts'

/** A state of the screens that differs to the eye: a view of the core, and what the page itself is asking on top. */
export interface GalleryState {
  readonly name: string
  readonly view: KioskView
  readonly local: Local
  readonly display: Display
  /** Whether the kiosk of this state has clips for its election. */
  readonly canSpeak: boolean
  /** The technician's desk, where the state shows it. */
  readonly technician?: TechnicianView
  /** The staff's desk and their list of proposals, where the state shows them. */
  readonly staff?: { readonly desk: StaffView; readonly proposals: StaffProposals }
}

interface Extras {
  readonly local?: Partial<Local>
  readonly display?: Partial<Display>
  readonly canSpeak?: boolean
}

/** One session for all, so that no page reloads as it would between voters. */
const SESSION = 'gallery'

function state(name: string, fixture: KioskView, extras: Extras = {}): GalleryState {
  const view = { ...fixture, session: fixture.screen.screen === 'attract' ? null : SESSION }
  const answered = { numberComparedIn: SESSION, modeChosenIn: SESSION }
  return {
    name,
    view,
    local: { ...INITIAL_LOCAL, ...answered, place: placeOf(view), ...extras.local },
    display: { ...DEFAULT_DISPLAY, ...extras.display },
    canSpeak: extras.canSpeak ?? true,
  }
}

function fixture(name: string): KioskView {
  const view = FIXTURES[name]
  if (view === undefined) throw new Error(`no fixture ${name}`)
  return view
}

const [approve, budget, tracker] = ['contest-approve', 'contest-budget', 'tracker'].map(fixture) as [
  KioskView,
  KioskView,
  KioskView,
]

/** The longest texts an election may well have: titles of two lines and a paragraph for each option. */
const LONG_CONTEST: ContestView = {
  ...(FIXTURE_RARE_CONTESTS[0] as ContestView),
  kind: 'approve',
  title: {
    ko: '주민참여예산으로 내년 상반기에 가장 먼저 해야 한다고 생각하는 우리 동네 사업을 골라 주세요',
    en: 'Which of the neighbourhood projects of the participatory budget should come first next year?',
  },
  options: [1, 2, 3].map((id) => ({
    id,
    title: {
      ko: '어린이와 어르신이 함께 쓰는 마을 도서관의 여는 시간을 저녁까지 늘리기',
      en: 'Longer evening opening hours for the library shared by children and seniors',
    },
    summary: {
      ko: '평일 저녁 9시까지 열고, 주말에는 자원봉사자와 함께 책 읽어 주는 모임을 엽니다. 한 해에 4천만 원이 듭니다.',
      en: 'Open until 9 pm on weekdays, with volunteers reading aloud at weekends. It costs 40 million won a year.',
    },
  })),
}

export const STATES: readonly GalleryState[] = [
  ...Object.entries(FIXTURES)
    .filter(([name]) => name !== 'contest-english')
    .map(([name, view]) => state(name, view)),
  state('mode', fixture('slip'), { local: { modeChosenIn: null } }),
  state('mode-without-speech', fixture('slip'), { local: { modeChosenIn: null }, canSpeak: false }),
  state('headphones', fixture('slip'), { local: { askingHeadphones: true } }),
  state('slip-number', fixture('contest-approve-empty'), { local: { numberComparedIn: null } }),
  state('contest-too-many', withThree(approve), { local: { notice: 'too-many' } }),
  state('contest-over-budget', budget, { local: { notice: 'over-budget' } }),
  state('contest-simple', approve, { display: { mode: 'simple' } }),
  state('contest-long', fixtureView(fixtureContest(0, null, [LONG_CONTEST]))),
  state('details', approve, { local: { reading: true }, display: { mode: 'simple' } }),
  state('confirm', tracker, { local: { confirming: true } }),
  state('help', tracker, { local: { dialog: 'help' } }),
  state('leave', fixture('review'), { local: { dialog: 'leave' } }),
  state('mismatch', fixture('contest-approve-empty'), { local: { dialog: 'mismatch' } }),
  state('settings', approve, { local: { dialog: 'settings' } }),
  state('settings-without-speech', approve, { local: { dialog: 'settings' }, canSpeak: false }),
  state('settings-listening', approve, { local: { dialog: 'settings' }, display: { mode: 'audio' } }),
  state('pin', approve, { local: { dialog: 'staff' } }),
  ...PROPOSAL_STATES.map(({ name, screen, changes, ...extras }) =>
    state(name, fixtureView(screen, changes), extras),
  ),
]

function withThree(view: KioskView): KioskView {
  const screen = view.screen as ScreenOf<'contest'>
  return { ...view, screen: { ...screen, selection: { kind: 'approve', options: [2, 3, 4] } } }
}
