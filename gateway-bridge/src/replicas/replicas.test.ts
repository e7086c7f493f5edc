import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { parseAck } from '@hanpyo/protocol/link/ack.ts'
import { FragmentSender } from '@hanpyo/protocol/link/schc/sender.ts'
import { parseCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterEach, expect, test } from 'vitest'
import { TestElection, type TestElectionOptions } from '../testing/test-election.ts'
import { TestReplicas, type TestReplicasOptions } from '../testing/test-replicas.ts'

const backend = await createNodeBackend()
let all: TestReplicas | undefined

afterEach(async () => {
  await all?.dispose()
  all = undefined
})

async function start(
  options: Partial<TestElectionOptions> & Partial<Omit<TestReplicasOptions, 'election'>> = {},
): Promise<TestReplicas> {
  const { count = 2, skewsMs, bridges, ...rest } = options
  const election = new TestElection({ backend, ...rest })
  all = await TestReplicas.start({
    election,
    count,
    ...(skewsMs === undefined ? {} : { skewsMs }),
    ...(bridges === undefined ? {} : { bridges }),
  })
  return all
}

const typesOf = (leaves: readonly Uint8Array[]) => leaves.map(([type]) => type)
const count = (leaves: readonly Uint8Array[], type: number) =>
  typesOf(leaves).filter((one) => one === type).length

test('one replica cuts the batches, and what any of them has accepted is in them', async () => {
  const { election, replicas } = await start({ count: 3 })
  expect(replicas.filter(({ isLeading }) => isLeading)).toHaveLength(1)
  const ballots = replicas.map((_, slip) => election.ballot(slip))
  await Promise.all(replicas.map((replica, at) => replica.cast(ballots[at]!)))
  await all!.ticks(2)
  expect(count(await all!.leaves(), 0x10)).toBe(3)
  expect(all!.heard(ballots.map(ballotId)).map(({ status }) => status)).toEqual([0, 0, 0])
  for (const { bridge } of replicas)
    expect(bridge.sequencer.logState.head.size).toBe((await all!.leaves()).length)
  expect(await all!.verifyLog()).toEqual([])
})

test('a ballot sent again to another replica, before and after it is logged, gets the stored promise byte for byte', async () => {
  const { election, replicas } = await start({ count: 3, skewsMs: [0, 30_000, 50_000] })
  const ballot = election.ballot(3)
  await replicas[1]!.cast(ballot)
  await replicas[2]!.cast(ballot)
  await all!.ticks(2)
  await replicas[0]!.cast(ballot)
  await all!.settled()
  expect(all!.heard([ballotId(ballot)]).map(({ status }) => status)).toEqual([0, 0, 0])
  expect(new Set(all!.promises()).size).toBe(1)
  expect(all!.promises()).toHaveLength(3)
  expect(count(await all!.leaves(), 0x10)).toBe(1)
})

test('of ballots of one slip that race at all replicas one is recorded, and the others are refused in public', async () => {
  const { election, replicas } = await start({ count: 3 })
  const ballots = replicas.map(() => election.ballot(5))
  await Promise.all(replicas.map((replica, at) => replica.cast(ballots[at]!)))
  await all!.settled()
  const statuses = all!.heard(ballots.map(ballotId)).map(({ status }) => status)
  expect(statuses.sort()).toEqual([0, 1, 1])
  await all!.ticks(4)
  const leaves = await all!.leaves()
  expect([count(leaves, 0x10), count(leaves, 0x13)]).toEqual([1, 2])
  expect(await all!.verifyLog()).toEqual([])
})

test('two bridges of two parties on one store accept one of two ballots of a slip, each under its own keys', async () => {
  const election = new TestElection({ backend, hasSecondBridge: true, maxDelaySeconds: 16 })
  const main = { id: election.bridgeId, keys: election.bridgeKeys }
  all = await TestReplicas.start({ election, count: 2, bridges: [main, election.secondBridge] })
  const { replicas } = all
  const ballots = [election.ballot(7, 1), election.ballot(7, 2)]
  await Promise.all(replicas.map((replica, at) => replica.cast(ballots[at]!, at + 1)))
  await all.settled()
  expect(
    all
      .heard(ballots.map(ballotId))
      .map(({ status }) => status)
      .sort(),
  ).toEqual([0, 1])
  await all.ticks(12)
  const leaves = await all.leaves()
  expect([count(leaves, 0x10), count(leaves, 0x13)]).toEqual([1, 1])
  expect(all.promises()).toHaveLength(1)
  expect(await all.verifyLog()).toEqual([])
})

test('the same randomness at two replicas at once is accepted once', async () => {
  const { election, replicas } = await start({ count: 2 })
  const prepared = election.prepare(1)
  const ballots = [election.ballot(1, 1, prepared), election.copyRandomness(2, prepared)]
  await Promise.all(replicas.map((replica, at) => replica.cast(ballots[at]!)))
  await all!.ticks(3)
  for (const [at, replica] of replicas.entries()) await replica.cast(ballots[at]!)
  await all!.ticks(3)
  expect(count(await all!.leaves(), 0x10)).toBe(1)
  const heard = new Map(all!.heard(ballots.map(ballotId)).map(({ id, status }) => [id, status]))
  expect([...heard.values()].sort()).toEqual([0, 2])
  expect(await all!.verifyLog()).toEqual([])
})

test('a note that one replica stores holds back what arrives at another, and what was accepted before stands before it', async () => {
  const { election, replicas } = await start({ count: 2, minPerKiosk: 20, maxDelaySeconds: 16 })
  const [before, after] = [election.ballot(4, 2), election.ballot(5, 2)]
  await replicas[1]!.cast(before, 2)
  expect(await all!.record(election.revoke(2), 0)).toBe(202)
  await replicas[1]!.cast(after, 2)
  await all!.settled()
  expect(all!.heard([before, after].map(ballotId))).toEqual([{ id: toHex(ballotId(before)), status: 0 }])
  await all!.ticks(12)
  const types = typesOf(await all!.leaves())
  expect(types.indexOf(0x10)).toBeGreaterThan(0)
  expect(types.lastIndexOf(0x03)).toBeGreaterThan(types.indexOf(0x10))
  expect(await all!.verifyLog()).toEqual([])
})

test('replicas together log no more refusals of a slip than one alone would', async () => {
  const { election, replicas } = await start({ count: 3 })
  await replicas[0]!.cast(election.ballot(6))
  const rivals = Array.from({ length: 9 }, () => election.ballot(6))
  await Promise.all(rivals.map((rival, at) => replicas[at % 3]!.cast(rival)))
  await all!.ticks(6)
  for (const [at, rival] of rivals.entries()) await replicas[(at + 1) % 3]!.cast(rival)
  await all!.ticks(6)
  expect(count(await all!.leaves(), 0x13)).toBe(4)
  expect(all!.fatal).toEqual([])
  expect(await all!.verifyLog()).toEqual([])
})

test('a ballot that a failover lost is taken again when its kiosk sends it again', async () => {
  const { election, replicas, errors } = await start({ count: 2, minPerKiosk: 3 })
  const [, other] = replicas as [(typeof replicas)[0], (typeof replicas)[0]]
  const ballot = election.ballot(3)
  await other.cast(ballot)
  const { engine } = other.handle
  const { snapshot } = engine
  engine.snapshot = async () => ({ ...(await snapshot()), waiting: [] })
  await all!.ticks(2)
  expect(errors).toContain('store-lost-records')
  engine.snapshot = snapshot
  await other.cast(ballot)
  await all!.settled()
  expect(all!.heard([ballotId(ballot)]).map(({ status }) => status)).toEqual([0, 0])
  await all!.ticks(70)
  expect(count(await all!.leaves(), 0x10)).toBe(1)
})

test('a ballot still being written at the leader, and refused at another replica, is a refusal for both', async () => {
  const { election, replicas, errors } = await start({ count: 2 })
  const [leader, other] = replicas as [(typeof replicas)[0], (typeof replicas)[0]]
  const [first, second] = [election.ballot(3), election.ballot(3)]
  const isHeld = Promise.withResolvers<void>()
  const isWriting = Promise.withResolvers<void>()
  const { engine } = leader.handle
  const { accept } = engine
  engine.accept = async (...args) => {
    isWriting.resolve()
    await isHeld.promise
    return accept(...args)
  }
  const written = leader.cast(second)
  await isWriting.promise
  await other.cast(first)
  await other.cast(second)
  await all!.ticks(70)
  expect(count(await all!.leaves(), 0x10)).toBe(1)
  expect(count(await all!.leaves(), 0x13)).toBe(1)
  isHeld.resolve()
  await written
  await all!.ticks(2)
  expect(errors).toEqual([])
  expect(all!.fatal).toEqual([])
  const [, id] = [first, second].map(ballotId)
  const heard = all!.heard([first, second].map(ballotId)).filter((one) => one.id === toHex(id!))
  expect(new Set(heard.map(({ status }) => status))).toEqual(new Set([1]))
  expect(await all!.verifyLog()).toEqual([])
})

test('when the leader dies another one goes on with what it had not published', async () => {
  const { election, replicas } = await start({ count: 3 })
  const ballot = election.ballot(2)
  const leader = replicas.findIndex(({ isLeading }) => isLeading)
  await replicas[leader]!.cast(ballot)
  await all!.settled()
  all!.kill(leader)
  await all!.ticks(3)
  expect(all!.leader).toBeDefined()
  expect(count(await all!.leaves(), 0x10)).toBe(1)
  await all!.restart(leader)
  expect(all!.replicas.filter(({ isLeading }) => isLeading)).toHaveLength(1)
  expect(await all!.verifyLog()).toEqual([])
})

test('two that believe to lead fork nothing and lose nothing, and one is left when the other hears of it', async () => {
  const { election, replicas } = await start({ count: 2 })
  const tell = all!.store.breakLead()
  await all!.clock.advance(1_100)
  await all!.settled()
  expect(replicas.map(({ isLeading }) => isLeading)).toEqual([true, true])
  for (let slip = 0; slip < 4; slip++) {
    await replicas[slip % 2]!.cast(election.ballot(slip))
    await all!.ticks()
  }
  tell()
  await all!.ticks(2)
  expect(all!.fatal).toEqual([])
  expect(replicas.filter(({ isLeading }) => isLeading)).toHaveLength(1)
  expect(count(await all!.leaves(), 0x10)).toBe(4)
  expect(await all!.verifyLog()).toEqual([])
})

test('a leader that hears that its lock is gone leads no more, and tries again', async () => {
  const { replicas } = await start({ count: 2 })
  all!.store.breakLead()()
  expect(replicas.filter(({ isLeading }) => isLeading)).toHaveLength(0)
  await all!.clock.advance(1_100)
  await all!.settled()
  expect(replicas.filter(({ isLeading }) => isLeading)).toHaveLength(1)
})

test('what a replica shows as published never goes back, and is the same note as the leader has', async () => {
  const { election, replicas } = await start({ count: 3 })
  const seen = replicas.map(() => 0)
  for (let slip = 0; slip < 6; slip++) {
    await replicas[slip % 3]!.cast(election.ballot(slip))
    if (slip === 3) all!.store.breakLead()()
    await all!.ticks()
    for (const [at, replica] of replicas.entries()) {
      const note = await (await replica.fetch('/checkpoint')).text()
      const { size } = expectOk(parseCheckpoint(expectOk(parseNote(note)).text))
      expect(size).toBeGreaterThanOrEqual(seen[at]!)
      seen[at] = size
    }
  }
  expect(new Set(seen).size).toBe(1)
})

test('clocks that are minutes apart at a tick delay batches, break no promise and double nothing', async () => {
  // A tick is 60 s here; one clock is two and a half minutes behind the other, and the lead goes to and fro.
  const { election, replicas, clock } = await start({
    count: 2,
    tickSeconds: 60,
    maxDelaySeconds: 600,
    minPerKiosk: 3,
    skewsMs: [0, -150_000],
  })
  const cast: { readonly id: Uint8Array; readonly atMs: number }[] = []
  const published = new Map<string, number>()
  const observe = async () => {
    for (const leaf of await all!.leaves()) {
      const id = leaf[0] === 0x10 ? toHex(ballotId(leaf.subarray(1))) : ''
      if (!published.has(id)) published.set(id, clock.now())
    }
  }
  for (let slip = 0; slip < 8; slip++) {
    const ballot = election.ballot(slip)
    cast.push({ id: ballotId(ballot), atMs: clock.now() })
    await replicas[slip % 2]!.cast(ballot)
    const tell = all!.store.breakLead()
    if (slip % 2 === 0) tell()
    for (let tick = 0; tick < 2; tick++) {
      await all!.ticks()
      await observe()
    }
  }
  for (let tick = 0; tick < 14; tick++) {
    await all!.ticks()
    await observe()
  }
  for (const { id, atMs } of cast) {
    // the promise of the right clock plus what every reader of promises allows
    expect(published.get(toHex(id))).toBeLessThanOrEqual(atMs + 600_000 + 60_000 + 120_000)
  }
  expect(count(await all!.leaves(), 0x10)).toBe(8)
  expect(all!.fatal).toEqual([])
  expect(await all!.verifyLog()).toEqual([])
})

test('what others accept is read once, however often the store is followed', async () => {
  const { election, replicas, store } = await start({ count: 2, minPerKiosk: 50, maxDelaySeconds: 600 })
  let fetched = 0
  const { engine } = store
  const waitingRecords = engine.waitingRecords.bind(engine)
  engine.waitingRecords = (ids) => {
    fetched += ids.length
    return waitingRecords(ids)
  }
  for (let slip = 0; slip < 10; slip++) {
    await replicas[0]!.cast(election.ballot(slip))
    await all!.ticks()
    await replicas[1]!.bridge.follow()
  }
  expect(fetched).toBe(10)
})

test('a replica whose store shows less than it has followed signs and acknowledges nothing more', async () => {
  const { election, replicas, store } = await start({ count: 2 })
  const before = await store.engine.snapshot()
  await replicas[0]!.cast(election.ballot(0))
  await all!.ticks(2)
  store.engine.snapshot = async () => before
  const late = election.ballot(1)
  await Promise.all(replicas.map((replica) => replica.bridge.follow()))
  void replicas[1]!.cast(late)
  await all!.ticks(2)
  expect(all!.fatal.length).toBeGreaterThanOrEqual(2)
  expect(all!.fatal.every((what) => what.startsWith('forked'))).toBe(true)
  expect(count(await all!.leaves(), 0x10)).toBe(1)
})

test('neither the log nor what waits tells in which order, or at which replica, ballots arrived', async () => {
  const election = new TestElection({ backend })
  const ballots = [0, 1, 2, 3, 4, 5].map((slip) => election.ballot(slip))
  const arrivals = [ballots, [...ballots].reverse()]
  const logs: Uint8Array[][] = []
  for (const arrival of arrivals) {
    all = await TestReplicas.start({ election, count: 3 })
    for (const [at, ballot] of arrival.entries()) await all.replicas[at % 3]!.cast(ballot)
    const { waiting } = await all.store.engine.snapshot()
    expect(waiting.map(toHex)).toEqual(ballots.map((one) => toHex(ballotId(one))).sort())
    await all.ticks(2)
    logs.push((await all.leaves()).filter(([type]) => type === 0x10))
    await all.dispose()
  }
  all = undefined
  expect(logs[0]).toEqual(logs[1])
})

test('the fragments of one ballot may reach one replica after the other', async () => {
  const { election, replicas } = await start({ count: 3 })
  const { devEui } = election.kiosks[0]!
  const ballot = election.ballot(3)
  const frames = framesOf(election.datagram(ballot))
  expect(frames.length).toBeGreaterThan(3)
  for (const [at, frame] of frames.entries()) await replicas[at % 3]!.fragment(devEui, frame)
  await all!.settled()
  const downs = replicas.flatMap((replica) => replica.downlinks(devEui))
  expect(downs.map(({ fPort }) => fPort)).toEqual([1])
  expect(expectOk(parseAck(downs[0]!.data)).items).toEqual([
    { status: 0, prefix: ballotId(ballot).subarray(0, 6) },
  ])
  expect(await all!.store.engine.fragments.devices()).toEqual([])
})

test('fragments that reach all replicas at the same moment make one packet', async () => {
  const { election, replicas } = await start({ count: 3 })
  const { devEui } = election.kiosks[0]!
  const ballot = election.ballot(4)
  const frames = framesOf(election.datagram(ballot))
  await Promise.all(frames.map((frame, at) => replicas[at % 3]!.fragment(devEui, frame)))
  await replicas[1]!.fragment(devEui, frames.at(-1)!)
  await all!.ticks(2)
  expect(count(await all!.leaves(), 0x10)).toBe(1)
})

/** The frames of a datagram at the smallest payload limit, the request at the end. */
function framesOf(datagram: Uint8Array): Uint8Array[] {
  const sender = new FragmentSender(datagram)
  const frames: Uint8Array[] = []
  for (;;) {
    const step = sender.next(51, 0)
    if (step.do !== 'send') return frames
    frames.push(step.payload)
  }
}
