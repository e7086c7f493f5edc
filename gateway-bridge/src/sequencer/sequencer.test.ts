import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { compareBytes, decodeUtf8, toHex } from '@hanpyo/protocol/bytes.ts'
import { encodeLeaf, parseBatch, RECORD } from '@hanpyo/protocol/election/records.ts'
import { encodeRefusal, REFUSAL } from '@hanpyo/protocol/election/refusal.ts'
import { recordId } from '@hanpyo/protocol/link/record-id.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterEach, expect, test } from 'vitest'
import type { LedgerEngine } from '../ledger/engine.ts'
import { TestBridge } from '../testing/test-bridge.ts'
import { TestElection, type TestElectionOptions } from '../testing/test-election.ts'

const backend = await createNodeBackend()
let bridge: TestBridge

afterEach(() => bridge?.dispose())

async function start(
  options: Partial<TestElectionOptions> = {},
  wrap: (engine: LedgerEngine) => LedgerEngine = (engine) => engine,
) {
  bridge = await TestBridge.start({ election: new TestElection({ backend, ...options }), wrap })
  return bridge.election
}

const loggedTypes = async () => (await bridge.leaves()).map(([type]) => type)
const countOf = async (type: number) => (await loggedTypes()).filter((one) => one === type).length
const statuses = async (kioskId: number, ...ballots: Uint8Array[]) =>
  (await bridge.acks(kioskId, ballots.map(ballotId))).map(({ status }) => status)

test('a kiosk with few ballots waits for company or for maxDelay, another one does not wait for it', async () => {
  const election = await start({ minPerKiosk: 2, slipCount: 8 })
  await bridge.cast(election.ballot(0, 1), 1)
  await bridge.cast(election.ballot(1, 2), 2)
  await bridge.cast(election.ballot(2, 2), 2)
  await bridge.tick()
  expect(await countOf(0x10)).toBe(2)
  await bridge.tick(10)
  expect(await countOf(0x10)).toBe(2)
  await bridge.tick(60)
  expect(await countOf(0x10)).toBe(3)
  expect(await bridge.verifyLog()).toEqual([])
})

test('a ballot that comes while a batch is written waits for company like any other', async () => {
  const late: Uint8Array[] = []
  const election = await start({ minPerKiosk: 2, slipCount: 8 }, (engine) => {
    const transaction = engine.transaction.bind(engine)
    engine.transaction = async (work) => {
      const done = await transaction(work)
      for (const ballot of late.splice(0)) await bridge.cast(ballot)
      return done
    }
    return engine
  })
  await bridge.cast(election.ballot(0))
  await bridge.cast(election.ballot(1))
  late.push(election.ballot(2))
  await bridge.tick()
  expect(late).toEqual([])
  expect(await countOf(0x10)).toBe(2)
  await bridge.tick(10)
  expect(await countOf(0x10)).toBe(2)
  await bridge.cast(election.ballot(3))
  await bridge.tick(10)
  expect(await countOf(0x10)).toBe(4)
  expect(await bridge.verifyLog()).toEqual([])
})

test('ballots that are not on disk yet are no company for those that are', async () => {
  const disk = { isSlow: false, done: Promise.withResolvers<void>() }
  const election = await start({ minPerKiosk: 2, slipCount: 8 }, (engine) => {
    const accept = engine.accept.bind(engine)
    engine.accept = async (...args) => {
      if (disk.isSlow) await disk.done.promise
      return accept(...args)
    }
    return engine
  })
  await bridge.cast(election.ballot(0))
  disk.isSlow = true
  const second = bridge.cast(election.ballot(1))
  await bridge.tick()
  expect(await countOf(0x10)).toBe(0)
  disk.done.resolve()
  await second
  await bridge.tick(10)
  expect(await countOf(0x10)).toBe(2)
})

test('refusals that were counted in vain stay off the log until a limit is reached there', async () => {
  let store: LedgerEngine | undefined
  const election = await start({ slipCount: 8 }, (engine) => {
    store = engine
    return engine
  })
  const counts = async () => {
    const batches = (await bridge.leaves()).filter(([type]) => type === 0x14)
    return batches.map((leaf) => expectOk(parseBatch(decodeUtf8(leaf.subarray(1)))).refusedMore)
  }
  // As after a refusal that seemed to reach the limit and was withdrawn.
  await store?.accept([], [1, 1])
  await bridge.cast(election.ballot(0))
  await bridge.tick()
  expect((await counts()).every((refused) => Object.keys(refused).length === 0)).toBe(true)
  for (let again = 0; again < 4; again++) await bridge.cast(election.ballot(0, 1, election.prepare(0)))
  await bridge.tick(60)
  expect((await counts()).at(-1)).toEqual({ 1: 2 })
  expect(await bridge.verifyLog()).toEqual([])
})

test('refusals that replicas together stored beyond a limit are counted, not logged', async () => {
  let store: LedgerEngine | undefined
  const election = await start({ slipCount: 8 }, (engine) => {
    store = engine
    return engine
  })
  await bridge.cast(election.ballot(0))
  for (let again = 0; again < 4; again++) await bridge.cast(election.ballot(0, 1, election.prepare(0)))
  const fifth = election.ballot(0, 1, election.prepare(0))
  const leaf = encodeLeaf(RECORD.refusal, encodeRefusal(REFUSAL.credentialSpent, fifth))
  expect(await store?.accept([{ id: ballotId(fifth), leaf }], [])).toMatchObject({ value: ['stored'] })
  expectOk(await bridge.restart())
  await bridge.tick(60)
  await bridge.cast(election.ballot(1))
  await bridge.tick(60)
  expect(await countOf(0x13)).toBe(4)
  const counted = (await bridge.leaves())
    .filter(([type]) => type === 0x14)
    .map((batch) => expectOk(parseBatch(decodeUtf8(batch.subarray(1)))).refusedMore[1] ?? 0)
  expect(counted.reduce((sum, count) => sum + count, 0)).toBe(1)
  expect((await store?.waiting())?.length).toBe(0)
  expect(await bridge.verifyLog()).toEqual([])
})

test('inside a batch ballots stand by id, not by arrival', async () => {
  const election = await start()
  const ballots = [5, 1, 3, 0].map((slip) => election.ballot(slip))
  for (const ballot of ballots) await bridge.cast(ballot)
  await bridge.tick()
  const logged = (await bridge.leaves()).filter(([type]) => type === 0x10).map((leaf) => leaf.subarray(1))
  expect(logged).toHaveLength(4)
  const ids = logged.map(ballotId)
  expect(ids).toEqual([...ids].sort(compareBytes))
})

test('without growth there is no batch', async () => {
  await start()
  const size = bridge.bridge.sequencer.logState.head.size
  await bridge.tick()
  await bridge.tick(3600)
  expect(bridge.bridge.sequencer.logState.head.size).toBe(size)
})

test('a final manifest lets everything of its kiosk go first, and only listed ballots follow', async () => {
  const election = await start({ minPerKiosk: 20 })
  const [listed, unlisted, late] = [0, 1, 2].map((slip) => election.ballot(slip)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  await bridge.cast(listed)
  const final = election.kioskManifest(1, [listed, late], { final: true })
  await bridge.deliver(final)
  await bridge.cast(unlisted)
  const ids = [ballotId(listed), recordId(final), ballotId(unlisted), ballotId(late)]
  expect((await bridge.acks(1, ids)).map(({ id }) => id)).toEqual(ids.slice(0, 2).map(toHex))
  await bridge.tick()
  const types = await loggedTypes()
  expect(types.indexOf(0x10)).toBeLessThan(types.indexOf(0x12))
  bridge.downlink.sent.length = 0
  await bridge.cast(unlisted)
  await bridge.cast(late)
  expect(await statuses(1, unlisted, late)).toEqual([REFUSAL.notInFinalManifest, 0])
  await bridge.tick(60)
  expect(await bridge.verifyLog()).toEqual([])
})

test('a void slip record waits for the ballot that was acknowledged before it; later ballots are refused', async () => {
  const election = await start({ minPerKiosk: 3 })
  const ballot = election.ballot(4)
  await bridge.cast(ballot)
  await bridge.record(election.voidSlips([4, 5]))
  const voided = election.ballot(5)
  await bridge.cast(voided)
  expect(await statuses(1, ballot, voided)).toEqual([0])
  await bridge.tick()
  expect(await countOf(0x04)).toBe(0)
  await bridge.tick(60)
  const types = await loggedTypes()
  expect(types.indexOf(0x10)).toBeLessThan(types.indexOf(0x04))
  await bridge.cast(voided)
  expect(await statuses(1, ballot, voided)).toEqual([0, REFUSAL.slipVoid])
  const earlier = (await bridge.verifyLog()).map(({ rule }) => rule)
  expect(earlier).toEqual(['void.ballot-earlier'])
})

test('a revocation stops its kiosk at once and stands after the ballots it had delivered', async () => {
  const election = await start({ minPerKiosk: 3 })
  const [before, after] = [election.ballot(0, 2), election.ballot(1, 2)]
  await bridge.cast(before, 2)
  await bridge.record(election.revoke(2))
  await bridge.cast(after, 2)
  expect(await statuses(2, before, after)).toEqual([0])
  await bridge.tick(60)
  expect((await loggedTypes()).filter((type) => type === 0x03 || type === 0x10)).toEqual([3, 3, 0x10, 3])
  expect(await bridge.verifyLog()).toEqual([])
})

test('a challenged ballot is opened in the log, and its randomness can never be cast', async () => {
  const election = await start()
  const prepared = election.prepare(3)
  await bridge.deliver(election.challenged(prepared))
  await bridge.cast(election.ballot(3, 1, prepared))
  await bridge.settled()
  expect(bridge.downlink.sent).toHaveLength(1)
  await bridge.cast(election.ballot(4))
  await bridge.tick()
  const types = await loggedTypes()
  expect(types.slice(-3)).toEqual([0x10, 0x11, 0x14])
  await bridge.cast(election.ballot(3, 1, prepared))
  await bridge.tick(60)
  expect(await countOf(0x10)).toBe(1)
  expect(await countOf(0x13)).toBe(1)
  expect(await bridge.verifyLog()).toEqual([])
})

test('sealing flushes everything that waits, and then nothing more comes in', async () => {
  const election = await start({ minPerKiosk: 20 })
  const ballot = election.ballot(3)
  await bridge.cast(ballot)
  await bridge.cast(election.ballot(3))
  await bridge.record(election.polls('closed', election.manifest.times.closes))
  await bridge.tick()
  expect(await countOf(0x10)).toBe(0)
  const seal = await bridge.record(election.polls('sealed', election.manifest.deliveryDeadline))
  expect(seal.status).toBe(202)
  const late = election.ballot(6)
  await bridge.cast(late)
  await bridge.tick()
  const types = await loggedTypes()
  expect(types.slice(-2)).toEqual([0x02, 0x14])
  expect(types.lastIndexOf(0x13)).toBeLessThan(types.length - 2)
  expect(bridge.bridge.state.polls).toBe('sealed')
  bridge.downlink.sent.length = 0
  await bridge.cast(late)
  expect(await statuses(1, late)).toEqual([REFUSAL.pollsSealed])
  await bridge.tick(3600)
  expect((await loggedTypes()).length).toBe(types.length)
  const broken = (await bridge.verifyLog('sealed')).map(({ rule }) => rule)
  expect(new Set(broken)).toEqual(new Set(['kiosk-manifest.final-missing', 'kiosk-manifest.unlisted']))
})

test('a day of a kiosk verifies as sealed: manifests, turnout, close, seal', async () => {
  const election = await start({ slipCount: 30, kioskCount: 1 })
  const ballots = Array.from({ length: 25 }, (_, slip) => election.ballot(slip))
  for (const ballot of ballots) await bridge.cast(ballot)
  await bridge.tick()
  await bridge.deliver(election.kioskManifest(1, ballots.slice(0, 20), { final: false }))
  await bridge.tick()
  await bridge.deliver(election.kioskManifest(1, ballots.slice(20), { final: true }))
  await bridge.record(election.turnout(25))
  await bridge.record(election.polls('closed', election.manifest.times.closes))
  await bridge.tick()
  const seal = await bridge.record(election.polls('sealed', election.manifest.times.closes + 60))
  expect(seal).toMatchObject({ status: 202, body: { ok: true } })
  await bridge.tick()
  expect(await bridge.verifyLog('sealed')).toEqual([])
})
