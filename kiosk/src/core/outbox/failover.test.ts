import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { ballotLength } from '@hanpyo/protocol/ballot/layout.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { signRecord } from '@hanpyo/protocol/election/records.ts'
import { REFUSAL } from '@hanpyo/protocol/election/refusal.ts'
import { encodePromiseDatagram, parseDownDatagram } from '@hanpyo/protocol/link/datagram.ts'
import { parsePromise, promiseDeadline, signPromise } from '@hanpyo/protocol/link/promise.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { counterRandom } from '@hanpyo/protocol/testing/counter-random.ts'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { deriveAckKeys } from '../../load-files.ts'
import { createFakeBridge } from '../../testing/fake-bridge.ts'
import { FakeRoute } from '../../testing/fake-route.ts'
import { createTestElection } from '../../testing/test-election.ts'
import { openBoxDatabase } from '../box/open-box.ts'
import { SqliteBallotBox } from '../box/sqlite-box.ts'
import { Outbox } from './outbox.ts'
import { MAX_UNSEEN_GROWTH, PROMISE_SLACK_SECONDS, readPromise } from './promise-rules.ts'
import { SCHEDULE_OPTIONS } from './schedule.ts'

const { ed25519 } = await createNodeBackend()
const election = createTestElection({ bridges: ['b2'], slipCount: 2 })
const { manifest, manifestHash, kioskId } = election.election
const ackKeys = expectOk(deriveAckKeys(election.election, election.keys.x25519Secret))
const BRIDGES = ['b1', 'b2']
const MINUTE_MS = 60_000
const RUNS = process.env.HANPYO_FULL === '1' ? 200 : 5
const REFUSED = REFUSAL.credentialSpent

/** Bytes with the shape of this election's ballots; neither box nor fake bridge looks inside. */
function canonicalOf(slip: number): Uint8Array {
  const canonical = counterRandom(`failover ${slip}`)(ballotLength(1))
  canonical.set([0x01, 0x00, ...manifestHash.subarray(0, 4), 0, 0, slip, 0, kioskId])
  return canonical
}

type Say = 'records' | 'refuses' | 'nothing'

function setUp() {
  const clock = createVirtualClock()
  const database = expectOk(openBoxDatabase(':memory:', { kioskId, manifestHash }))
  onTestFinished(() => database.close())
  const openBox = (bridges: readonly string[] = BRIDGES) =>
    new SqliteBallotBox({
      database,
      kioskId,
      manifestHash,
      bridges,
      signManifest: (value) =>
        signRecord({ ed25519, keyName: 'example.org/kiosk/3', seed: election.keys.ed25519Seed, value }),
      onNotRebuilt: () => {},
    })
  const box = openBox()
  expectOk(box.openPolls())
  const says: Record<string, Say> = { b1: 'records', b2: 'records' }
  const bridges = BRIDGES.map((id, at) => {
    const bridge = createFakeBridge(election, id)
    const route = new FakeRoute('wifi', 65_535, id, at === 0 ? 'wifi' : `wifi:${id}`)
    route.onSend = (datagram) => {
      const { ack, promise } = bridge.answer(datagram, says[id] === 'refuses' ? REFUSED : 0)
      if (says[id] === 'nothing') return
      if (says[id] === 'records') route.listener?.onDatagram(promise)
      route.listener?.onDatagram(ack)
    }
    return { route, bridge }
  })
  const [first, second] = bridges as [(typeof bridges)[0], (typeof bridges)[0]]
  const lora = new FakeRoute('lora', 227, 'b1')
  const badPromises: string[] = []
  const refused: number[] = []
  const start = (own = box) => {
    const outbox = new Outbox({
      box: own,
      routes: [first.route, second.route, lora],
      clock,
      random: nodeRandom,
      ed25519,
      manifest,
      manifestHash,
      kioskId,
      ackKeys,
      options: { ...SCHEDULE_OPTIONS, holdMaxMs: 0 },
      log: silentLogger,
      onRefused: (_kind, status) => refused.push(status),
      onBadPromise: (bridge, problem) => badPromises.push(`${bridge} ${problem}`),
      onChange: () => {},
    })
    outbox.start()
    return outbox
  }
  const outbox = start()
  const vote = (slip: number) =>
    outbox.add(expectOk(box.insertBallot({ canonical: canonicalOf(slip), slipNumber: slip })))
  const sent = () => [first.route.sent.length, second.route.sent.length]
  const factsOf = (id: string) => outbox.facts().bridges.find((bridge) => bridge.id === id)
  return {
    clock,
    box,
    openBox,
    says,
    first,
    second,
    lora,
    outbox,
    start,
    vote,
    sent,
    factsOf,
    badPromises,
    refused,
  }
}

test('while the first bridge answers, the second one hears of nothing', async () => {
  const made = setUp()
  made.first.route.switch(true)
  made.second.route.switch(true)
  for (let slip = 0; slip < 5; slip++) made.vote(slip)
  await made.clock.advance(MINUTE_MS)
  expect(made.sent()).toEqual([5, 0])
  expect(made.factsOf('b1')).toEqual({ id: 'b1', isOnline: true, isSilent: false, problem: null })
})

test('what the first bridge refuses goes to the second, and counts once when that records it', async () => {
  const made = setUp()
  made.says.b1 = 'refuses'
  made.first.route.switch(true)
  made.second.route.switch(true)
  made.vote(0)
  await made.clock.advance(MINUTE_MS)
  expect(made.sent()).toEqual([1, 1])
  const counts = made.box.counts()
  expect([counts.cast, counts.ackedOverWifi, counts.refused.size, made.refused]).toEqual([1, 1, 0, []])
  expect(counts.bridges.get('b1')).toMatchObject({ recorded: 0, refused: 1 })
  expect(counts.bridges.get('b2')).toMatchObject({ recorded: 1, refused: 0, promises: 1 })
})

test('what both refuse stays sealed with its reason, is not sent again, and waits for a bridge that comes later', async () => {
  const made = setUp()
  made.says.b1 = made.says.b2 = 'refuses'
  made.first.route.switch(true)
  made.vote(0)
  await made.clock.advance(MINUTE_MS)
  expect([made.sent(), made.box.waiting().map(({ open }) => open)]).toEqual([[1, 0], [['b2']]])
  made.second.route.switch(true)
  await made.clock.advance(24 * 60 * MINUTE_MS)
  expect([made.sent(), made.box.waiting(), made.refused]).toEqual([[1, 1], [], [REFUSED]])
  expect([...made.box.counts().refused]).toEqual([[REFUSED, 1]])
  expect(
    made
      .openBox([...BRIDGES, 'b3'])
      .waiting()
      .map(({ open }) => open),
  ).toEqual([['b3']])
})

test('a bridge that says that it is online and stays silent is passed over within three minutes', async () => {
  const made = setUp()
  made.says.b1 = 'nothing'
  made.first.route.switch(true)
  made.second.route.switch(true)
  made.vote(0)
  await made.clock.advance(3 * MINUTE_MS)
  expect([made.sent()[1], made.box.waiting()]).toEqual([1, []])
  // The next ones go where there is an answer, without waiting.
  made.says.b1 = 'records'
  for (let slip = 1; slip < 4; slip++) made.vote(slip)
  await made.clock.advance(1000)
  expect(made.box.counts().bridges.get('b2')).toMatchObject({ recorded: 4 })
  // After a while of rest the first bridge is tried again, and stays first when it answers.
  await made.clock.advance(15 * MINUTE_MS)
  made.vote(5)
  await made.clock.advance(1000)
  expect(made.box.counts().bridges.get('b1')).toMatchObject({ recorded: 1 })
  expect(made.factsOf('b1')).toMatchObject({ isSilent: false })
})

test('a bridge whose broker is gone is passed over at once, and both acks of one ballot are one record', async () => {
  const made = setUp()
  made.says.b1 = 'nothing'
  made.first.route.switch(true)
  made.second.route.switch(true)
  made.vote(0)
  await made.clock.advance(1)
  expect(made.sent()).toEqual([1, 0])
  made.first.route.switch(false)
  await made.clock.advance(MINUTE_MS)
  expect(made.sent()).toEqual([1, 1])
  // The first one had recorded it after all.
  const late = made.first.bridge.answer(made.first.route.sent[0] as Uint8Array)
  made.first.route.switch(true)
  made.first.route.listener?.onDatagram(late.ack)
  const counts = made.box.counts()
  expect([counts.cast, counts.ackedOverWifi + counts.ackedOverLora, made.box.waiting()]).toEqual([1, 1, []])
  expect(BRIDGES.map((id) => counts.bridges.get(id)?.recorded)).toEqual([1, 1])
  await made.clock.advance(60 * MINUTE_MS)
  expect(made.sent()).toEqual([1, 1])
})

test('the radio leads to the first bridge only: what that one refused is not put on the air again', async () => {
  const made = setUp()
  made.lora.onSend = (datagram) =>
    made.lora.listener?.onDatagram(made.first.bridge.answer(datagram, REFUSED).ack)
  made.lora.switch(true)
  made.vote(0)
  await made.clock.advance(24 * 60 * MINUTE_MS)
  expect([made.lora.sent.length, made.outbox.facts().waiting]).toEqual([1, 1])
  made.second.route.switch(true)
  await made.clock.advance(MINUTE_MS)
  expect(made.outbox.facts().waiting).toBe(0)
})

test('after a restart a bridge that refused a ballot is not asked for it again', async () => {
  const made = setUp()
  made.says.b1 = 'refuses'
  made.first.route.switch(true)
  made.vote(0)
  await made.clock.advance(MINUTE_MS)
  await made.outbox.close()
  const again = made.start(made.openBox())
  made.first.route.switch(true)
  await made.clock.advance(60 * MINUTE_MS)
  expect([made.sent(), again.facts().waiting]).toEqual([[1, 0], 1])
  made.second.route.switch(true)
  await made.clock.advance(MINUTE_MS)
  expect([made.sent(), again.facts().waiting]).toEqual([[1, 1], 0])
})

test('a broken promise makes its bridge the last choice, and its ballot goes to the other one', async () => {
  const made = setUp()
  made.first.route.switch(true)
  made.second.route.switch(true)
  made.vote(0)
  await made.clock.advance(1000)
  const [promise] = made.box.promises('open')
  made.outbox.wordBroken('b1', expectOk(made.box.judgePromise(promise!, 'broken')))
  made.vote(1)
  await made.clock.advance(1000)
  expect([made.sent(), made.box.waiting()]).toEqual([[1, 2], []])
  expect(made.factsOf('b1')).toMatchObject({ problem: 'broken-promise' })
  // The last choice is still a choice.
  made.second.route.switch(false)
  made.vote(2)
  await made.clock.advance(1000)
  expect(made.sent()).toEqual([2, 2])
})

test('a promise that does not bind is not kept, its bridge becomes the last choice, and a good one heals that', async () => {
  const made = setUp()
  made.first.route.switch(true)
  made.second.route.switch(true)
  const down = expectOk(parseDownDatagram(made.first.bridge.answer(datagramOf(made, 0)).promise))
  const good = down.kind === 'promise' ? down.note : ''
  const { leaf } = expectOk(parsePromise(expectOk(parseNote(good)).text))
  const bad = { deadline: 9_999_999_999, leaf, log: manifest.id, size: 1 }
  for (let i = 0; i < 3; i++) {
    made.first.route.listener?.onDatagram(encodePromiseDatagram(sign(bad)))
  }
  expect(made.badPromises).toEqual(Array.from({ length: 3 }, () => 'b1 promise-deadline'))
  expect(made.box.counts().promises).toBe(0)
  made.vote(1)
  await made.clock.advance(1000)
  expect([made.sent(), made.factsOf('b1')?.problem]).toEqual([[0, 2], 'bad-promise'])
  made.first.route.listener?.onDatagram(encodePromiseDatagram(good))
  made.vote(2)
  await made.clock.advance(1000)
  expect([made.sent(), made.factsOf('b1')?.problem]).toEqual([[1, 2], null])
})

/** Stores a ballot without sending it and gives back how it would be sent. */
function datagramOf(made: ReturnType<typeof setUp>, slip: number): Uint8Array {
  const items = expectOk(made.box.insertBallot({ canonical: canonicalOf(slip), slipNumber: slip }))
  made.outbox.add(items)
  return items[0]!.datagram
}

function sign(promise: Parameters<typeof signPromise>[0]['promise'], bridge = 'b1'): string {
  const seed = election.bridges.get(bridge)!.promiseSeed
  return signPromise({ ed25519, keyName: keyName.bridge(manifest.id, bridge), seed, promise })
}

test('each rule of a promise is refused by its name, up to its last second and record', () => {
  const nowMs = 1_780_272_000_123
  const { maxDelaySeconds, tickSeconds } = manifest
  const latest = promiseDeadline(nowMs + PROMISE_SLACK_SECONDS * 1000, maxDelaySeconds, tickSeconds)
  const right = { deadline: latest, leaf: new Uint8Array(32), log: manifest.id, size: 1000 }
  const readNote = (note: string, knownSize: number | null = 1000) => {
    const checked = readPromise({ ed25519, manifest, nowMs, knownSize }, note)
    return checked.ok ? checked.value.bridge : checked.error
  }
  const read = (change: Partial<typeof right>, knownSize?: number | null) =>
    readNote(sign({ ...right, ...change }), knownSize)
  expect(read({})).toBe('b1')
  expect(read({ deadline: 5 })).toBe('b1')
  expect(read({ deadline: latest + 1 })).toBe('promise-deadline')
  expect(read({ size: 0 })).toBe('promise-size')
  expect(read({ size: 1000 + MAX_UNSEEN_GROWTH })).toBe('b1')
  expect(read({ size: 1001 + MAX_UNSEEN_GROWTH })).toBe('promise-size')
  expect(read({ size: Number.MAX_SAFE_INTEGER }, null)).toBe('b1')
  expect(read({ log: 'vote.example.kr/2025' })).toBe('promise-of-another-log')
  expect(readNote('not a note')).toBe('promise-unsigned')
  const stranger = {
    keyName: keyName.bridge(manifest.id, 'b1'),
    seed: election.bridges.get('b2')!.promiseSeed,
  }
  expect(readNote(signPromise({ ed25519, ...stranger, promise: right }))).toBe('promise-unsigned')
})

test('whatever two bridges do, a ballot that one of them would record is recorded, and no refusal is asked for twice', async () => {
  const say = fc.constantFrom<Say>('records', 'refuses', 'nothing')
  const phase = fc.record({ b1: say, b2: say, isUp1: fc.boolean(), isUp2: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(phase, { minLength: 1, maxLength: 4 }), async (phases) => {
      const made = setUp()
      const asked = new Map<string, number>()
      for (const { route } of [made.first, made.second]) {
        const { onSend } = route
        route.onSend = (datagram) => {
          const id = route.bridges[0] as string
          if (made.says[id] === 'refuses') {
            const name = `${id} ${toHex(datagram)}`
            asked.set(name, (asked.get(name) ?? 0) + 1)
          }
          onSend(datagram)
        }
      }
      for (const [slip, { b1, b2, isUp1, isUp2 }] of phases.entries()) {
        Object.assign(made.says, { b1, b2 })
        made.first.route.switch(isUp1)
        made.second.route.switch(isUp2)
        made.vote(slip)
        await made.clock.advance(5 * MINUTE_MS)
      }
      Object.assign(made.says, { b1: 'records', b2: 'records' })
      made.first.route.switch(true)
      made.second.route.switch(true)
      await made.clock.advance(60 * MINUTE_MS)
      expect([...asked.values()].every((times) => times === 1)).toBe(true)
      const { refused, ackedOverWifi, cast } = made.box.counts()
      const refusedByAll = [...refused.values()].reduce((sum, count) => sum + count, 0)
      expect(made.box.waiting()).toEqual([])
      expect([cast, ackedOverWifi + refusedByAll]).toEqual([phases.length, phases.length])
    }),
    { numRuns: RUNS },
  )
})
