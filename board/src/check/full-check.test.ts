import { RECORD } from '@hanpyo/protocol/election/leaf.ts'
import { createNobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { createSodiumGroup } from '@hanpyo/protocol/group/sodium.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { buildLedger } from '@hanpyo/protocol/testing/build-ledger.ts'
import { expect, test } from 'vitest'
import { type BallotJob, ballotHolds } from './ballot-job.ts'
import { ballotLanes, type LaneWorker } from './ballot-lanes.ts'
import { FullCheck, type FullCheckState } from './full-check.ts'

const backend = { group: await createSodiumGroup(), ed25519: createNobleEd25519() }
const { election, log, counts } = buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 } })
const input = {
  manifestNote: election.manifestNote,
  credentials: election.credentialList,
  support: election.supportList,
  ceremony: election.ceremony as Uint8Array,
}

async function check(
  leaves: readonly Uint8Array[],
  verifyAhead?: (job: BallotJob) => Promise<boolean>,
): Promise<FullCheckState> {
  const ports = { backend, blob: async () => null, ...(verifyAhead === undefined ? {} : { verifyAhead }) }
  const full = expectOk(FullCheck.open(ports, input))
  let ahead = 1
  while (full.done < leaves.length) {
    for (; ahead < Math.min(leaves.length, full.done + 20); ahead++)
      full.lookAhead(ahead, leaves[ahead] as Uint8Array)
    await full.take(leaves[full.done] as Uint8Array)
  }
  return full.report(true)
}

const rulesOf = ({ violations }: FullCheckState): string[] =>
  violations.map(({ rule, index }) => `${index} ${rule}`)

test('an honest ledger holds, and its ballots are verified ahead once each', async () => {
  const seen: BallotJob[] = []
  const state = await check(log.leaves, async (job) => {
    seen.push(job)
    return ballotHolds(backend, job)
  })
  expect(rulesOf(state)).toEqual([])
  expect(state.finish).toEqual({ stage: 'sealed', violations: [] })
  // The first ones came before their kiosk was enrolled and were verified in their turn.
  expect(seen.length).toBeGreaterThan(counts.ballots / 2)
  expect(new Set(seen.map(({ canonical }) => canonical.join()))).toHaveProperty('size', seen.length)
})

test('files that are needed and not handed over are named', async () => {
  expect((await check(log.leaves.slice(0, 2))).missingBlobs).toEqual([])
  const without = { ...input, ceremony: null }
  const full = expectOk(FullCheck.open({ backend, blob: async () => null }, without))
  expect(full.report(false).missingBlobs).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
})

test('a ballot with a changed proof fails, whoever verified it', async () => {
  const at = log.leaves.findIndex((leaf) => leaf[0] === RECORD.ballot)
  const first = log.leaves.slice(0, at + 8)
  const changed = first.map((leaf, i) => (i === at + 2 ? leaf.with(140, (leaf[140] as number) ^ 1) : leaf))
  const byLanes = await check(changed, async (job) => ballotHolds(backend, job))
  expect(rulesOf(byLanes)).toContain(`${at + 2} ballot.kiosk-signature`)
  expect(rulesOf(await check(changed))).toEqual(rulesOf(byLanes))
})

test('threads that fail make the check slow, never wrong', async () => {
  const failing = (): LaneWorker => {
    const listeners = new Map<string, (event: never) => void>()
    return {
      postMessage: () => queueMicrotask(() => listeners.get('error')?.({} as never)),
      addEventListener: (type: string, listener: (event: never) => void) =>
        void listeners.set(type, listener),
    }
  }
  const some = log.leaves.slice(0, 24)
  const state = await check(some, ballotLanes([failing(), failing()]))
  expect(rulesOf(state)).toEqual([])
  expect(state.done).toBe(some.length)
})
