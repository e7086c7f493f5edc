import { SELF_TESTS } from '@hanpyo/devices/self-test/self-test.ts'
import type { TechnicianView } from '../src/contract/technician-views.ts'
import { fixtureView } from '../src/host/fixtures.ts'
import { DEFAULT_DISPLAY } from '../ui/model/display.ts'
import { INITIAL_LOCAL, placeOf } from '../ui/model/local.ts'
import { FIXTURE_HEALTH } from './health.ts'
import type { GalleryState } from './states.ts'

type Results = TechnicianView['results']

const FAILED = {
  test: 'clock',
  verdict: 'failed',
  at: 1,
  problem: 'clock-wrong',
  detail: '400 s',
  facts: {},
} as const
const ABSENT = {
  test: 'switches',
  verdict: 'absent',
  at: 1,
  problem: 'absent',
  detail: null,
  facts: {},
} as const

const RESULTS: Results = SELF_TESTS.map(({ id }, i): Results[number] => {
  if (id === FAILED.test) return FAILED
  if (id === ABSENT.test) return ABSENT
  const verdict = i < 6 ? 'passed' : 'not-done'
  return { test: id, verdict, at: i < 6 ? 1 : null, problem: null, detail: null, facts: {} }
})

const DESK: TechnicianView = {
  results: RESULTS,
  running: null,
  calibration: { pxPerMetre: 4_030, isMeasured: true },
  software: { version: '0.1.0', hash: '5e'.repeat(32) },
  isTestElection: true,
  hasPrinter: true,
  hasStick: true,
  report: { at: 1_795_000_000, verdict: 'not-ready', folder: '/var/lib/hanpyo/readiness', stick: 'written' },
  health: FIXTURE_HEALTH,
}

function state(name: string, change: Partial<TechnicianView>): GalleryState {
  const covered = fixtureView({ screen: 'covered' })
  const view = {
    ...covered,
    session: null,
    staff: { ...covered.staff, isUnlocked: true, role: 'technician' as const },
  }
  const local = { ...INITIAL_LOCAL, place: placeOf(view) }
  return { name, view, local, display: DEFAULT_DISPLAY, canSpeak: false, technician: { ...DESK, ...change } }
}

const KEYS = ['up', 'down', 'left', 'right', 'select', 'volume-up', 'volume-down', 'faster', 'slower']

/** Screens of technicians: they are not spoken, so they stand apart from those the specs for voters go through. */
export const TECHNICIAN_STATES: readonly GalleryState[] = [
  state('technician', {}),
  state('technician-keys', {
    running: {
      test: 'keypad',
      prompt: { kind: 'press-keys', keys: KEYS, missing: KEYS.slice(4) },
      question: null,
      chime: null,
    },
  }),
  state('technician-question', {
    running: { test: 'headphones', prompt: null, question: 'heard-headphones', chime: null },
  }),
]
