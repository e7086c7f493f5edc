import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { afterEach, expect, test } from 'vitest'
import { TestBridge } from '../testing/test-bridge.ts'
import { TestElection } from '../testing/test-election.ts'

const backend = await createNodeBackend()
let bridge: TestBridge

afterEach(() => bridge?.dispose())

async function start(): Promise<TestElection> {
  bridge = await TestBridge.start({ election: new TestElection({ backend }) })
  return bridge.election
}

/** The log is sound and complete, and a bridge that starts on it agrees. */
async function expectSoundLog(leaves: number, type: number): Promise<void> {
  expect(await bridge.verifyLog()).toEqual([])
  expect((await bridge.leaves()).filter(([first]) => first === type)).toHaveLength(leaves)
  expect((await bridge.restart()).ok).toBe(true)
}

test('an opened ballot under the tracker of another one is not logged and does not spoil a batch', async () => {
  const election = await start()
  const [one, other] = [election.prepare(3), election.prepare(4)]
  await bridge.deliver(election.challenged(one))
  const copy = election.challenged({ ...other, tracker: one.tracker })
  await bridge.deliver(copy)
  await bridge.tick()
  await bridge.deliver(copy)
  await bridge.tick(60)
  await expectSoundLog(1, 0x11)
})

test('more opened ballots at once than a final manifest counts do not spoil a batch', async () => {
  const election = await start()
  await bridge.deliver(election.kioskManifest(1, [], { final: true, challenged: 1 }))
  await bridge.tick()
  for (const slip of [3, 4, 5]) await bridge.deliver(election.challenged(election.prepare(slip)))
  await bridge.tick(60)
  await expectSoundLog(1, 0x11)
})

test('a slip that is voided while a refusal of it waits does not spoil a batch', async () => {
  const election = await start()
  await bridge.deliver(election.kioskManifest(1, [], { final: true }))
  await bridge.tick()
  const unlisted = election.ballot(2)
  await bridge.cast(unlisted)
  await bridge.record(election.voidSlips([2]))
  await bridge.tick(60)
  await expectSoundLog(1, 0x13)
})
