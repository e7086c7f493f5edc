import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { fromCompact } from '@hanpyo/protocol/ballot/layout.ts'
import { verifyBallot } from '@hanpyo/protocol/ballot/verify.ts'
import { fromBase64 } from '@hanpyo/protocol/bytes.ts'
import { parseCredentialList } from '@hanpyo/protocol/election/keylist.ts'
import { parseChallenged } from '@hanpyo/protocol/election/records.ts'
import { nobleBackend } from '@hanpyo/protocol/group/backend.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import { kioskContract } from '../contract/kiosk-contract.ts'
import type { KioskView } from '../contract/views.ts'
import { createTestKiosk, type TestKiosk } from '../testing/test-kiosk.ts'

const never = new AbortController().signal

function kiosk(options: Parameters<typeof createTestKiosk>[0] = {}): TestKiosk {
  const made = createTestKiosk(options)
  onTestFinished(() => made.close())
  return made
}

async function openKiosk(options: Parameters<typeof createTestKiosk>[0] = {}): Promise<TestKiosk> {
  const made = kiosk(options)
  await made.openPolls()
  return made
}

async function prepareBallot({ handlers, election }: TestKiosk, slip = 0): Promise<KioskView> {
  expectOk(await handlers['session.scan']({ text: election.slips[slip] as string }, never))
  const selection = { kind: 'approve' as const, options: [4, 2] }
  expectOk(await handlers['session.select']({ contest: 1, selection }, never))
  expectOk(await handlers['session.review']({}, never))
  return expectOk(await handlers['session.prepare']({}, never))
}

test('a voter goes from slip to receipt, and the stored ballot verifies', async () => {
  const made = await openKiosk()
  const { handlers, election, sealed } = made
  const prepared = await prepareBallot(made)
  expect(prepared.screen).toMatchObject({ screen: 'tracker', problem: null })
  const stored = expectOk(await handlers['session.cast']({}, never))
  expect(stored.screen).toMatchObject({ screen: 'stored' })
  expect(kioskContract['session.cast'].output.safeParse(stored).success).toBe(true)
  const receipt = expectOk(await handlers['session.receipt']({}, never))
  expect(receipt.screen).toMatchObject({ screen: 'receipt', kind: 'cast' })
  expect(expectOk(await handlers['session.finish']({}, never)).screen.screen).toBe('done')
  expect(expectOk(await handlers['session.finish']({}, never)).screen.screen).toBe('attract')

  expect(sealed.map(({ kind }) => kind)).toEqual(['ballot'])
  const { jointKey, manifestHash, kioskId } = election.election
  const canonical = expectOk(fromCompact(sealed[0]!.datagram, manifestHash, kioskId))
  const kioskKey = nobleBackend.ed25519.publicKey(election.keys.ed25519Seed)
  const list = expectOk(parseCredentialList(election.credentialList))
  const verified = verifyBallot(nobleBackend, canonical, {
    manifestHash,
    jointKey,
    credentialCount: list.length,
    credential: (index) => {
      const entry = list[index]
      return entry === undefined ? undefined : { publicKey: entry.publicKey, contestIds: [1, 2, 3] }
    },
    kioskKey: (id) => (id === kioskId ? kioskKey : undefined),
  })
  expect(verified.ok).toBe(true)
})

test('a slip that voted here is refused afterwards, in plain words for the voter', async () => {
  const made = await openKiosk()
  await prepareBallot(made)
  expectOk(await made.handlers['session.cast']({}, never))
  made.session.end()
  const again = await made.handlers['session.scan']({ text: made.election.slips[0] as string }, never)
  expect(again).toEqual({ ok: false, error: 'slip-used' })
  expect(made.session.screen).toEqual({ screen: 'slip', problem: 'slip-used' })
})

test.each([
  ['slip-damaged', (slip: string) => `${slip.slice(0, -1)}${slip.endsWith('0') ? '1' : '0'}`],
  ['slip-not-ours', () => 'https://example.org/menu'],
  ['slip-two-part', (slip: string) => slip.replace('HP1', 'HP2')],
  ['slip-foreign', (_slip: string, foreign: string) => foreign],
] as const)('a slip that is %s keeps the voter at the slip screen', async (problem, textOf) => {
  const made = await openKiosk()
  const text = textOf(made.election.slips[0] as string, made.election.foreignSlip)
  expect(await made.handlers['session.scan']({ text }, never)).toEqual({ ok: false, error: problem })
  expect(made.session.screen).toEqual({ screen: 'slip', problem })
})

test('nothing can be started or scanned while the polls are closed', async () => {
  const made = kiosk()
  expect(await made.handlers['session.start']({}, never)).toEqual({ ok: false, error: 'polls-not-open' })
  const text = made.election.slips[0] as string
  expect(await made.handlers['session.scan']({ text }, never)).toEqual({ ok: false, error: 'polls-not-open' })
})

test('a checked ballot is opened, sealed without the credential, and the slip can still vote', async () => {
  const made = await openKiosk()
  const { handlers, sealed } = made
  await prepareBallot(made)
  const checked = expectOk(await handlers['session.check']({}, never))
  expect(checked.screen).toMatchObject({ screen: 'checked' })
  const { opening } = checked.screen as { opening: string }
  const record = expectOk(parseChallenged(`${opening}\n`))
  expect(Object.keys(record).toSorted()).toEqual(['C', 'choices', 'kiosk', 'r', 'tracker'])
  const { multiplyBase } = nobleBackend.group
  expect(multiplyBase(fromBase64(record.r[0]!))).toEqual(fromBase64(record.C[0]!).slice(0, 32))
  expect(sealed.map(({ kind }) => kind)).toEqual(['challenged'])

  expect(expectOk(await handlers['session.again']({}, never)).screen.screen).toBe('slip')
  await prepareBallot(made)
  expect(expectOk(await handlers['session.cast']({}, never)).screen.screen).toBe('stored')
})

test.each(['disk-full', 'box-failed'] as const)(
  'when storing fails with %s the voter is told, nothing is sent, and casting again can succeed',
  async (problem) => {
    let isFailing = true
    const made = await openKiosk({
      wrapBox: (box) =>
        new Proxy(box, {
          get(target, name) {
            if (name === 'insertBallot' && isFailing) return () => ({ ok: false, error: problem })
            const value = Reflect.get(target, name) as unknown
            return typeof value === 'function' ? value.bind(target) : value
          },
        }),
    })
    await prepareBallot(made)
    expect(await made.handlers['session.cast']({}, never)).toEqual({ ok: false, error: problem })
    expect(made.session.screen).toMatchObject({ screen: 'tracker', problem })
    expect(made.sealed).toEqual([])
    expect(made.audited).toContainEqual({ event: 'store-failed', problem })
    isFailing = false
    expect(expectOk(await made.handlers['session.cast']({}, never)).screen.screen).toBe('stored')
  },
)

test('a result left on the screen goes away by itself, and so does a language chosen by somebody who left', async () => {
  const clock = createVirtualClock()
  const made = await openKiosk({ clock })
  await prepareBallot(made)
  expectOk(await made.handlers['session.cast']({}, never))
  await clock.advance(60_000)
  expect(made.session.screen.screen).toBe('attract')
  expectOk(await made.handlers['session.language']({ language: 'en' }, never))
  await clock.advance(60_000)
  expect(made.session.language).toBe('ko')
})

test('an unanswered idle prompt ends the session and leaves nothing behind; an answered one does not', async () => {
  const clock = createVirtualClock()
  const made = await openKiosk({ clock })
  await prepareBallot(made)
  const before = made.session.stateForTests.at
  await clock.advance(89_000)
  expect(made.session.idleSecondsLeft).toBeNull()
  await clock.advance(2_000)
  expect(made.session.idleSecondsLeft).toBe(59)
  expectOk(await made.handlers['session.touch']({}, never))
  expect(made.session.idleSecondsLeft).toBeNull()
  await clock.advance(90_000 + 59_000)
  expect(made.session.screen.screen).toBe('tracker')
  await clock.advance(1_000)
  expect(made.session.screen.screen).toBe('attract')
  expect(made.audited).toContainEqual({ event: 'session-timed-out' })
  if (before.step !== 'prepared') throw new Error('not prepared')
  const secrets = [
    before.slip.credential.secret,
    ...before.prepared.randomness,
    ...before.prepared.plaintexts,
  ]
  expect(secrets.every((secret) => secret.every((byte) => byte === 0))).toBe(true)
  const slip = made.election.slips[0] as string
  expect((await made.handlers['session.scan']({ text: slip }, never)).ok).toBe(true)
})

test('a long poll answers when the state changes, and at once when the caller is behind', async () => {
  const made = await openKiosk()
  const now = expectOk(await made.handlers['session.state']({}, never))
  const waiting = made.handlers.events({ after: now.cursor }, never)
  expectOk(await made.handlers['session.start']({}, never))
  const changed = expectOk(await waiting)
  expect(changed.screen.screen).toBe('slip')
  expect(expectOk(await made.handlers.events({ after: now.cursor }, never)).cursor).toBe(changed.cursor)
})

test('closing is refused while somebody votes, and then seals a final kiosk manifest', async () => {
  const made = await openKiosk()
  await prepareBallot(made)
  await made.unlockStaff()
  expect(await made.handlers['staff.close']({}, never)).toEqual({ ok: false, error: 'voter-present' })
  made.lock.lock()
  expectOk(await made.handlers['session.cast']({}, never))
  await made.unlockStaff()
  const report = expectOk(await made.handlers['staff.close']({}, never))
  expect(report).toMatchObject({ cast: 1, challenged: 0, waiting: 2 })
  expect(made.sealed.map(({ kind }) => kind)).toEqual(['ballot', 'kiosk-manifest'])
  expect(await made.handlers['staff.open']({}, never)).toEqual({ ok: false, error: 'polls-final' })
})
