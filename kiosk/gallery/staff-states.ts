import type { StaffProposals } from '../src/contract/proposal-views.ts'
import type { StaffView } from '../src/contract/staff-views.ts'
import { fixtureView } from '../src/host/fixtures.ts'
import { DEFAULT_DISPLAY } from '../ui/model/display.ts'
import { INITIAL_LOCAL, type Local, placeOf } from '../ui/model/local.ts'
import { FIXTURE_HEALTH } from './health.ts'
import type { GalleryState } from './states.ts'

const NOTHING = { cast: 0, challenged: 0, assisted: 0, waiting: 0, proposed: 0, supported: 0 }

const DESK: StaffView = {
  polls: 'open',
  primary: 'lock',
  bound: 'free',
  isVoterHere: true,
  isProposing: false,
  isAssisted: false,
  isHelpCalled: true,
  health: FIXTURE_HEALTH,
  opening: null,
  closing: null,
}

/** A morning: nobody has been here yet. */
const FRESH: StaffView['health'] = {
  ...FIXTURE_HEALTH,
  polls: 'closed',
  box: { cast: 0, challenged: 0, assisted: 0 },
  outbox: { ...FIXTURE_HEALTH.outbox, waiting: 0, waitingForWifi: 0 },
}

/** Everything wrong at once: each sentence of the machine's health that asks for somebody. */
const TROUBLE: StaffView['health'] = {
  ...FIXTURE_HEALTH,
  routes: {
    wifi: { state: 'online', suspect: true },
    lora: { state: 'offline', reason: 'joining', dataRate: null, maxPayloadBytes: null },
  },
  bridges: [
    {
      id: 'main',
      state: 'online',
      problem: 'broken-promise',
      recorded: 40,
      refused: 0,
      promises: 20,
      kept: 18,
      broken: 1,
    },
    {
      id: 'second',
      state: 'silent',
      problem: null,
      recorded: 1,
      refused: 0,
      promises: 1,
      kept: 1,
      broken: 0,
    },
  ],
  proofs: { proven: 40, erased: 40, contradictions: 1 },
  disk: { freeBytes: 12_000_000, low: true, full: true },
  scanner: 'offline',
  keypad: { state: 'offline', stuckKeys: [] },
  switches: { state: 'online', stuckKeys: ['select'] },
  printer: { state: 'online', paper: 'out', problem: null },
  clock: { state: 'wrong', aheadSeconds: 10_800, source: 'ledger' },
}

const PROPOSALS: StaffProposals = {
  page: 1,
  pages: 2,
  items: [
    {
      id: '1'.repeat(64),
      topic: { id: 1, title: { ko: '안전한 길과 교통', en: 'Safe streets and transport' } },
      text: '양재천 다리 밑 산책길이 밤에 너무 어두워요.',
      supports: 128,
      isHidden: false,
      reason: null,
      isChangeWaiting: false,
    },
    {
      id: '2'.repeat(64),
      topic: { id: 2, title: { ko: '어르신과 돌봄', en: 'Seniors and care' } },
      text: '우리 가게 빵이 맛있어요.',
      supports: 1,
      isHidden: true,
      reason: '물건이나 가게를 알리는 글이에요',
      isChangeWaiting: true,
    },
  ],
}

function state(name: string, change: Partial<StaffView>, desk: Local['desk'] = 'tasks'): GalleryState {
  const covered = fixtureView({ screen: 'covered' })
  const staff = { ...DESK, ...change }
  const view = {
    ...covered,
    session: null,
    polls: staff.polls,
    staff: { ...covered.staff, isUnlocked: true, role: 'staff' as const },
  }
  const local = { ...INITIAL_LOCAL, place: placeOf(view), desk }
  return {
    name,
    view,
    local,
    display: DEFAULT_DISPLAY,
    canSpeak: false,
    staff: { desk: staff, proposals: PROPOSALS },
  }
}

/** Screens of staff: they are not spoken, so they stand apart from those the specs for voters go through. */
export const STAFF_STATES: readonly GalleryState[] = [
  state('staff-opening', {
    polls: 'closed',
    primary: 'open',
    isVoterHere: false,
    isHelpCalled: false,
    health: FRESH,
    opening: NOTHING,
  }),
  state('staff-not-empty', {
    polls: 'closed',
    primary: 'open',
    opening: { ...NOTHING, cast: 2, waiting: 1 },
  }),
  state('staff-open', {}),
  state('staff-trouble', { polls: 'paused', primary: 'resume', health: TROUBLE }),
  state('staff-final', {
    polls: 'final',
    closing: { report: 'HC1:'.padEnd(300, 'report'), finalManifest: 'HM1:'.padEnd(200, 'manifest') },
  }),
  state('staff-proposals', {}, 'proposals'),
]
