import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { fromBase64 } from '@hanpyo/protocol/bytes.ts'
import { ok } from '@hanpyo/protocol/result.ts'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { TestElection } from '../testing/test-election.ts'
import type { BallotFacts, ElectionFacts } from './ballot-verifier.ts'
import { createInlineVerifier } from './inline-verifier.ts'
import { createWorkerVerifier, packJob, unpackJob } from './worker-verifier.ts'

const backend = await createNodeBackend()
const election = new TestElection({ backend, slipCount: 6 })
const facts: ElectionFacts = {
  manifestHash: election.manifestHash,
  jointKey: fromBase64(election.manifest.jointKey),
  credentialCount: election.manifest.credentials.count,
}
const workers = createWorkerVerifier({ election: facts, workerCount: 2, log: silentLogger })
const inline = createInlineVerifier(backend, facts)

afterAll(() => workers.close())

const factsOf = (slip: number): BallotFacts => ({
  credential: { publicKey: election.credentialKey(slip), contestIds: [7] },
  kioskKey: election.kiosks[0]!.publicKey,
})

test('workers and the main thread say the same about good, forged and foreign ballots', async () => {
  const cases: [Uint8Array, BallotFacts][] = []
  for (let slip = 0; slip < 6; slip++) {
    const ballot = election.ballot(slip)
    const forged = ballot.slice()
    forged[100 + slip] = (forged[100 + slip] as number) ^ 1
    cases.push([ballot, factsOf(slip)], [forged, factsOf(slip)], [ballot, factsOf((slip + 1) % 6)])
    cases.push([ballot, { ...factsOf(slip), kioskKey: undefined }], [ballot.slice(0, -1), factsOf(slip)])
    cases.push([ballot, { ...factsOf(slip), credential: undefined }])
  }
  const answers = await Promise.all(cases.map(([ballot, known]) => workers.verify(ballot, known)))
  const expected = await Promise.all(cases.map(([ballot, known]) => inline.verify(ballot, known)))
  expect(answers.map(({ ok }) => ok)).toEqual(expected.map(({ ok }) => ok))
  expect(answers.filter((answer) => answer.ok)).toHaveLength(6)
  expect(answers[0]).toEqual(ok(undefined))
  expect(workers.busyCount).toBe(0)
})

test('a ballot that no worker can verify fails alone', async () => {
  const broken = { ...factsOf(0), credential: { publicKey: new Uint8Array(1), contestIds: [7] } }
  const [bad, ...others] = await Promise.allSettled([
    workers.verify(election.ballot(0), broken),
    ...[1, 2, 3, 4].map((slip) => workers.verify(election.ballot(slip), factsOf(slip))),
  ])
  expect(bad).toMatchObject({
    status: 'rejected',
    reason: { message: expect.stringContaining('job-failed') },
  })
  expect(others).toEqual([1, 2, 3, 4].map(() => ({ status: 'fulfilled', value: ok(undefined) })))
  expect(workers.busyCount).toBe(0)
})

test('a packed job unpacks to the same ballots and facts', () => {
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const credential = fc.record({ publicKey: bytes32, contestIds: fc.array(fc.nat(0xffff), { maxLength: 8 }) })
  const ballots = fc.array(
    fc.record({
      canonical: fc.uint8Array({ maxLength: 300 }),
      facts: fc.record({
        credential: fc.option(credential, { nil: undefined }),
        kioskKey: fc.option(bytes32, { nil: undefined }),
      }),
    }),
  )
  fc.assert(
    fc.property(ballots, (some) => {
      expect(unpackJob(packJob(some))).toEqual(some)
    }),
  )
})
