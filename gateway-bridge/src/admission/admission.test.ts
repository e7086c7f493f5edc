import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { REFUSAL } from '@hanpyo/protocol/election/refusal.ts'
import { ok } from '@hanpyo/protocol/result.ts'
import { afterEach, expect, test } from 'vitest'
import { TestBridge } from '../testing/test-bridge.ts'
import { TestElection, type TestElectionOptions } from '../testing/test-election.ts'

const backend = await createNodeBackend()
let bridge: TestBridge

afterEach(() => bridge?.dispose())

async function start(options: Partial<TestElectionOptions> & { polls?: 'open' | 'not-open' } = {}) {
  const { polls = 'open', ...rest } = options
  bridge = await TestBridge.start({ election: new TestElection({ backend, ...rest }), polls })
  return bridge.election
}

const loggedTypes = async () => (await bridge.leaves()).map(([type]) => type)
const countOf = async (type: number) => (await loggedTypes()).filter((one) => one === type).length
const metric = (name: string) =>
  bridge.bridge.metrics.registry.getSingleMetricAsString(`hanpyo_bridge_${name}`)
const statuses = async (kioskId: number, ...ballots: Uint8Array[]) =>
  (await bridge.acks(kioskId, ballots.map(ballotId))).map(({ status }) => status)

test('the same ballot again is acknowledged again with the same promise, waiting or logged, and logged once', async () => {
  const election = await start()
  const ballot = election.ballot(3)
  await bridge.cast(ballot)
  await bridge.cast(ballot)
  await bridge.tick()
  await bridge.cast(ballot)
  await bridge.tick()
  expect(await statuses(1, ballot)).toEqual([0, 0, 0])
  const promises = bridge.promises(1)
  expect(promises).toHaveLength(3)
  expect(new Set(promises).size).toBe(1)
  expect(await countOf(0x10)).toBe(1)
  expect(await bridge.verifyLog()).toEqual([])
})

test('copies that arrive at the same moment are stored once and each is acknowledged', async () => {
  const election = await start()
  const ballot = election.ballot(3)
  await Promise.all(Array.from({ length: 8 }, () => bridge.cast(ballot)))
  expect(await statuses(1, ballot)).toEqual(Array(8).fill(0))
  await bridge.tick()
  expect(await countOf(0x10)).toBe(1)
})

test('of ballots for one slip that race from two kiosks one is recorded, the others are refused', async () => {
  const election = await start()
  const ballots = [1, 2, 1, 2].map((kioskId) => ({ kioskId, bytes: election.ballot(5, kioskId) }))
  await Promise.all(ballots.map(({ kioskId, bytes }) => bridge.cast(bytes, kioskId)))
  const all = ballots.map(({ bytes }) => bytes)
  const given = [...(await statuses(1, ...all)), ...(await statuses(2, ...all))].sort()
  expect(given).toEqual([0, 1, 1, 1])
  await bridge.tick()
  await bridge.tick(60)
  expect(await countOf(0x10)).toBe(1)
  expect(await countOf(0x13)).toBe(3)
  expect(await bridge.verifyLog()).toEqual([])
})

test('a ballot is refused for another one of its slip only once that one is on disk', async () => {
  const isWriting = Promise.withResolvers<void>()
  const isHeld = Promise.withResolvers<void>()
  const stored: (number | undefined)[] = []
  const election = new TestElection({ backend })
  bridge = await TestBridge.start({
    election,
    wrap(engine) {
      const accept = engine.accept.bind(engine)
      let isFirst = true
      engine.accept = async (records, ...more) => {
        if (records[0]?.leaf[0] === 0x10 && isFirst) {
          isFirst = false
          isWriting.resolve()
          await isHeld.promise
          return ok(records.map(() => 'claim-taken'))
        }
        stored.push(...records.map(({ leaf }) => leaf[0]))
        return accept(records, ...more)
      }
      return engine
    },
  })
  stored.length = 0
  const [first, second] = [election.ballot(3), election.ballot(3)]
  const sent = [bridge.cast(first)]
  await isWriting.promise
  sent.push(bridge.cast(second))
  await bridge.settled()
  isHeld.resolve()
  await Promise.all(sent)
  expect(stored).toEqual([0x10, 0x13])
  expect((await statuses(1, first, second)).sort()).toEqual([0, 1])
})

test('a refused ballot sent again gets the same answer and is not logged again', async () => {
  const election = await start()
  const [first, second] = [election.ballot(3), election.ballot(3)]
  await bridge.cast(first)
  await bridge.cast(second)
  await bridge.cast(second)
  await bridge.tick()
  await bridge.cast(second)
  await bridge.tick()
  const ids = [first, second].map(ballotId)
  const ofSecond = (await bridge.acks(1, ids)).filter(({ id }) => id === toHex(ids[1]!))
  expect(ofSecond.map(({ status }) => status)).toEqual([1, 1, 1])
  expect(await countOf(0x13)).toBe(1)
})

test('a forged ballot is dropped without an answer, whatever byte was changed', async () => {
  const election = await start()
  const ballot = election.ballot(3)
  const datagram = election.datagram(ballot)
  for (const at of [4, 5, 40, 80, 90, 130, 170, datagram.length - 1]) {
    const forged = datagram.slice()
    forged[at] = (forged[at] as number) ^ 1
    await bridge.deliver(forged)
  }
  expect(bridge.downlink.sent).toEqual([])
  await bridge.tick()
  expect(await countOf(0x10)).toBe(0)
  expect(await metric('dropped_total')).toMatch(/kiosk-signature|element-invalid|credential-index/)
})

test('a ballot of another election and one of another kiosk are foreign', async () => {
  const election = await start()
  const other = new TestElection({ backend, label: 'another', opens: 1_800_000_000 })
  await bridge.deliver(other.datagram(other.ballot(1)))
  await bridge.deliver(election.datagram(election.ballot(1, 1)), 2)
  expect(bridge.downlink.sent).toEqual([])
  await bridge.tick()
  expect(await countOf(0x10)).toBe(0)
})

test('a kiosk that is not enrolled gets no answer', async () => {
  const election = await start()
  await bridge.record(election.revoke(2))
  await bridge.tick()
  await bridge.cast(election.ballot(1, 2), 2)
  await bridge.deliver(election.datagram(election.ballot(2, 1)), 99)
  expect(bridge.downlink.sent).toEqual([])
  expect(await metric('dropped_total')).toContain('reason="kiosk-unknown"} 2')
})

test('garbage on a kiosk topic is counted, acknowledged to the broker and forgotten', async () => {
  await start()
  for (const bytes of [[], [0x80], [0x10, 1, 2], [0x13, 9], [0x12], [0x12, 1, 2, 3], Array(300).fill(0xff)]) {
    await bridge.deliver(Uint8Array.from(bytes))
  }
  expect(bridge.downlink.sent).toEqual([])
  await bridge.tick()
  expect(bridge.fatal).toEqual([])
})

test('a ballot before the polls open is refused, and the refusal stands before the opening', async () => {
  const election = await start({ polls: 'not-open' })
  const ballot = election.ballot(3)
  await bridge.cast(ballot)
  expect(await statuses(1, ballot)).toEqual([REFUSAL.pollsNotOpen])
  await bridge.record(election.polls('open'))
  await bridge.tick()
  const types = await loggedTypes()
  expect(types.indexOf(0x13)).toBeGreaterThan(0)
  expect(types.indexOf(0x13)).toBeLessThan(types.indexOf(0x02))
  expect(await bridge.verifyLog()).toEqual([])
})

test('while the opening waits for its tick ballots are not answered; sent again after it they are recorded', async () => {
  const election = await start({ polls: 'not-open' })
  await bridge.record(election.polls('open'))
  const ballot = election.ballot(3)
  await bridge.cast(ballot)
  expect(await statuses(1, ballot)).toEqual([])
  await bridge.tick()
  await bridge.cast(ballot)
  expect(await statuses(1, ballot)).toEqual([0])
  await bridge.tick()
  expect(await bridge.verifyLog()).toEqual([])
})

test('randomness used in another ballot is refused, and while that one waits not answered', async () => {
  const election = await start()
  const prepared = election.prepare(3)
  const first = election.ballot(3, 1, prepared)
  await bridge.cast(first)
  const copied = election.copyRandomness(4, prepared)
  await bridge.cast(copied)
  expect(await statuses(1, first, copied)).toEqual([0])
  await bridge.tick()
  await bridge.cast(copied)
  expect((await statuses(1, first, copied)).at(-1)).toBe(REFUSAL.c1Seen)
  await bridge.tick()
  expect(await bridge.verifyLog()).toEqual([])
})

test('four refusals of a slip are logged, the rest is counted in the batch', async () => {
  const election = await start()
  for (let n = 0; n < 7; n++) await bridge.cast(election.ballot(2))
  await bridge.tick()
  await bridge.cast(election.ballot(9))
  await bridge.tick()
  expect(await countOf(0x13)).toBe(4)
  const batches = (await bridge.leaves()).filter(([type]) => type === 0x14)
  const text = batches.map((leaf) => new TextDecoder().decode(leaf.subarray(1))).join('')
  expect(text).toContain('"refusedMore":{"1":2}')
  expect(await bridge.verifyLog()).toEqual([])
})
