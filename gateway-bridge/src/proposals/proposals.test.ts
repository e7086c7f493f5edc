import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { rawDeflate } from '@hanpyo/platform/deflate.ts'
import { concatBytes, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { recordId } from '@hanpyo/protocol/link/record-id.ts'
import { STATEMENT_REFUSAL } from '@hanpyo/protocol/proposal/status.ts'
import { afterEach, expect, test } from 'vitest'
import type { GroupCommit } from '../admission/group-commit.ts'
import { WaitingRoom } from '../admission/waiting-room.ts'
import { TestBridge } from '../testing/test-bridge.ts'
import { TestElection, type TestElectionOptions } from '../testing/test-election.ts'
import { MOST_WAITING_PER_KIOSK, StatementIntake } from './statement-intake.ts'

const backend = await createNodeBackend()
const TEXT = '양재천 산책로에 가로등을 더 놓아 주세요.'
let bridge: TestBridge
afterEach(() => bridge?.dispose())

async function start(options: Partial<TestElectionOptions> = {}): Promise<TestElection> {
  const election = new TestElection({ backend, proposalsPerSlip: 2, ...options })
  bridge = await TestBridge.start({ election })
  return election
}

const statusOf = async (datagram: Uint8Array, kioskId = 1): Promise<number[]> => {
  await bridge.settled()
  bridge.downlink.sent.length = 0
  await bridge.deliver(datagram, kioskId)
  return (await bridge.acks(kioskId, [recordId(datagram)])).map(({ status }) => status)
}
const types = async () => (await bridge.leaves()).map(([type]) => type)
const listed = async () =>
  (await (await bridge.fetch('/proposals')).json()) as {
    id: string
    supports: number
    hidden: boolean
    erased?: true
  }[]
const textOf = (id: Uint8Array) => bridge.fetch(`/proposal/${toHex(id)}`)
const isOnDisk = async (text: string): Promise<boolean> => {
  const files = await Promise.all(
    ['ledger.db', 'ledger.db-wal'].map((name) =>
      readFile(join(bridge.dir, name)).catch(() => Buffer.alloc(0)),
    ),
  )
  return files.some((bytes) => bytes.includes(text))
}

test('a proposal is acknowledged, published at the tick, and only then listed with its text and its author’s support', async () => {
  const election = await start()
  const { datagram, id } = election.proposal(3, TEXT, { topic: 2 })
  expect(await statusOf(datagram)).toEqual([0])
  expect(await listed()).toEqual([])
  expect((await textOf(id)).status).toBe(404)
  await bridge.tick()
  expect(await listed()).toEqual([
    { id: toHex(id), topic: 2, centre: 'hall', supports: 1, hidden: false, index: expect.any(Number) },
  ])
  expect(await (await textOf(id)).json()).toMatchObject({ text: TEXT, hidden: false })
  expect(await bridge.verifyLog()).toEqual([])
})

test('a support is counted once, and the same datagram again is acknowledged and not logged again', async () => {
  const election = await start()
  const { datagram, id } = election.proposal(3, TEXT)
  await bridge.deliver(datagram)
  await bridge.tick()
  const support = election.support(4, id, 2)
  expect(await statusOf(support, 2)).toEqual([0])
  expect(await statusOf(support, 2)).toEqual([0])
  await bridge.tick()
  expect(await statusOf(support, 2)).toEqual([0])
  expect(await statusOf(datagram)).toEqual([0])
  await bridge.tick()
  expect((await listed()).map(({ supports }) => supports)).toEqual([2])
  expect((await types()).filter((type) => type === 0x20 || type === 0x21)).toEqual([0x20, 0x21])
  expect(await statusOf(election.support(4, id))).toEqual([STATEMENT_REFUSAL.alreadySupported])
  expect(await statusOf(election.support(3, id))).toEqual([STATEMENT_REFUSAL.alreadySupported])
  expect(await bridge.verifyLog()).toEqual([])
})

test('what depends on something that waits is answered only when that is logged', async () => {
  const election = await start()
  const { datagram, id } = election.proposal(3, TEXT)
  await bridge.deliver(datagram)
  expect(await statusOf(election.support(4, id))).toEqual([])
  await bridge.deliver(election.proposal(3, '두 번째 제안').datagram)
  const third = election.proposal(3, '세 번째 제안').datagram
  expect(await statusOf(third)).toEqual([])
  await bridge.tick()
  expect(await statusOf(third)).toEqual([STATEMENT_REFUSAL.slipLimit])
  expect(await statusOf(election.support(4, id))).toEqual([0])
  expect(await statusOf(election.support(4, id, 2), 2)).toEqual([])
  await bridge.tick()
  expect(await bridge.verifyLog()).toEqual([])
})

test('a text that is another one, hostile, too long or a bomb is refused, and nothing is stored', async () => {
  const election = await start({ kioskCount: 1 })
  const sent = (coding: number, bytes: Uint8Array) =>
    election.proposal(5, TEXT, { sent: { coded: { coding, bytes } } }).datagram
  const bomb = rawDeflate.deflate(new Uint8Array(1 << 20).fill(0x61), new Uint8Array(0))
  const { textMismatch, textRefused } = STATEMENT_REFUSAL
  expect(await statusOf(sent(0, utf8('다른 글')))).toEqual([textMismatch])
  const salted = election.proposal(5, TEXT, { sent: { salt: new Uint8Array(16) } })
  expect(await statusOf(salted.datagram)).toEqual([textMismatch])
  expect(await statusOf(sent(0, utf8('a\u202eb')))).toEqual([textRefused])
  expect(await statusOf(sent(0, utf8('가'.repeat(201))))).toEqual([textRefused])
  expect(await statusOf(sent(1, bomb))).toEqual([textRefused])
  expect(await statusOf(sent(2, utf8(TEXT)))).toEqual([textRefused])
  expect(await statusOf(sent(0, Uint8Array.of(0xff)))).toEqual([textRefused])
  await bridge.tick()
  expect(await listed()).toEqual([])
  expect((await types()).includes(0x20)).toBe(false)
})

test('what no kiosk and no listed key signed, or another kiosk brings, is not answered', async () => {
  const election = await start()
  const { datagram, id } = election.proposal(3, TEXT)
  const forged = datagram.slice()
  forged[60] = (forged[60] as number) ^ 1
  expect(await statusOf(forged)).toEqual([])
  expect(await statusOf(datagram, 2)).toEqual([])
  expect(await statusOf(datagram.subarray(0, 150))).toEqual([])
  expect(await statusOf(concatBytes(election.support(3, id), Uint8Array.of(0)))).toEqual([])
  expect(await statusOf(datagram)).toEqual([0])
})

test('proposals and ballots of one tick stand in batches of their own', async () => {
  const election = await start()
  await bridge.deliver(election.proposal(1, TEXT).datagram)
  await bridge.cast(election.ballot(1))
  await bridge.deliver(election.proposal(2, '다른 제안').datagram, 1)
  await bridge.tick()
  expect((await types()).slice(-5)).toEqual([0x10, 0x14, 0x20, 0x20, 0x14])
  expect(await bridge.verifyLog()).toEqual([])
})

test('few proposals of a kiosk wait for company or for maxDelay, counted apart from its ballots', async () => {
  const election = await start({ minPerKiosk: 2 })
  await bridge.deliver(election.proposal(1, TEXT).datagram)
  await bridge.cast(election.ballot(1))
  await bridge.cast(election.ballot(2))
  await bridge.tick()
  expect(await types()).not.toContain(0x20)
  await bridge.tick(60)
  expect(await types()).toContain(0x20)
})

test('what one person says many times is no company: it waits for other people', async () => {
  const election = await start({ minPerKiosk: 2, proposalsPerSlip: 3 })
  for (const text of ['하나', '둘', '셋']) await bridge.deliver(election.proposal(1, text).datagram)
  await bridge.tick()
  expect(await types()).not.toContain(0x20)
  await bridge.deliver(election.proposal(2, '넷').datagram)
  await bridge.tick()
  expect((await types()).filter((type) => type === 0x20)).toHaveLength(4)
})

test('a restart between the ack and the publication loses neither proposal nor text nor support', async () => {
  const election = await start()
  const first = election.proposal(1, TEXT)
  await bridge.deliver(first.datagram)
  await bridge.tick()
  const second = election.proposal(2, '다른 제안')
  await bridge.deliver(second.datagram)
  await bridge.deliver(election.support(4, first.id))
  expect((await bridge.restart()).ok).toBe(true)
  expect(await statusOf(second.datagram)).toEqual([0])
  await bridge.tick(60)
  expect((await listed()).map(({ supports }) => supports).sort()).toEqual([1, 2])
  expect(await (await textOf(second.id)).json()).toMatchObject({ text: '다른 제안' })
  expect(await bridge.verifyLog()).toEqual([])
  expect((await bridge.restart()).ok).toBe(true)
  expect((await listed()).map(({ supports }) => supports).sort()).toEqual([1, 2])
})

test('a kiosk hides what its own centre relayed, and shows it again; the text stays readable and says so', async () => {
  const election = await start({ kioskCount: 3, centres: ['north', 'north', 'south'] })
  const { datagram, id } = election.proposal(1, TEXT)
  await bridge.deliver(datagram)
  await bridge.tick()
  const refused = [STATEMENT_REFUSAL.moderationRefused]
  expect(await statusOf(election.moderation(id, 'hide', { kioskId: 3 }), 3)).toEqual(refused)
  expect(await statusOf(election.moderation(id, 'hide', { kioskId: 2 }), 1)).toEqual([])
  expect(await statusOf(election.moderation(id, 'erase', { kioskId: 2 }), 2)).toEqual([])
  expect(await statusOf(election.moderation(id, 'hide', { kioskId: 2 }), 2)).toEqual([0])
  await bridge.tick()
  expect((await listed()).map(({ hidden }) => hidden)).toEqual([true])
  expect(await (await textOf(id)).json()).toMatchObject({ text: TEXT, hidden: true })
  expect(await statusOf(election.moderation(id, 'show', { kioskId: 2, reason: 'in error' }), 2)).toEqual([0])
  await bridge.tick()
  expect((await listed()).map(({ hidden }) => hidden)).toEqual([false])
  expect(await bridge.verifyLog()).toEqual([])
})

test('a kiosk’s moderation that can never be logged is refused, so that it is not sent without end', async () => {
  const election = await start({ kioskCount: 1 })
  const { datagram, id } = election.proposal(1, TEXT)
  const refused = [STATEMENT_REFUSAL.moderationRefused]
  const hide = election.moderation(id, 'hide', { kioskId: 1 })
  expect(await statusOf(hide)).toEqual(refused)
  await bridge.deliver(datagram)
  expect(await statusOf(hide)).toEqual([])
  await bridge.tick()
  const forged = hide.slice()
  forged[forged.length - 10] = (forged[forged.length - 10] as number) ^ 1
  expect(await statusOf(forged)).toEqual([])
  expect((await bridge.record(election.moderation(id, 'erase'))).status).toBe(202)
  expect(await statusOf(hide)).toEqual([])
  await bridge.tick()
  expect(await statusOf(hide)).toEqual(refused)
  expect((await bridge.restart()).ok).toBe(true)
  expect(await statusOf(hide)).toEqual(refused)
  await bridge.tick()
  expect((await types()).filter((type) => type === 0x22)).toHaveLength(1)
  expect(await bridge.verifyLog()).toEqual([])
})

test('an erased text is gone from every file of the store, and the texts around it stay', async () => {
  const election = await start({ slipCount: 40, proposalsPerSlip: 1, kioskCount: 1 })
  const proposals = Array.from({ length: 40 }, (_, slip) => election.proposal(slip, `${TEXT} 번호 ${slip}.`))
  await Promise.all(proposals.map(({ datagram }) => bridge.deliver(datagram)))
  await bridge.tick()
  const erased = proposals[17] as (typeof proposals)[number]
  expect(await isOnDisk('번호 17.')).toBe(true)
  const salt = ((await (await textOf(erased.id)).json()) as { salt: string }).salt
  expect((await bridge.record(election.moderation(erased.id, 'erase'))).status).toBe(202)
  await bridge.tick()
  expect((await textOf(erased.id)).status).toBe(410)
  expect(await isOnDisk('번호 17.')).toBe(false)
  const files = await readFile(join(bridge.dir, 'ledger.db'))
  expect(files.includes(Buffer.from(salt, 'base64'))).toBe(false)
  expect(await isOnDisk('번호 18.')).toBe(true)
  expect(await (await textOf((proposals[18] as typeof erased).id)).json()).toMatchObject({
    text: `${TEXT} 번호 18.`,
  })
  expect((await listed()).filter((proposal) => proposal.erased)).toHaveLength(1)
  expect((await bridge.record(election.moderation(erased.id, 'show'))).body.error).toBe('moderation.erased')
  expect((await bridge.restart()).ok).toBe(true)
  expect((await textOf(erased.id)).status).toBe(410)
  expect(await bridge.verifyLog()).toEqual([])
})

test('a seal lets waiting proposals go first, and afterwards nothing but moderation comes in', async () => {
  const election = await start({ minPerKiosk: 20 })
  const { datagram, id } = election.proposal(1, TEXT)
  await bridge.deliver(datagram)
  await bridge.record(election.polls('closed', election.manifest.times.closes))
  await bridge.tick()
  await bridge.record(election.polls('sealed', election.manifest.deliveryDeadline))
  expect(await statusOf(election.proposal(2, '늦은 제안').datagram)).toEqual([])
  await bridge.tick()
  expect((await types()).slice(-4)).toEqual([0x20, 0x14, 0x02, 0x14])
  const closed = [STATEMENT_REFUSAL.proposalsClosed]
  expect(await statusOf(election.proposal(2, '늦은 제안').datagram)).toEqual(closed)
  expect(await statusOf(election.support(2, id))).toEqual(closed)
  expect((await bridge.record(election.moderation(id, 'hide'))).status).toBe(202)
  await bridge.tick()
  expect((await listed()).map(({ hidden }) => hidden)).toEqual([true])
})

test('a revoked kiosk’s waiting proposals stand before the revocation', async () => {
  const election = await start({ minPerKiosk: 20 })
  await bridge.deliver(election.proposal(1, TEXT, { kioskId: 2 }).datagram, 2)
  await bridge.record(election.revoke(2))
  await bridge.tick()
  expect((await types()).slice(-4)).toEqual([0x20, 0x14, 0x03, 0x14])
  expect(await statusOf(election.proposal(2, TEXT, { kioskId: 2 }).datagram, 2)).toEqual([])
})

test('a kiosk that sends without end is not answered until a batch is cut', async () => {
  const election = await start()
  const waiting = new WaitingRoom()
  for (let i = 0; i < MOST_WAITING_PER_KIOSK; i++) {
    const id = Uint8Array.of(0xff, i >> 8, i & 0xff, ...new Uint8Array(29))
    const common = { id, leaf: id, deadline: 2 ** 40, supportIndex: 0, about: toHex(id), kioskId: 1 }
    waiting.add({ kind: 'statement', is: 'support', ...common })
  }
  const intake = new StatementIntake({
    state: bridge.bridge.state,
    waiting,
    groupCommit: createIdleCommit(),
    compressor: rawDeflate,
    loggedAt: () => undefined,
    catchUp: async () => {},
    deadline: () => 2 ** 40,
  })
  const submit = (kioskId: number) =>
    intake.submit(0x20, election.proposal(2, TEXT, { kioskId }).datagram.subarray(1), kioskId)
  expect((await submit(1)).outcome).toBe('deferred')
  expect((await submit(2)).outcome).toBe('recorded')
})

function createIdleCommit(): GroupCommit {
  return { store: async () => 'stored', countRefusal: async () => {}, pendingCount: 0, close: async () => {} }
}

test('the list is paged by leaf, and refuses what is no number', async () => {
  const election = await start()
  for (const slip of [1, 2, 3]) await bridge.deliver(election.proposal(slip, `${TEXT} ${slip}`).datagram)
  await bridge.tick()
  const page = async (query: string) =>
    (await (await bridge.fetch(`/proposals?${query}`)).json()) as { index: number; id: string }[]
  const [one] = await page('limit=1')
  const rest = await page(`after=${one?.index}&limit=9999`)
  expect([one, ...rest]).toEqual(await page(''))
  expect(rest).toHaveLength(2)
  for (const query of ['after=-1', 'limit=0', 'limit=1e3', 'after=x']) {
    expect((await bridge.fetch(`/proposals?${query}`)).status).toBe(400)
  }
  expect((await bridge.fetch('/proposal/00')).status).toBe(404)
})

test('an election without proposals refuses them and lists none', async () => {
  bridge = await TestBridge.start({ election: new TestElection({ backend }) })
  const { datagram } = bridge.election.proposal(1, TEXT)
  expect(await statusOf(datagram)).toEqual([STATEMENT_REFUSAL.proposalsClosed])
  expect(await listed()).toEqual([])
})
