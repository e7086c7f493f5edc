import { fakeKeys } from '@hanpyo/devices/self-test/fixtures.ts'
import { verifyReadiness } from '@hanpyo/devices/self-test/readiness.ts'
import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { decodeUtf8, toBase64 } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { noteVerifier, vkeyOf } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import type { TechnicianView } from '../../contract/technician-views.ts'
import { createTestElection, TEST_KIOSK_ID } from '../../testing/test-election.ts'
import { createTestKiosk, TEST_PIN, TEST_TECHNICIAN_PIN } from '../../testing/test-kiosk.ts'
import { verifyAttestation } from './attestation.ts'
import { noTechnicianPorts, type ReportFile, type TechnicianPorts } from './ports.ts'

const signal = new AbortController().signal
const HASH = 'ab'.repeat(32)

function machine(ports: Partial<TechnicianPorts> = {}, options: { isTest?: boolean } = {}) {
  const clock = createVirtualClock({ startMs: 1_795_000_000_000 })
  const technician = { ...noTechnicianPorts(), ...ports }
  const kiosk = createTestKiosk({
    clock,
    technician,
    election: createTestElection({ label: 'technician', isTest: options.isTest ?? false }),
  })
  onTestFinished(() => kiosk.close())
  const { handlers } = kiosk
  const unlock = async () => handlers['staff.unlock']({ secret: TEST_TECHNICIAN_PIN }, signal)
  const state = async () => expectOk(await handlers['technician.state']({}, signal))
  /** Lets the test that runs come to the next thing it waits for. */
  const until = async (isThere: (view: TechnicianView) => boolean): Promise<TechnicianView> => {
    for (let i = 0; i < 200; i++) {
      const view = await state()
      if (isThere(view)) return view
      await new Promise((resolve) => setImmediate(resolve))
    }
    throw new Error('it never came to that')
  }
  const resultOf = async (test: string) => {
    const { results } = await until(({ running }) => running === null)
    return results.find((result) => result.test === test)
  }
  return { ...kiosk, clock, unlock, state, until, resultOf }
}

test('nobody but an unlocked technician gets an answer of the desk, and a technician no power over the polls', async () => {
  const { handlers, unlock, unlockStaff, box } = machine()
  const locked = { ok: false, error: 'technician-locked' }
  const run = () => handlers['technician.run']({ test: 'disk' }, signal)
  expect(await run()).toEqual(locked)
  await unlockStaff()
  expect([await run(), await handlers['technician.attest']({}, signal)]).toEqual([locked, locked])
  expectOk(await handlers['staff.lock']({}, signal))
  const view = expectOk(await unlock())
  expect(view).toMatchObject({ screen: { screen: 'covered' }, staff: { role: 'technician' } })
  expect(await handlers['staff.open']({ anyway: true }, signal)).toEqual({ ok: false, error: 'staff-locked' })
  expect(await handlers['staff.state']({}, signal)).toEqual({ ok: false, error: 'staff-locked' })
  expect(box.polls()).toBe('closed')
  expectOk(await run())
})

test('a technician is not let in while somebody votes, and staff are', async () => {
  const { handlers, unlock, openPolls, election } = machine()
  await openPolls()
  expectOk(await handlers['session.scan']({ text: election.slips[0] as string }, signal))
  expect(await unlock()).toEqual({ ok: false, error: 'voter-present' })
  expectOk(await handlers['staff.unlock']({ secret: TEST_PIN }, signal))
})

test('in a keypad test the keys go to the test and not to the page, and everywhere else to the page', async () => {
  const keypad = fakeKeys()
  const { handlers, unlock, press, until, resultOf } = machine({ selfTest: { keypad } })
  await unlock()
  press('down')
  expectOk(await handlers['technician.run']({ test: 'keypad' }, signal))
  await until(({ running }) => running?.prompt?.missing?.length === 9)
  const both = (key: 'up' | 'select') => {
    press(key)
    keypad.press(key)
  }
  both('select')
  both('up')
  await until(({ running }) => running?.prompt?.missing?.length === 7)
  const seen = expectOk(await handlers['session.state']({}, signal)).input
  expect(seen.keys.map(({ key }) => key)).toEqual(['down'])
  expectOk(await handlers['technician.stop']({}, signal))
  expect(await resultOf('keypad')).toMatchObject({ verdict: 'failed', problem: 'keys-missing' })
})

test('locking ends the test that runs', async () => {
  const keypad = fakeKeys()
  const { handlers, unlock, resultOf } = machine({ selfTest: { keypad } })
  await unlock()
  expectOk(await handlers['technician.run']({ test: 'keypad' }, signal))
  expect(await handlers['technician.run']({ test: 'disk' }, signal)).toEqual({
    ok: false,
    error: 'test-running',
  })
  expectOk(await handlers['staff.lock']({}, signal))
  await unlock()
  expect(await resultOf('keypad')).toMatchObject({ verdict: 'not-done' })
  expect(keypad.listeners).toBe(0)
})

test('the page plays each chime and says so, and the answers decide', async () => {
  const { handlers, unlock, until, resultOf } = machine()
  await unlock()
  expectOk(await handlers['technician.run']({ test: 'headphones' }, signal))
  const answer = async (answer: string) => handlers['technician.answer']({ answer }, signal)
  for (const side of ['left', 'right'] as const) {
    await until(({ running }) => running?.chime?.side === side)
    expect(await answer('left')).toEqual({ ok: false, error: 'no-such-answer' })
    expectOk(await answer('played'))
    await until(({ running }) => running?.question === 'heard-headphones')
    expect(await answer('somewhere')).toEqual({ ok: false, error: 'no-such-answer' })
    expectOk(await answer(side))
  }
  expect(await resultOf('headphones')).toMatchObject({ verdict: 'passed' })
})

test('a calibration is kept, used by the very next view, and tried at once', async () => {
  const { handlers, unlock, resultOf, state } = machine()
  await unlock()
  const screen = { pxPerMetre: 4_034, widthPx: 1080, heightPx: 1920 }
  expectOk(await handlers['technician.calibrate'](screen, signal))
  expect(expectOk(await handlers['session.state']({}, signal)).kiosk.pxPerMm).toBe(4.034)
  expect(await resultOf('screen')).toMatchObject({ verdict: 'passed' })
  expect((await state()).calibration).toEqual({ pxPerMetre: 4_034, isMeasured: true })
})

test('a calibration that cannot be kept is refused and changes nothing', async () => {
  const calibration = { value: null, keep: async () => false }
  const { handlers, unlock } = machine({ calibration })
  await unlock()
  const screen = { pxPerMetre: 4_034, widthPx: 1080, heightPx: 1920 }
  expect(await handlers['technician.calibrate'](screen, signal)).toEqual({ ok: false, error: 'not-kept' })
  expect(expectOk(await handlers['session.state']({}, signal)).kiosk.pxPerMm).toBeUndefined()
})

test('a test vote goes through the ordinary box and outbox, waits for its ack, and says route and time', async () => {
  const made = machine({}, { isTest: true })
  const { handlers, unlock, openPolls, election, until, sealed, acked, clock, resultOf, box, session } = made
  await openPolls()
  await unlock()
  expectOk(await handlers['technician.run']({ test: 'test-vote' }, signal))
  await until(({ running }) => running?.prompt?.kind === 'scan-test-slip')
  expectOk(await handlers['session.scan']({ text: election.slips[0] as string }, signal))
  await until(({ running }) => running?.prompt?.kind === 'voting')
  expect(box.counts().cast).toBe(1)
  expect(session.screen.screen).toBe('attract')
  const ballot = sealed.find(({ kind }) => kind === 'ballot')
  // Minutes of waiting lock nothing.
  await clock.advance(240_000)
  acked(new Uint8Array(32), 0, 'wifi')
  acked(ballot?.id as Uint8Array, 0, 'lora')
  expect(await resultOf('test-vote')).toMatchObject({
    verdict: 'passed',
    facts: { route: 'lora', tookMs: 240_000 },
  })
})

test('a test vote with a slip that is no slip stores nothing, and one that is never acked says that it is stored', async () => {
  const { handlers, unlock, openPolls, election, until, clock, resultOf, box } = machine({}, { isTest: true })
  await openPolls()
  await unlock()
  const run = async (text: string) => {
    expectOk(await handlers['technician.run']({ test: 'test-vote' }, signal))
    await until(({ running }) => running?.prompt?.kind === 'scan-test-slip')
    await handlers['session.scan']({ text }, signal)
  }
  await run(election.foreignSlip)
  expect(await resultOf('test-vote')).toMatchObject({ problem: 'slip-refused', detail: 'slip-foreign' })
  expect(box.counts().cast).toBe(0)
  await run(election.slips[1] as string)
  await until(({ running }) => running?.prompt?.kind === 'voting')
  await clock.advance(16 * 60_000)
  expect(await resultOf('test-vote')).toMatchObject({ problem: 'no-ack' })
})

test('where votes count, no test vote is cast and no slip is taken', async () => {
  const { handlers, unlock, openPolls, election, resultOf, box } = machine()
  await openPolls()
  await unlock()
  expectOk(await handlers['technician.run']({ test: 'test-vote' }, signal))
  expect(await resultOf('test-vote')).toMatchObject({ verdict: 'absent', problem: 'not-a-test-election' })
  const scanned = await handlers['session.scan']({ text: election.slips[0] as string }, signal)
  expect(scanned).toEqual({ ok: false, error: 'staff-unlocked' })
  expect(box.counts().cast).toBe(0)
})

test('the report is signed by the kiosk, holds every result, and comes as JSON, note and PDF', async () => {
  const written: ReportFile[] = []
  const writeReport = {
    folder: '/data/readiness',
    toDisk: async (files: readonly ReportFile[]) => written.push(...files) > 0,
    toStick: async () => false,
  }
  const { handlers, unlock, state, election, resultOf } = machine({ writeReport })
  await unlock()
  expectOk(await handlers['technician.run']({ test: 'lamp' }, signal))
  await resultOf('lamp')
  expectOk(await handlers['technician.report']({ toStick: true }, signal))
  expect((await state()).report).toMatchObject({ verdict: 'not-ready', stick: 'failed', at: 1_795_000_000 })
  expect(written.map(({ name }) => name)).toEqual(['readiness.json', 'readiness.note', 'readiness.pdf'])
  const name = keyName.kiosk(election.election.manifest.id, TEST_KIOSK_ID)
  const vkey = vkeyOf(nobleEd25519, name, election.keys.ed25519Seed)
  const verifier = expectOk(noteVerifier(nobleEd25519, vkey))
  const report = expectOk(verifyReadiness(decodeUtf8(written[1]?.bytes as Uint8Array), verifier))
  expect(report.results.find(({ test }) => test === 'lamp')).toMatchObject({ verdict: 'absent' })
  expect(report.results).toHaveLength(16)
})

test('the software code verifies under the kiosk’s key and names the election; another key’s does not', async () => {
  let hash: string | null = null
  const { handlers, unlock, election } = machine({ software: { version: '0.1.0', hash: () => hash } })
  await unlock()
  expect(await handlers['technician.attest']({}, signal)).toEqual({ ok: false, error: 'hash-not-ready' })
  hash = HASH
  const { text } = expectOk(await handlers['technician.attest']({}, signal))
  const { manifest, manifestHash } = election.election
  const name = keyName.kiosk(manifest.id, TEST_KIOSK_ID)
  const verifier = (seed: Uint8Array) =>
    expectOk(noteVerifier(nobleEd25519, vkeyOf(nobleEd25519, name, seed)))
  expect(expectOk(verifyAttestation(text, verifier(election.keys.ed25519Seed)))).toEqual({
    type: 'hanpyo/software/v1',
    hash: HASH,
    version: '0.1.0',
    kiosk: TEST_KIOSK_ID,
    election: manifest.id,
    manifest: toBase64(manifestHash),
  })
  expect(verifyAttestation(text, verifier(new Uint8Array(32).fill(1)))).toMatchObject({ ok: false })
  const forged = text.replace(HASH, 'cd'.repeat(32))
  expect(verifyAttestation(forged, verifier(election.keys.ed25519Seed))).toMatchObject({
    error: 'attestation-signature',
  })
})
