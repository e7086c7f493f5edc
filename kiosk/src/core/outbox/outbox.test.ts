import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { nobleBackend } from '@hanpyo/protocol/group/backend.ts'
import { STATEMENT_REFUSAL } from '@hanpyo/protocol/proposal/status.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import { deriveAckKeys } from '../../load-files.ts'
import { createFakeBridge } from '../../testing/fake-bridge.ts'
import { FakeRoute } from '../../testing/fake-route.ts'
import { createTestElection, TEST_PROPOSALS } from '../../testing/test-election.ts'
import { createTestKiosk } from '../../testing/test-kiosk.ts'
import type { ItemKind } from '../box/ballot-box.ts'
import { Outbox } from './outbox.ts'
import { SCHEDULE_OPTIONS } from './schedule.ts'

const never = new AbortController().signal
const DAY_MS = 86_400_000

function setUp(
  options: {
    boxPath?: string
    slipCount?: number
    holdMaxMs?: number
    remembered?: NonNullable<Parameters<typeof createTestKiosk>[0]>['remembered']
  } = {},
) {
  const clock = createVirtualClock()
  const election = createTestElection({
    style: 2,
    slipCount: options.slipCount ?? 5,
    proposals: TEST_PROPOSALS,
  })
  const refused: [ItemKind, number][] = []
  const { boxPath, remembered } = options
  const kiosk = createTestKiosk({
    election,
    ...(boxPath ? { boxPath } : {}),
    ...(remembered ? { remembered } : {}),
  })
  const [wifi, lora] = [new FakeRoute('wifi', 65_535), new FakeRoute('lora', 227)]
  const bridge = createFakeBridge(election)
  const outbox = new Outbox({
    box: kiosk.box,
    routes: [wifi, lora],
    clock,
    random: nodeRandom,
    ed25519: nobleBackend.ed25519,
    manifest: election.election.manifest,
    manifestHash: election.election.manifestHash,
    kioskId: election.election.kioskId,
    ackKeys: expectOk(deriveAckKeys(election.election, election.keys.x25519Secret)),
    options: { ...SCHEDULE_OPTIONS, holdMaxMs: options.holdMaxMs ?? 0 },
    log: silentLogger,
    onRefused: (kind, status) => refused.push([kind, status]),
    onChange: () => {},
  })
  outbox.start()
  const { handlers } = kiosk
  const vote = async (slip: number, how: 'cast' | 'check' = 'cast') => {
    expectOk(await handlers['session.scan']({ text: election.slips[slip] as string }, never))
    expectOk(await handlers['session.review']({}, never))
    expectOk(await handlers['session.prepare']({}, never))
    const before = kiosk.sealed.length
    expectOk(
      how === 'cast' ? await handlers['session.cast']({}, never) : await handlers['session.check']({}, never),
    )
    outbox.add(kiosk.sealed.slice(before))
    kiosk.session.end()
  }
  const ackOn = (route: FakeRoute) => {
    route.onSend = (datagram) => route.listener?.onDatagram(bridge.answer(datagram).ack)
  }
  return { clock, election, kiosk, wifi, lora, bridge, outbox, handlers, vote, ackOn, refused }
}

async function openPolls(kiosk: ReturnType<typeof setUp>): Promise<void> {
  if (kiosk.kiosk.box.polls() === 'closed') await kiosk.kiosk.openPolls()
}

test('a ballot goes over Wi-Fi, is acknowledged, and its promise is kept', async () => {
  const made = setUp()
  await openPolls(made)
  made.wifi.onSend = (datagram) => {
    const { ack, promise } = made.bridge.answer(datagram)
    made.wifi.listener?.onDatagram(promise)
    made.wifi.listener?.onDatagram(ack)
  }
  made.wifi.switch(true)
  await made.vote(0)
  await made.clock.advance(1)
  expect(made.kiosk.box.waiting()).toEqual([])
  expect(made.kiosk.box.counts()).toMatchObject({ ackedOverWifi: 1, ackedOverLora: 0, promises: 1 })
})

test('a week without Wi-Fi and with a radio that does not carry everything loses nothing', async () => {
  const made = setUp({ slipCount: 24 })
  await openPolls(made)
  made.ackOn(made.lora)
  made.ackOn(made.wifi)
  for (let slip = 0; slip < 24; slip++) await made.vote(slip)
  await made.vote(0, 'check').catch(() => {})
  expect(made.outbox.facts()).toMatchObject({ waiting: 25, waitingForWifi: 25 })
  await made.clock.advance(3.5 * DAY_MS)
  made.lora.switch(true)
  await made.clock.advance(3.5 * DAY_MS)
  // The ballots are short enough for this radio; the kiosk manifest is not and is shown as waiting for Wi-Fi.
  expect(made.outbox.facts()).toEqual({
    waiting: 1,
    waitingForWifi: 1,
    isWifiSuspect: false,
    bridges: [{ id: 'b1', isOnline: true, isSilent: false, problem: null }],
  })
  expect(made.kiosk.box.counts().ackedOverLora).toBe(24)
  made.wifi.switch(true)
  await made.clock.advance(60_000)
  expect(made.outbox.facts().waiting).toBe(0)
  expect([...made.bridge.received.values()].every((count) => count === 1)).toBe(true)
})

test('a send is told when its item was answered, on whatever route', async () => {
  const made = setUp()
  await openPolls(made)
  made.lora.switch(true)
  made.lora.holdSends = true
  await made.vote(0)
  await made.clock.advance(1)
  const [datagram] = made.lora.sent as [Uint8Array]
  expect(made.lora.signals.map((signal) => signal?.aborted)).toEqual([false])
  made.wifi.listener?.onDatagram(made.bridge.answer(datagram).ack)
  expect(made.lora.signals.map((signal) => signal?.aborted)).toEqual([true])
})

test('without an ack the same ballot is sent again and again, over whatever route there is', async () => {
  const made = setUp()
  await openPolls(made)
  made.lora.switch(true)
  await made.vote(0)
  await made.clock.advance(100_000)
  made.wifi.switch(true)
  await made.clock.advance(100_000)
  expect(made.lora.sent.length).toBeGreaterThan(1)
  expect(made.wifi.sent.length).toBeGreaterThan(1)
  const all = [...made.lora.sent, ...made.wifi.sent].map(toHex)
  expect(new Set(all).size).toBe(1)
})

test('a LoRaWAN frame that was sent is not delivered: only an authenticated ack that names it is', async () => {
  const made = setUp()
  await openPolls(made)
  made.lora.switch(true)
  await made.vote(0)
  await made.clock.advance(1)
  const { ack } = made.bridge.answer(made.lora.sent[0] as Uint8Array)
  for (let at = 0; at < ack.length; at++) {
    const forged = ack.slice()
    forged[at] = (forged[at] as number) ^ 1
    made.lora.listener?.onDatagram(forged)
  }
  made.lora.listener?.onDatagram(new Uint8Array())
  made.lora.listener?.onDatagram(Uint8Array.of(1))
  expect(made.kiosk.box.waiting()).toHaveLength(1)
  made.lora.listener?.onDatagram(ack)
  expect(made.kiosk.box.waiting()).toEqual([])
})

test('a refused ballot is not sent again and stays sealed with its reason', async () => {
  const made = setUp()
  await openPolls(made)
  made.wifi.onSend = (datagram) => made.wifi.listener?.onDatagram(made.bridge.answer(datagram, 1).ack)
  made.wifi.switch(true)
  await made.vote(0)
  await made.clock.advance(DAY_MS)
  expect(made.wifi.sent).toHaveLength(1)
  const counts = made.kiosk.box.counts()
  expect([counts.cast, [...counts.refused]]).toEqual([1, [[1, 1]]])
})

test('a promise that comes by radio, of another key or for another log is not kept', async () => {
  const made = setUp()
  await openPolls(made)
  made.lora.switch(true)
  await made.vote(0)
  await made.clock.advance(1)
  const { promise } = made.bridge.answer(made.lora.sent[0] as Uint8Array)
  made.lora.listener?.onDatagram(promise)
  const other = createFakeBridge(createTestElection({ style: 2, label: 'another' }))
  expect(() => other.answer(made.lora.sent[0] as Uint8Array)).toThrow()
  const forged = promise.slice()
  forged[promise.length - 10] = (forged[promise.length - 10] as number) ^ 1
  made.wifi.listener?.onDatagram(forged)
  expect(made.kiosk.box.counts().promises).toBe(0)
  made.wifi.listener?.onDatagram(promise)
  expect(made.kiosk.box.counts().promises).toBe(1)
})

test('after a restart sending goes on from the disk', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'hanpyo-outbox-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const boxPath = join(directory, 'box.sqlite')
  const first = setUp({ boxPath })
  await openPolls(first)
  await first.vote(0)
  await first.vote(1)
  await first.outbox.close()
  first.kiosk.close()

  const second = setUp({ boxPath })
  second.ackOn(second.wifi)
  second.wifi.switch(true)
  await second.clock.advance(60_000)
  expect(second.bridge.received.size).toBe(2)
  expect(second.kiosk.box.waiting()).toEqual([])
  second.kiosk.close()
})

test('nothing is sent during its random hold, and everything after it', async () => {
  const made = setUp({ holdMaxMs: 600_000 })
  await openPolls(made)
  made.ackOn(made.wifi)
  made.wifi.switch(true)
  for (let slip = 0; slip < 5; slip++) await made.vote(slip)
  await made.clock.advance(1)
  const atOnce = made.wifi.sent.length
  await made.clock.advance(600_000)
  expect([atOnce <= 1, made.wifi.sent.length]).toEqual([true, 5])
})

test('proposals on the disk wait out a week without a network, and a refusal is told by its kind', async () => {
  const made = setUp()
  await openPolls(made)
  const { submit } = made.kiosk.proposals!.ports
  const texts = ['의자를 놓아 주세요', '그늘막을 세워 주세요']
  for (const [i, text] of texts.entries()) {
    expectOk(submit(made.election.slips[i] as string, { kind: 'proposal', topic: 1, text }))
  }
  // Taken from the disk, as after a restart.
  made.outbox.add(made.kiosk.box.waiting())
  await made.clock.advance(7 * DAY_MS)
  expect(made.outbox.facts().waiting).toBe(2)
  let status = STATEMENT_REFUSAL.slipLimit as number
  made.lora.onSend = (datagram) => {
    made.lora.listener?.onDatagram(made.bridge.answer(datagram, status).ack)
    status = 0
  }
  made.lora.switch(true)
  await made.clock.advance(DAY_MS)
  made.wifi.onSend = made.lora.onSend
  made.wifi.switch(true)
  await made.clock.advance(DAY_MS)
  expect(made.refused).toEqual([['proposal', STATEMENT_REFUSAL.slipLimit]])
  expect(made.kiosk.box.statements().map(({ state, parcel }) => [state, parcel])).toEqual(
    expect.arrayContaining([
      ['recorded', null],
      ['refused', null],
    ]),
  )
  expect([...made.bridge.received.values()]).toEqual([1, 1])
})

test('what staff decided last about a proposal is said last, also after a restart and whatever the hold', async () => {
  const remembered = [
    {
      id: 'd'.repeat(64),
      index: 9,
      topic: 1,
      centre: 'yangjae-1',
      supports: 1,
      isHidden: false,
      moderation: null,
      text: '의자를 놓아 주세요',
    },
  ]
  const made = setUp({ holdMaxMs: 600_000, remembered })
  await openPolls(made)
  await made.kiosk.unlockStaff()
  const said: string[] = []
  for (const action of ['hide', 'show', 'hide', 'show', 'hide'] as const) {
    expectOk(await made.handlers['staff.moderate']({ id: 'd'.repeat(64), action, reason: '광고' }, never))
    said.push(action)
  }
  const actionOf = (datagram: Uint8Array) => /"action":"(\w+)"/.exec(Buffer.from(datagram).toString())?.[1]
  const atOf = (datagram: Uint8Array) => Number(/"at":(\d+)/.exec(Buffer.from(datagram).toString())?.[1])
  made.ackOn(made.wifi)
  made.wifi.switch(true)
  made.outbox.add(made.kiosk.box.waiting())
  await made.clock.advance(DAY_MS)
  expect(made.wifi.sent.map(actionOf)).toEqual(said)
  expect(made.wifi.sent.map(atOf)).toEqual(made.wifi.sent.map(atOf).toSorted((a, b) => a - b))
})
