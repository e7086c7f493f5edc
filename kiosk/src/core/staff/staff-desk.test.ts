import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { fromBase64, toBase64 } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { idPrefixes, parseKioskManifest } from '@hanpyo/protocol/election/records.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { noteVerifier, parseNote, verifyNote, vkeyOf } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import { kioskContract } from '../../contract/kiosk-contract.ts'
import { createTestElection } from '../../testing/test-election.ts'
import {
  createTestKiosk,
  TEST_AUTO_LOCK_MS,
  TEST_CARD,
  TEST_PIN,
  type TestKiosk,
} from '../../testing/test-kiosk.ts'

const never = new AbortController().signal
const election = createTestElection()

function kiosk(options: Parameters<typeof createTestKiosk>[0] = {}): TestKiosk {
  const made = createTestKiosk({ election, ...options })
  onTestFinished(() => made.close())
  return made
}

async function atTracker(made: TestKiosk, slip = 0): Promise<void> {
  const { handlers, election } = made
  expectOk(await handlers['session.scan']({ text: election.slips[slip] as string }, never))
  const selection = { kind: 'approve' as const, options: [4, 2] }
  expectOk(await handlers['session.select']({ contest: 1, selection }, never))
  expectOk(await handlers['session.review']({}, never))
  expectOk(await handlers['session.prepare']({}, never))
}

async function cast(made: TestKiosk, slip = 0): Promise<void> {
  await atTracker(made, slip)
  expectOk(await made.handlers['session.cast']({}, never))
  made.session.end()
}

function manifestsOf(made: TestKiosk) {
  return made.sealed
    .filter(({ kind }) => kind === 'kiosk-manifest')
    .map(({ datagram }) => expectOk(parseKioskManifest(expectOk(parseNote(datagram.subarray(1))).text)))
}

test('while locked, no staff method does anything', async () => {
  const made = kiosk()
  const locked = { ok: false, error: 'staff-locked' }
  const methods = Object.keys(kioskContract).filter(
    (name) => name.startsWith('staff.') && !['staff.unlock', 'staff.lock'].includes(name),
  ) as 'staff.close'[]
  expect(methods.length).toBeGreaterThan(6)
  for (const name of methods) expect(await made.handlers[name]({}, never)).toEqual(locked)
  expect(made.box.polls()).toBe('closed')
  expect(made.sealed).toEqual([])
})

test('unlocked staff see neither choices nor slip number, and no call of a voter works', async () => {
  const made = kiosk()
  await made.openPolls()
  await atTracker(made)
  await made.unlockStaff()
  const view = expectOk(await made.handlers['session.state']({}, never))
  expect(view.screen).toEqual({ screen: 'covered' })
  const everything = JSON.stringify([view, expectOk(await made.handlers['staff.state']({}, never))])
  for (const word of ['selection', 'slipNumber', 'tracker', 'option']) expect(everything).not.toContain(word)
  const inputs: Partial<Record<string, object>> = {
    'session.scan': { text: made.election.slips[1] },
    'session.select': { contest: 1, selection: null },
    'session.show': { contest: 1 },
  }
  const steps = Object.keys(kioskContract).filter(
    (name) =>
      name.startsWith('session.') &&
      !['session.state', 'session.help', 'session.language', 'session.touch'].includes(name),
  ) as 'session.cast'[]
  for (const name of steps) {
    const answer = await made.handlers[name]((inputs[name] ?? {}) as Record<string, never>, never)
    expect([name, answer]).toEqual([name, { ok: false, error: 'staff-unlocked' }])
  }
  expect(made.box.counts().cast).toBe(0)
  expectOk(await made.handlers['staff.lock']({}, never))
  expect(made.session.screen.screen).toBe('tracker')
  expect((await made.handlers['session.cast']({}, never)).ok).toBe(true)
})

test('a scanned staff card unlocks from any screen, a card of another kiosk does not', async () => {
  const made = kiosk()
  await made.openPolls()
  await atTracker(made)
  const wrong = await made.handlers['session.scan']({ text: TEST_CARD.replace('HS10', 'HS1Z') }, never)
  expect(wrong).toMatchObject({ ok: false, error: 'staff-wrong' })
  expectOk(await made.handlers['session.scan']({ text: TEST_CARD }, never))
  expect(made.lock.isUnlocked).toBe(true)
})

test("staff's presence holds the voter's idle time, and their own silence locks", async () => {
  const clock = createVirtualClock()
  const made = kiosk({ clock })
  await made.openPolls()
  await atTracker(made)
  await made.unlockStaff()
  await clock.advance(TEST_AUTO_LOCK_MS - 1)
  expectOk(await made.handlers['session.touch']({}, never))
  await clock.advance(TEST_AUTO_LOCK_MS - 1)
  expect([made.lock.isUnlocked, made.session.screen.screen]).toEqual([true, 'tracker'])
  await clock.advance(1)
  expect(made.lock.isUnlocked).toBe(false)
  await clock.advance(89_999)
  expect(made.session.idleSecondsLeft).toBeNull()
  await clock.advance(1)
  expect(made.session.idleSecondsLeft).toBe(60)
})

test('a pause stops new voters, is said by one empty manifest, and loses no ballot from the final one', async () => {
  const made = kiosk()
  await made.openPolls()
  await cast(made, 0)
  await made.unlockStaff()
  expectOk(await made.handlers['staff.pause']({}, never))
  expect(await made.handlers['staff.pause']({}, never)).toEqual({ ok: false, error: 'not-open' })
  made.lock.lock()
  expect(await made.handlers['session.start']({}, never)).toEqual({ ok: false, error: 'polls-not-open' })
  await made.unlockStaff()
  expectOk(await made.handlers['staff.resume']({}, never))
  expect(await made.handlers['staff.resume']({}, never)).toEqual({ ok: false, error: 'not-paused' })
  made.lock.lock()
  await cast(made, 1)
  await made.closePolls()
  const manifests = manifestsOf(made)
  expect(manifests.map(({ state, cast: n, final, interval }) => [interval, state, n, final])).toEqual([
    [1, 'paused', 0, false],
    [2, 'open', 0, false],
    [3, 'closed', 2, true],
  ])
  expect(idPrefixes(manifests[2]?.ids ?? '')).toHaveLength(2)
})

test('pausing and closing wait for the voter; staff can end the session, which uses up no slip', async () => {
  const made = kiosk()
  await made.openPolls()
  await atTracker(made)
  await made.unlockStaff()
  const present = { ok: false, error: 'voter-present' }
  expect(await made.handlers['staff.pause']({}, never)).toEqual(present)
  expect(await made.handlers['staff.close']({}, never)).toEqual(present)
  expectOk(await made.handlers['staff.end-session']({}, never))
  expect(await made.handlers['staff.end-session']({}, never)).toEqual({ ok: false, error: 'nobody-here' })
  expect(made.session.stateForTests.at).toEqual({ step: 'attract' })
  made.lock.lock()
  await cast(made)
  expect(made.box.counts().cast).toBe(1)
})

test('the close report is signed by the kiosk and covers every ballot', async () => {
  const made = kiosk()
  await made.openPolls()
  await cast(made, 0)
  await cast(made, 1)
  const closed = await made.closePolls()
  const note = expectOk(parseNote(closed.report))
  const { election, keys } = made.election
  const name = keyName.kiosk(election.manifest.id, election.kioskId)
  const verifier = expectOk(noteVerifier(nobleEd25519, vkeyOf(nobleEd25519, name, keys.ed25519Seed)))
  expectOk(verifyNote(note, [verifier], { exactly: true }))
  expect(JSON.parse(note.text)).toEqual({
    assisted: 0,
    cast: 2,
    challenged: 0,
    election: toBase64(election.manifestHash),
    kiosk: election.kioskId,
    outbox: { refused: 0, waiting: 3 },
    report: 'closing',
    root: toBase64(made.box.ballotsRoot()),
  })
  // With fewer than 129 ballots the final manifest lists them all, so both roots are the same.
  const final = expectOk(parseKioskManifest(expectOk(parseNote(closed.finalManifest)).text))
  expect(fromBase64(final.root)).toEqual(made.box.ballotsRoot())
  await made.unlockStaff()
  expect(expectOk(await made.handlers['staff.state']({}, never)).closing?.report).toBe(closed.report)
})

test('an assisted session is counted once, as a number and nothing else', async () => {
  const made = kiosk()
  await made.openPolls()
  await made.unlockStaff()
  expect(await made.handlers['staff.assisted']({}, never)).toEqual({ ok: false, error: 'nobody-here' })
  made.lock.lock()
  await atTracker(made)
  await made.unlockStaff()
  expectOk(await made.handlers['staff.assisted']({}, never))
  expectOk(await made.handlers['staff.assisted']({}, never))
  expect(expectOk(await made.handlers['staff.state']({}, never))).toMatchObject({ isAssisted: true })
  expect(made.box.counts().assisted).toBe(1)
  made.lock.lock()
  expectOk(await made.handlers['session.cast']({}, never))
  expect(made.audited).toContainEqual({ event: 'session-assisted' })
})

test('a help call stays until staff unlock, the voter takes it back or goes', async () => {
  const made = kiosk()
  await made.openPolls()
  const called = async () => expectOk(await made.handlers['session.state']({}, never)).isHelpCalled
  expectOk(await made.handlers['session.help']({ isCalled: true }, never))
  expect(await called()).toBe(true)
  await made.unlockStaff()
  expect(await called()).toBe(false)
  made.lock.lock()
  await atTracker(made)
  expectOk(await made.handlers['session.help']({ isCalled: true }, never))
  made.session.end()
  expect(await called()).toBe(false)
})

test.each([
  [{ state: 'not-open', time: 'during' }, 'election-not-open', false],
  [{ state: 'closed', time: 'during' }, 'election-closed', false],
  [{ state: 'sealed', time: 'during' }, 'election-closed', false],
  [{ state: 'unknown', time: 'before' }, 'outside-hours', true],
  [{ state: 'unknown', time: 'after' }, 'outside-hours', true],
] as const)('with %o opening answers %s', async (bound, error, isOverridable) => {
  const made = kiosk({ bound })
  await made.unlockStaff()
  expect(await made.handlers['staff.open']({}, never)).toEqual({ ok: false, error })
  expect((await made.handlers['staff.open']({ anyway: true }, never)).ok).toBe(isOverridable)
})

test('the ledger opens the polls against the clock of the machine', async () => {
  const made = kiosk({ bound: { state: 'open', time: 'after' } })
  await made.openPolls()
  expect((await made.handlers['session.start']({}, never)).ok).toBe(true)
})

test('when the authority has closed, nobody new begins but the voter at the screen can finish', async () => {
  const bound: { state: 'open' | 'closed'; time: 'during' } = { state: 'open', time: 'during' }
  const made = kiosk({ bound })
  await made.openPolls()
  await atTracker(made)
  bound.state = 'closed'
  expectOk(await made.handlers['session.cast']({}, never))
  made.session.end()
  expect(await made.handlers['session.start']({}, never)).toEqual({ ok: false, error: 'election-closed' })
  const text = made.election.slips[1] as string
  expect(await made.handlers['session.scan']({ text }, never)).toEqual({
    ok: false,
    error: 'election-closed',
  })
  await made.unlockStaff()
  expect(expectOk(await made.handlers['staff.state']({}, never)).primary).toBe('close')
})

test('a PIN that is right once is not remembered', async () => {
  const made = kiosk()
  await made.unlockStaff()
  made.lock.lock()
  expect(await made.handlers['staff.open']({}, never)).toEqual({ ok: false, error: 'staff-locked' })
  expect((await made.handlers['staff.unlock']({ secret: TEST_PIN }, never)).ok).toBe(true)
})
