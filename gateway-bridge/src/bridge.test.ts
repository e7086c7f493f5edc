import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { REFUSAL } from '@hanpyo/protocol/election/refusal.ts'
import { afterEach, expect, test } from 'vitest'
import { TestBridge } from './testing/test-bridge.ts'
import { TestElection } from './testing/test-election.ts'

const backend = await createNodeBackend()
let bridge: TestBridge

afterEach(() => bridge?.dispose())

async function start(options: Partial<ConstructorParameters<typeof TestElection>[0]> = {}) {
  bridge = await TestBridge.start({ election: new TestElection({ backend, ...options }) })
  return bridge.election
}

const typesOf = (leaves: Uint8Array[]) => leaves.map(([type]) => type)

test('a ballot is stored, acknowledged with a promise, published at the tick, and the log verifies', async () => {
  const election = await start()
  const ballot = election.ballot(3)
  await bridge.cast(ballot)
  expect(await bridge.acks(1, [ballotId(ballot)])).toEqual([{ id: toHex(ballotId(ballot)), status: 0 }])
  expect(bridge.promises(1)).toHaveLength(1)
  const before = await bridge.leaves()
  await bridge.tick()
  const after = await bridge.leaves()
  expect(typesOf(after.slice(before.length))).toEqual([0x10, 0x14])
  expect(await bridge.verifyLog()).toEqual([])
  expect(bridge.bridge.state.ballotCount).toBe(1)
})

test('a second ballot of a slip is refused while the first still waits, and both stand in the log', async () => {
  const election = await start()
  const [first, second] = [election.ballot(3), election.ballot(3)]
  await bridge.cast(first)
  await bridge.cast(second)
  const ids = [first, second].map(ballotId)
  expect(await bridge.acks(1, ids)).toEqual([
    { id: toHex(ids[0]!), status: 0 },
    { id: toHex(ids[1]!), status: REFUSAL.credentialSpent },
  ])
  await bridge.tick()
  expect(typesOf(await bridge.leaves()).filter((type) => type === 0x10 || type === 0x13)).toEqual([
    0x10, 0x13,
  ])
  expect(await bridge.verifyLog()).toEqual([])
})
