import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { REFUSAL } from '@hanpyo/protocol/election/refusal.ts'
import {
  ballotLeaf,
  createElectionFixture,
  deviceLeaf,
  fixtureBallot,
  KioskChain,
  refusalLeaf,
} from '@hanpyo/protocol/testing/build-ledger.ts'
import { expect, test } from 'vitest'
import { KioskLists } from './kiosk-lists.ts'

const backend = await createNodeBackend()
const election = createElectionFixture({ backend, label: 'kiosk lists', slipCount: 4 })
const [first, second] = election.kiosks
if (first === undefined || second === undefined) throw new Error('a fixture with fewer than two kiosks')
const ballots = [0, 1].map((slip) => fixtureBallot(election, slip, first)) as [Uint8Array, Uint8Array]
const ids = ballots.map(ballotId)
const prefixes = ids.map((id) => toHex(id.subarray(0, 8))).sort()
const leaves = [ballotLeaf(ballots[0]).leaf, refusalLeaf(REFUSAL.slipVoid, ballots[1]).leaf]
const listing = { ballotIds: ids, challenged: 0, state: 'closed', final: true } as const

function missingAfter(records: readonly Uint8Array[]) {
  const lists = new KioskLists(backend.ed25519, election.manifest)
  for (const record of [
    deviceLeaf(election, first as never),
    deviceLeaf(election, second as never),
    ...records,
  ]) {
    const fact = lists.factOf(record[0] ?? 0, record.subarray(1))
    if (fact !== null) lists.apply(fact)
  }
  return [...lists.missing]
}

test('a kiosk is asked for no ballot of its own because another one lists it too', () => {
  const own = new KioskChain(election, first).next(listing)
  const foreign = new KioskChain(election, second).next(listing)
  expect(missingAfter([...leaves, own])).toEqual([])
  expect(missingAfter([own, foreign, ...leaves])).toEqual([[second.id, prefixes]])
  expect(missingAfter([...leaves, foreign, own])).toEqual([[second.id, prefixes]])
})

test('what has not the layout of a ballot stands for none, and is not remembered', () => {
  const lists = new KioskLists(backend.ed25519, election.manifest)
  const [ballot, refusal] = leaves.map((leaf) => leaf.subarray(1)) as [Uint8Array, Uint8Array]
  expect(lists.factOf(0x10, ballot)).not.toBeNull()
  expect(lists.factOf(0x13, refusal)).not.toBeNull()
  for (const body of [new Uint8Array(0), ballot.subarray(1), refusal])
    expect(lists.factOf(0x10, body)).toBeNull()
  for (const body of [new Uint8Array(0), ballot, Uint8Array.of(99, ...ballot)]) {
    expect(lists.factOf(0x13, body)).toBeNull()
  }
})
