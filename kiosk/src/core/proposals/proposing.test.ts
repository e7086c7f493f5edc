import { readdirSync, readFileSync } from 'node:fs'
import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { rawDeflate } from '@hanpyo/platform/deflate.ts'
import { decodeUtf8, toHex } from '@hanpyo/protocol/bytes.ts'
import { nobleBackend } from '@hanpyo/protocol/group/backend.ts'
import { parseProposalParcel } from '@hanpyo/protocol/proposal/datagram.ts'
import { proposalId } from '@hanpyo/protocol/proposal/layout.ts'
import { textCommitment } from '@hanpyo/protocol/proposal/text.ts'
import { decodeText } from '@hanpyo/protocol/proposal/text-coding.ts'
import { verifyProposal, verifySupport } from '@hanpyo/protocol/proposal/verify.ts'
import { expectOk, type Result } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import type { InputOf } from '../../contract/define.ts'
import type { KioskContract } from '../../contract/kiosk-contract.ts'
import { type KioskView, kioskViewSchema } from '../../contract/views.ts'
import { createTestElection, TEST_PROPOSALS } from '../../testing/test-election.ts'
import { createTestKiosk } from '../../testing/test-kiosk.ts'
import { IDLE_TIMES } from '../session/idle.ts'
import type { Published } from './published.ts'

const signal = new AbortController().signal
const election = createTestElection({ proposals: TEST_PROPOSALS, slipCount: 3 })
const { manifestHash } = election.election
const TEXT = '양재천 산책길에 밝은 가로등을 더 달아 주세요'

type Name = Exclude<keyof KioskContract, 'health.get' | 'staff.state' | 'staff.close' | 'events'>

function published(id: string, text: string, more: Partial<Published> = {}): Published {
  return {
    id: id.repeat(64),
    index: 9,
    topic: 1,
    centre: 'yangjae-1',
    supports: 3,
    isHidden: false,
    moderation: null,
    text,
    ...more,
  }
}

async function openKiosk(options: Parameters<typeof createTestKiosk>[0] = {}) {
  const clock = createVirtualClock()
  const kiosk = createTestKiosk({ election, clock, ...options })
  onTestFinished(() => kiosk.close())
  await kiosk.openPolls()
  const call = async <N extends Name>(name: N, input: InputOf<KioskContract[N]>) => {
    const handler = kiosk.handlers[name] as unknown as (
      input: unknown,
      signal: AbortSignal,
    ) => Promise<Result<unknown, string>>
    return handler(input, signal)
  }
  const go = async <N extends Name>(name: N, input: InputOf<KioskContract[N]>): Promise<KioskView> =>
    kioskViewSchema.parse(expectOk(await call(name, input)))
  const look = () => go('session.state', {})
  /** attract → proposal-slip with this text. */
  const write = async (text: string): Promise<void> => {
    await go('proposal.start', {})
    await go('proposal.new', {})
    await go('proposal.topic', { topic: 1 })
    await go('proposal.text', { text })
    for (;;) {
      const { screen } = await go('proposal.next', {})
      if (screen.screen === 'proposal-consent') break
    }
    await go('proposal.confirm', {})
  }
  return { ...kiosk, clock, call, go, look, write }
}

test('a proposal goes from the first screen to a durable statement that the bridge would accept', async () => {
  const { go, write, box, sealed, audited } = await openKiosk()
  await write(`  ${TEXT} `.normalize('NFD'))
  const { screen, session } = await go('session.scan', { text: election.slips[0] as string })
  expect(screen).toEqual({ screen: 'proposal-stored', kind: 'proposed' })
  expect(session).not.toBeNull()
  const [item] = sealed.filter(({ kind }) => kind === 'proposal')
  expect(box.waiting().map(({ id }) => toHex(id))).toEqual([toHex(item!.id)])
  const { body, salt, coded } = expectOk(parseProposalParcel(item!.datagram.subarray(1)))
  const text = expectOk(decodeText(rawDeflate, coded))
  expect(text).toBe(TEXT)
  const { ed25519 } = nobleBackend
  const proposal = expectOk(
    verifyProposal(nobleBackend, body, {
      manifestHash,
      supportKey: (index) => election.supportList.subarray(32 * index, 32 * index + 32),
      kioskKey: () => ed25519.publicKey(election.keys.ed25519Seed),
      hasTopic: (topic) => topic === 1,
    }),
  )
  expect(proposal.textCommitment).toEqual(textCommitment(salt, TEXT))
  expect(JSON.stringify(audited)).not.toContain('양재천')
  expect((await go('session.finish', {})).screen.screen).toBe('attract')
})

test('a support is stored once for each slip, and an author needs none', async () => {
  const other = published('a', '공원에 나무를 심어 주세요')
  const { go, call, sealed, proposing } = await openKiosk({ remembered: [other] })
  const support = async (slip: number) => {
    await go('proposal.start', {})
    await go('proposal.list', { page: 1 })
    await go('proposal.show', { id: other.id })
    await go('proposal.support', { id: other.id })
    await go('proposal.confirm', {})
    const scanned = await call('session.scan', { text: election.slips[slip] as string })
    proposing.stopNow()
    return scanned
  }
  expectOk(await support(0))
  const [item] = sealed
  const made = expectOk(
    verifySupport(nobleBackend, item!.datagram.subarray(1), {
      manifestHash,
      supportKey: (index) => election.supportList.subarray(32 * index, 32 * index + 32),
      kioskKey: () => nobleBackend.ed25519.publicKey(election.keys.ed25519Seed),
      hasTopic: () => false,
    }),
  )
  expect(toHex(made.proposalId)).toBe(other.id)
  expect(await support(0)).toMatchObject({ error: 'already-supported' })
  expectOk(await support(1))
  expect(sealed).toHaveLength(2)
})

test('a slip hands in as many proposals as the manifest allows, and the text survives a slip that was not accepted', async () => {
  const { go, call, look, write, sealed, proposing } = await openKiosk()
  for (const text of ['하나', '둘']) {
    await write(text)
    await go('session.scan', { text: election.slips[0] as string })
    await go('session.finish', {})
  }
  await write('셋째 제안이에요')
  for (const [slip, problem] of [
    [election.slips[0] as string, 'proposal-limit'],
    [election.foreignSlip, 'slip-foreign'],
    ['HP1 nonsense', 'slip-damaged'],
    ['https://example.org', 'slip-not-ours'],
  ] as const) {
    expect(await call('session.scan', { text: slip })).toMatchObject({ ok: false, error: problem })
    expect((await look()).screen).toMatchObject({ screen: 'proposal-slip', purpose: 'propose', problem })
  }
  expect((await go('proposal.back', {})).screen).toMatchObject({ text: '셋째 제안이에요' })
  await go('proposal.confirm', {})
  await go('session.scan', { text: election.slips[1] as string })
  expect(sealed).toHaveLength(3)
  expect(proposing.stateForTests).toMatchObject({ topic: null, text: '' })
})

test('the same slip still votes, and a slip too early or during practice is answered with a hint', async () => {
  const { go, call, look, write, box } = await openKiosk()
  const slip = election.slips[0] as string
  await go('proposal.start', {})
  expect(await call('session.scan', { text: slip })).toMatchObject({ error: 'slip-while-proposing' })
  expect(await look()).toMatchObject({ hint: 'slip-while-proposing', screen: { screen: 'proposals' } })
  expect(await go('proposal.new', {})).toMatchObject({ hint: null })
  await go('session.leave', {})
  await write(TEXT)
  await go('session.scan', { text: slip })
  await go('session.finish', {})
  await go('session.practise', {})
  expect(await call('session.scan', { text: slip })).toMatchObject({ error: 'slip-while-practising' })
  expect((await look()).hint).toBe('slip-while-practising')
  await go('session.leave', {})
  expect((await go('session.scan', { text: slip })).screen.screen).toBe('contest')
  expect(box.isSpent(0) || box.isSpent(1) || box.isSpent(2)).toBe(false)
})

test('nobody proposes while somebody votes or the polls are not open, and nobody votes while somebody proposes', async () => {
  const { go, call, unlockStaff } = await openKiosk()
  await go('session.scan', { text: election.slips[0] as string })
  expect(await call('proposal.start', {})).toMatchObject({ error: 'wrong-step' })
  await go('session.leave', {})
  await go('proposal.start', {})
  expect(await call('session.start', {})).toMatchObject({ error: 'wrong-step' })
  expect(await call('session.practise', {})).toMatchObject({ error: 'wrong-step' })
  await unlockStaff()
  expectOk(await call('staff.pause', {}))
  expect((await go('staff.lock', {})).screen.screen).toBe('attract')
  expect(await call('proposal.start', {})).toMatchObject({ error: 'polls-not-open' })
  const without = await openKiosk({ election: createTestElection() })
  expect((await without.look()).proposalStop).toBe('proposals-not-offered')
  expect(await without.call('proposal.start', {})).toMatchObject({ error: 'proposals-not-offered' })
})

test('silence is asked about as often as needed, and in the end erases what was typed and says so', async () => {
  const { go, look, clock, proposing } = await openKiosk()
  await go('proposal.start', {})
  await go('proposal.new', {})
  await go('proposal.topic', { topic: 2 })
  await go('proposal.text', { text: '가로등' })
  for (let i = 0; i < 3; i++) {
    await clock.advance(IDLE_TIMES.promptAfterMs)
    expect((await look()).idle).toEqual({ secondsLeft: 60 })
    await go('session.touch', {})
  }
  expect((await look()).screen).toMatchObject({ screen: 'proposal-write', text: '가로등' })
  await clock.advance(IDLE_TIMES.promptAfterMs + IDLE_TIMES.answerWithinMs)
  expect((await look()).screen).toEqual({ screen: 'proposal-expired' })
  expect(proposing.stateForTests?.text).toBe('')
  await clock.advance(IDLE_TIMES.resultMs)
  expect(await look()).toMatchObject({ screen: { screen: 'attract' }, session: null })
})

test('what cannot be handed in is refused at the keyboard with a reason, and what was typed stays', async () => {
  const { go, call, look } = await openKiosk()
  await go('proposal.start', {})
  await go('proposal.new', {})
  expect(await call('proposal.topic', { topic: 9 })).toMatchObject({ error: 'unknown-topic' })
  await go('proposal.topic', { topic: 1 })
  expect(await call('proposal.next', {})).toMatchObject({ error: 'text-empty' })
  await go('proposal.text', { text: '가'.repeat(200) })
  expect(await call('proposal.text', { text: '가'.repeat(201) })).toMatchObject({ error: 'text-too-long' })
  expect((await look()).screen).toMatchObject({ text: '가'.repeat(200) })
  await go('proposal.text', { text: '뒤집힌 \u202e글' })
  expect(await call('proposal.next', {})).toMatchObject({ error: 'text-character' })
  expect((await look()).screen).toMatchObject({ screen: 'proposal-write', text: '뒤집힌 \u202e글' })
})

test('one who writes what somebody proposed already sees it, can support it instead, and back keeps the text', async () => {
  const other = published('b', '양재천 산책길 가로등을 더 밝게 달아주세요.')
  const far = published('c', '마을버스 정류장에 의자를 놓아 주세요')
  const { go, sealed } = await openKiosk({ remembered: [other, far] })
  await go('proposal.start', {})
  await go('proposal.new', {})
  await go('proposal.topic', { topic: 1 })
  await go('proposal.text', { text: TEXT })
  const { screen } = await go('proposal.next', {})
  expect(screen).toMatchObject({ screen: 'proposal-similar', similar: [{ id: other.id, supports: 3 }] })
  await go('proposal.show', { id: other.id })
  await go('proposal.back', {})
  expect((await go('proposal.back', {})).screen).toMatchObject({ screen: 'proposal-write', text: TEXT })
  await go('proposal.next', {})
  await go('proposal.support', { id: other.id })
  expect((await go('proposal.confirm', {})).screen).toMatchObject({ purpose: 'support' })
  await go('session.scan', { text: election.slips[2] as string })
  expect(sealed.map(({ kind }) => kind)).toEqual(['support'])
})

test('staff cover the screen, can be noted as typing once for a person, and end nothing by standing there', async () => {
  const { go, look, call, unlockStaff, clock, box, audited } = await openKiosk()
  await go('proposal.start', {})
  await go('proposal.new', {})
  await go('proposal.topic', { topic: 1 })
  await go('proposal.text', { text: TEXT })
  expect(await call('proposal.assisted', {})).toMatchObject({ error: 'staff-locked' })
  await unlockStaff()
  expect((await look()).screen).toEqual({ screen: 'covered' })
  expect(await call('proposal.text', { text: 'x' })).toMatchObject({ error: 'staff-unlocked' })
  await go('proposal.assisted', {})
  await go('staff.assisted', {})
  expect(box.counts()).toMatchObject({ assistedProposals: 1, assisted: 0 })
  await go('staff.lock', {})
  expect((await look()).screen).toMatchObject({ text: TEXT })
  await clock.advance(1000)
  await unlockStaff()
  await go('staff.end-session', {})
  expect((await go('staff.lock', {})).screen.screen).toBe('attract')
  expect(audited.filter(({ event }) => event === 'proposal-assisted')).toHaveLength(1)
})

test('what waits here is listed only when so many people’s wait that nobody knows whose it is', async () => {
  const careful = createTestElection({ proposals: TEST_PROPOSALS, slipCount: 3, minPerKiosk: 3 })
  const { go, write, call } = await openKiosk({ election: careful })
  const listed = async () => {
    await go('proposal.start', {})
    const { screen } = await go('proposal.list', { page: 99 })
    await go('session.leave', {})
    return screen.screen === 'proposal-list' ? screen.items : []
  }
  const steps = [
    { slip: 0, listedThen: 0 },
    { slip: 0, listedThen: 0 },
    { slip: 1, listedThen: 0 },
    { slip: 2, listedThen: 4 },
  ]
  for (const [i, { slip, listedThen }] of steps.entries()) {
    await write(`제안 ${i} ${'가나다라'[i]}`)
    await go('session.scan', { text: careful.slips[slip] as string })
    await go('session.finish', {})
    expect(await listed()).toHaveLength(listedThen)
  }
  const [waiting] = await listed()
  expect(waiting).toMatchObject({ isWaiting: true, supports: 1 })
  await go('proposal.start', {})
  await go('proposal.list', { page: 1 })
  expect(await call('proposal.support', { id: waiting!.id })).toMatchObject({ error: 'proposal-waiting' })
})

test('staff hide and show what their centre handed in, with a reason the kiosk signs', async () => {
  const own = published('d', '우리 센터 제안')
  const foreign = published('e', '다른 센터 제안', { centre: 'elsewhere' })
  const { go, call, unlockStaff, sealed, handlers } = await openKiosk({ remembered: [own, foreign] })
  const moderate = (id: string, action: 'hide' | 'show', reason = '남의 이름이 적혀 있음') =>
    handlers['staff.moderate']({ id, action, reason }, signal)
  expect(await moderate(own.id, 'hide')).toMatchObject({ error: 'staff-locked' })
  await unlockStaff()
  expect(await moderate(foreign.id, 'hide')).toMatchObject({ error: 'unknown-proposal' })
  expect(await moderate(own.id, 'show')).toMatchObject({ error: 'no-change' })
  expect(await moderate(own.id, 'hide', '\u200b\u200b')).toMatchObject({ error: 'reason-not-plain' })
  expect(expectOk(await moderate(own.id, 'hide')).items).toMatchObject([
    { id: own.id, isHidden: true, reason: '남의 이름이 적혀 있음', isChangeWaiting: true },
  ])
  const [note] = sealed.map(({ datagram }) => decodeUtf8(datagram.subarray(1)))
  expect(note).toContain('"action":"hide"')
  expect(note).toContain('/kiosk/3 ')
  await go('staff.lock', {})
  await go('proposal.start', {})
  const { screen } = await go('proposal.list', { page: 1 })
  expect(screen).toMatchObject({ items: [{ id: foreign.id }] })
  expect(await call('proposal.show', { id: own.id })).toMatchObject({ error: 'unknown-proposal' })
  await go('session.leave', {})
  await unlockStaff()
  expectOk(await moderate(own.id, 'show'))
  expect(new Set(sealed.map(({ id }) => toHex(id))).size).toBe(2)
})

test('the id a kiosk lists for its own proposal is the one the ledger will give it', async () => {
  const { go, write, box } = await openKiosk()
  await write(TEXT)
  await go('session.scan', { text: election.slips[0] as string })
  const { screen } = await go('proposal.list', { page: 1 })
  const [statement] = box.statements()
  const id = toHex(proposalId(manifestHash, statement!.body))
  expect(screen).toMatchObject({ items: [{ id, text: TEXT, isWaiting: true }] })
})

test('the files of this folder know a slip’s support key only, and nothing that votes', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => !name.endsWith('.test.ts'))
  expect(files.length).toBeGreaterThan(10)
  for (const name of files) {
    const source = readFileSync(`${import.meta.dirname}/${name}`, 'utf8')
    expect(source, name).not.toMatch(/deriveCredential|findCredential|castBallot|prepareBallot|voter-session/)
  }
})
