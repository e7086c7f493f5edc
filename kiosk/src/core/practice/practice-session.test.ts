import { readdirSync, readFileSync } from 'node:fs'
import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { counterRandom } from '@hanpyo/protocol/testing/counter-random.ts'
import { expect, onTestFinished, test } from 'vitest'
import { kioskContract } from '../../contract/kiosk-contract.ts'
import { createTestElection } from '../../testing/test-election.ts'
import { createTestKiosk } from '../../testing/test-kiosk.ts'
import { practiceContests } from './practice-contests.ts'
import { NOTHING_TO_CAST_WITH, PRACTICE_TIMES, PracticeSession } from './practice-session.ts'

const never = new AbortController().signal
const election = createTestElection()

function practice() {
  const clock = createVirtualClock()
  const contests = practiceContests(['approve', 'choose-one', 'rank', 'budget', 'yes-no', 'approve'])
  const session = new PracticeSession({
    contests,
    clock,
    random: counterRandom('practice'),
    times: PRACTICE_TIMES,
    onChange: () => {},
  })
  return { clock, session, contests }
}

test('practising a whole vote signs, stores and sends nothing, whatever is pressed', async () => {
  const made = createTestKiosk({ election })
  onTestFinished(() => made.close())
  await made.openPolls()
  const { handlers } = made
  const view = expectOk(await handlers['session.practise']({}, never))
  expect(view).toMatchObject({ isPractice: true, screen: { screen: 'contest', slipNumber: null } })
  expect(kioskContract['session.practise'].output.safeParse(view).success).toBe(true)
  const selection = { kind: 'approve' as const, options: [1] }
  expectOk(await handlers['session.select']({ contest: 1, selection }, never))
  expectOk(await handlers['session.review']({}, never))
  const end = expectOk(await handlers['session.prepare']({}, never))
  expect(end.screen).toEqual({ screen: 'practice-done' })
  for (const name of ['session.cast', 'session.check', 'session.receipt', 'session.again'] as const)
    expect(await handlers[name]({}, never)).toEqual({ ok: false, error: 'wrong-step' })
  const slip = made.election.slips[0] as string
  expect(await handlers['session.scan']({ text: slip }, never)).toEqual({
    ok: false,
    error: 'slip-while-practising',
  })
  const after = expectOk(await handlers['session.finish']({}, never))
  expect(after).toMatchObject({ isPractice: false, session: null, screen: { screen: 'attract' } })
  expect(made.sealed).toEqual([])
  expect(made.box.counts()).toMatchObject({ cast: 0, challenged: 0, assisted: 0 })
  expect(NOTHING_TO_CAST_WITH).toBe(true)
})

test('practice files know nothing that could sign, store or send', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => !name.endsWith('.test.ts'))
  expect(files.length).toBeGreaterThan(1)
  for (const name of files) {
    const source = readFileSync(`${import.meta.dirname}/${name}`, 'utf8')
    expect(source).not.toMatch(/from '.*(box|outbox|ballot-maker|create|slip|device-keys|routes).*'/)
  }
})

test('a practice shows every kind of question of the election once, and never its questions', () => {
  const kinds = practiceContests(['approve', 'yes-no', 'approve']).map(({ kind }) => kind)
  expect(kinds).toEqual(['approve', 'yes-no'])
  const titles = election.election.manifest.contests.map(({ title }) => title.ko)
  for (const { title } of practice().contests) expect(titles).not.toContain(title.ko)
})

test('over-votes are refused and short answers must be completed, as in a real vote', () => {
  const { session } = practice()
  session.start()
  expect(session.select(1, { kind: 'approve', options: [1, 2, 3] })).toMatchObject({
    error: 'too-many-selected',
  })
  expect(session.select(9, null)).toMatchObject({ error: 'unknown-contest' })
  expectOk(session.show(5))
  expectOk(session.review())
  expect(session.review()).toMatchObject({ error: 'wrong-step' })
  expectOk(session.complete())
  expect(session.select(1, null)).toMatchObject({ error: 'wrong-step' })
  expectOk(session.finish())
  expect(session.screen).toBeNull()
})

test('it ends by itself: after silence, after its end screen, and after a quarter of an hour at the latest', async () => {
  const { session, clock } = practice()
  session.start()
  await clock.advance(PRACTICE_TIMES.idleMs)
  expect(session.isActive).toBe(false)
  session.start()
  expectOk(session.review())
  expectOk(session.complete())
  await clock.advance(PRACTICE_TIMES.endMs)
  expect(session.isActive).toBe(false)
  session.start()
  for (let spent = 0; spent < PRACTICE_TIMES.longestMs; spent += 60_000) {
    expect(session.isActive).toBe(true)
    await clock.advance(60_000)
    session.touch()
  }
  expect(session.isActive).toBe(false)
  expect(clock.pendingCount).toBe(0)
})

test('nobody practises in the middle of a vote or while staff are unlocked', async () => {
  const made = createTestKiosk({ election })
  onTestFinished(() => made.close())
  await made.openPolls()
  expectOk(await made.handlers['session.scan']({ text: made.election.slips[0] as string }, never))
  const wrong = { ok: false, error: 'wrong-step' }
  expect(await made.handlers['session.practise']({}, never)).toEqual(wrong)
  made.session.end()
  await made.unlockStaff()
  expect(await made.handlers['session.practise']({}, never)).toEqual({ ok: false, error: 'staff-unlocked' })
})
