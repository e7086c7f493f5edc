import { expect, test } from 'vitest'
import { STAFF_STATES } from '../../gallery/staff-states.ts'
import {
  FIXTURE_CONTESTS,
  FIXTURE_RARE_CONTESTS,
  FIXTURES,
  fixtureContest,
  fixtureView,
} from '../../src/host/fixtures.ts'
import { staffEn } from '../i18n/staff-en.ts'
import { staffKo } from '../i18n/staff-ko.ts'
import { helpTopicOf, leavingErases, pageOf, slipDigits, stepOf } from './flow.ts'
import { healthFacts } from './health.ts'
import { INITIAL_LOCAL, type LocalAction, localAt, reduceLocal } from './local.ts'
import { physicalSize } from './physical-size.ts'
import { chosenOptions, costOf, isAnswered, pressOption, selectionsLeft } from './selection.ts'

const [approve, chooseOne] = FIXTURE_CONTESTS as [
  (typeof FIXTURE_CONTESTS)[number],
  (typeof FIXTURE_CONTESTS)[number],
]
const firstContest = fixtureView(fixtureContest(0, null))

test('pressing another option moves a single choice, and pressing it again keeps it', () => {
  const moved = pressOption(chooseOne, { kind: 'choose-one', option: 1 }, 2)
  expect(moved).toEqual({ kind: 'select', selection: { kind: 'choose-one', option: 2 } })
  expect(pressOption(chooseOne, { kind: 'choose-one', option: 2 }, 2)).toEqual(moved)
})

test('a multiple choice toggles and stays ascending; taking the last one back is "not answered"', () => {
  expect(pressOption(approve, { kind: 'approve', options: [4] }, 2)).toEqual({
    kind: 'select',
    selection: { kind: 'approve', options: [2, 4] },
  })
  expect(pressOption(approve, { kind: 'approve', options: [4] }, 4)).toEqual({
    kind: 'select',
    selection: null,
  })
})

test('one choice too many is refused and pushes nothing out', () => {
  const full = { kind: 'approve' as const, options: [1, 2, 3] }
  expect(pressOption(approve, full, 4)).toEqual({ kind: 'too-many' })
  expect(pressOption(approve, full, 3)).toMatchObject({ selection: { options: [1, 2] } })
})

test('a choice replaces "left blank"', () => {
  expect(pressOption(approve, { kind: 'blank' }, 1)).toMatchObject({ selection: { options: [1] } })
})

test('what is left and whether it is answered follow the selection', () => {
  expect(selectionsLeft(approve, null)).toBe(3)
  expect(selectionsLeft(approve, { kind: 'approve', options: [1] })).toBe(2)
  expect(chosenOptions({ kind: 'blank' })).toEqual([])
  expect(isAnswered(approve, null)).toBe(false)
  expect(isAnswered(approve, { kind: 'blank' })).toBe(true)
  expect(isAnswered(approve, { kind: 'approve', options: [1] })).toBe(true)
})

const act = (view: typeof firstContest, ...actions: LocalAction[]) =>
  actions.reduce((local, action) => reduceLocal(local, { view, action }), INITIAL_LOCAL)

test('the slip number is compared once, before the first contest', () => {
  expect(pageOf(firstContest, INITIAL_LOCAL).page).toBe('number')
  const compared = act(firstContest, { kind: 'number-compared' })
  expect(pageOf(firstContest, compared).page).toBe('core')
  const nextVoter = { ...firstContest, session: 'another' }
  expect(pageOf(nextVoter, localAt(compared, nextVoter)).page).toBe('number')
})

test('another slip within the same session is compared again', () => {
  const compared = act(firstContest, { kind: 'number-compared' })
  const slip = fixtureView({ screen: 'slip', problem: null })
  expect(pageOf(firstContest, localAt(localAt(compared, slip), firstContest)).page).toBe('number')
})

test('a page that reloads in the middle does not ask for the number again once something is chosen', () => {
  expect(pageOf(FIXTURES['contest-approve'] ?? firstContest, INITIAL_LOCAL).page).toBe('core')
})

test('the last question and open dialogs end with their screen', () => {
  const tracker = FIXTURES.tracker ?? firstContest
  const asking = act(tracker, { kind: 'confirm', asking: true }, { kind: 'dialog', dialog: 'help' })
  expect(pageOf(tracker, asking).page).toBe('confirm')
  const stored = FIXTURES.stored ?? firstContest
  expect(localAt(asking, stored)).toMatchObject({ confirming: false, dialog: null })
})

test('"change" leads from the review to one contest and back, and is over then', () => {
  const review = FIXTURES.review ?? firstContest
  const changing = act(review, { kind: 'changing' })
  const second = fixtureView(fixtureContest(1, null))
  const inContest = localAt(changing, second)
  expect(inContest.changing).toBe(true)
  expect(localAt(inContest, review).changing).toBe(false)
})

test('each screen has its step and its help', () => {
  const steps = Object.entries(FIXTURES).map(([name, view]) => [name, stepOf(pageOf(view, INITIAL_LOCAL))])
  expect(Object.fromEntries(steps)).toMatchObject({
    attract: null,
    slip: 1,
    review: 3,
    tracker: 4,
    done: null,
  })
  for (const view of Object.values(FIXTURES)) expect(helpTopicOf(pageOf(view, INITIAL_LOCAL))).toBeTruthy()
})

test('leaving is asked first only where it erases something', () => {
  expect(leavingErases(firstContest)).toBe(true)
  expect(leavingErases(fixtureView({ screen: 'slip', problem: null }))).toBe(false)
})

test('slip numbers are six digits in two groups', () => {
  expect([0, 1204, 123456, 1234567].map(slipDigits)).toEqual(['000 000', '001 204', '123 456', '1234 567'])
})

test('staff read sentences: what waits is safe, what needs a look is marked', () => {
  const facts = healthFacts(
    {
      polls: 'open',
      routes: {
        wifi: { state: 'offline', suspect: false },
        lora: { state: 'offline', reason: 'joining', dataRate: null, maxPayloadBytes: null },
      },
      proposals: { proposed: 0, supported: 0, moderated: 0, assisted: 0, refused: 0, known: 0 },
      box: { cast: 3, challenged: 1, assisted: 0 },
      outbox: { waiting: 4, waitingForWifi: 2, ackedOverWifi: 0, ackedOverLora: 0, refused: {}, promises: 0 },
      bridges: [],
      proofs: { proven: 0, erased: 0, contradictions: 0 },
      disk: { freeBytes: 1, low: true, full: false },
      scanner: 'online',
      keypad: { state: 'online', stuckKeys: [] },
      switches: { state: 'not-configured', stuckKeys: [] },
      printer: { state: 'online', paper: 'ok', problem: null },
      clock: { state: 'ok', aheadSeconds: 0, source: 'ledger' },
      election: { state: 'open', time: 'during', ledger: 'online', voidSlips: 0 },
    },
    staffKo.health,
  )
  expect(facts.filter(({ state }) => state === 'look').map(({ name }) => name)).toEqual([
    '보내기',
    '와이파이를 기다리는 것',
    '와이파이',
    '무선 (LoRa)',
    '저장할 자리',
  ])
})

test('what is wrong with the machine is said in both languages, each with what to do', () => {
  const trouble = STAFF_STATES.find(({ name }) => name === 'staff-trouble')?.staff?.desk.health
  if (trouble === undefined) throw new Error('the gallery has no such state')
  for (const { health: t } of [staffKo, staffEn]) {
    const says = new Map(healthFacts(trouble, t).map((fact) => [fact.name, fact]))
    for (const [name, text] of [
      [t.clock, t.clockWrong],
      [t.disk, t.diskLow],
      [t.printer, t.paperOut],
      [t.scanner, t.route.offline],
      [t.keypad, t.keysGone],
      [t.switches, t.keyStuck],
      [t.bridge('main'), t.bridgeProblem['broken-promise']],
      [t.bridge('second'), t.bridgeState.silent],
      [t.ledger, t.ledgerWrong],
    ] as const) {
      expect(says.get(name), name).toEqual({ name, says: text, state: 'look' })
    }
  }
})

test('a provisioned screen keeps its millimetres, and says when it is narrow', () => {
  const upright = { width: 1080, height: 1920 }
  expect(physicalSize(4.03, upright)).toEqual({
    pxPerMm: 4.03,
    fit: 'provisioned',
    room: 'wide',
    isTall: false,
  })
  expect(physicalSize(5.56, upright)).toMatchObject({ room: 'narrow' })
  expect(physicalSize(2.02, upright)).toMatchObject({ pxPerMm: 2.02, room: 'wide', isTall: true })
  // Enlarged text has the room of a smaller screen.
  expect(physicalSize(4.03, upright, 1.4)).toMatchObject({ room: 'narrow' })
  expect(physicalSize(4.03, upright, 2)).toMatchObject({ room: 'tight' })
})

test('a window nobody has provisioned shows the whole screen', () => {
  const { pxPerMm, fit } = physicalSize(undefined, { width: 1440, height: 900 })
  expect(fit).toBe('preview')
  expect(pxPerMm * 476).toBeCloseTo(900)
  expect(pxPerMm * 268).toBeLessThan(1440)
})

test('how to vote is asked once, before the slip, and skipped by whoever scans at once', () => {
  const slip = fixtureView({ screen: 'slip', problem: null })
  expect(pageOf(slip, INITIAL_LOCAL).page).toBe('mode')
  const listening = act(slip, { kind: 'mode-chosen', asksHeadphones: true })
  expect(pageOf(slip, listening).page).toBe('headphones')
  expect(
    pageOf(slip, reduceLocal(listening, { view: slip, action: { kind: 'headphones-answered' } })).page,
  ).toBe('core')
  expect(pageOf(firstContest, INITIAL_LOCAL).page).toBe('number')
  const refused = fixtureView({ screen: 'slip', problem: 'slip-damaged' })
  expect(pageOf(refused, INITIAL_LOCAL).page).toBe('core')
})

test('in a ranking the order of pressing counts, and what is taken back lets the others move up', () => {
  const rank = FIXTURE_RARE_CONTESTS[0] as (typeof FIXTURE_RARE_CONTESTS)[number]
  const chosen = { kind: 'rank' as const, options: [3, 1] }
  expect(pressOption(rank, chosen, 2)).toMatchObject({ selection: { options: [3, 1, 2] } })
  expect(pressOption(rank, chosen, 3)).toMatchObject({ selection: { options: [1] } })
})

test('what costs more than is left is refused and pushes nothing out', () => {
  const budget = FIXTURE_RARE_CONTESTS[1] as (typeof FIXTURE_RARE_CONTESTS)[number]
  const chosen = { kind: 'budget' as const, options: [1, 2] }
  expect(pressOption(budget, chosen, 3)).toEqual({ kind: 'over-budget' })
  expect(pressOption(budget, chosen, 4)).toMatchObject({ selection: { options: [1, 2, 4] } })
  expect(costOf(budget, [1, 2, 4])).toBe(100_000_000)
})
