import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import type { Failure } from '@hanpyo/protocol/checks/findings.ts'
import { noteLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import {
  ballotLeaf,
  buildLedger,
  createElectionFixture,
  deviceLeaf,
  fixtureBallot,
  LedgerBuilder,
  pollsLeaf,
} from '@hanpyo/protocol/testing/build-ledger.ts'
import { expect, test } from 'vitest'
import { createBallotPool } from './ballot-pool.ts'
import { fileLog } from './source/file-log.ts'
import { verifyLog } from './verify.ts'

const backend = await createNodeBackend()
const election = createElectionFixture({
  backend,
  ceremony: { trustees: 3, threshold: 2 },
  slipCount: 700,
  label: 'large',
})
const [first, second, spare] = election.kiosks as typeof election.kiosks & { length: 3 }

/**
 * 650 good ballots, one with a broken signature and one with the challenge of another; half way kiosk 1 gets the
 * keys of kiosk 3, so that guesses made ahead of time go wrong.
 */
function largeLedger(): LedgerBuilder {
  const { manifest, seeds } = election
  const log = new LedgerBuilder({ ed25519: backend.ed25519, origin: manifest.id, logSeed: seeds.log })
  log.addBlob(election.credentialList)
  log.addBlob(election.supportList)
  log.addBlob(election.ceremony as Uint8Array)
  log.addBatch({
    notes: [
      noteLeaf(RECORD.manifest, election.manifestNote),
      deviceLeaf(election, first!),
      deviceLeaf(election, second!),
    ],
  })
  log.addBatch({ notes: [pollsLeaf(election, 'open', manifest.times.opens)] })
  const ballots = (from: number, to: number, kiosk = second!) =>
    Array.from({ length: to - from }, (_, i) => ballotLeaf(fixtureBallot(election, from + i, kiosk)))
  log.addBatch({ ballots: ballots(0, 300) })
  log.addBatch({ ballots: ballots(300, 400, first!) })
  const replacement = { ...spare!, id: 1 }
  log.addBatch({ notes: [deviceLeaf(election, first!, 'revoke'), deviceLeaf(election, replacement)] })
  log.addBatch({ ballots: ballots(400, 650, replacement) })
  const bent = fixtureBallot(election, 650, second!)
  bent[bent.length - 1]! ^= 1
  const foreignProof = fixtureBallot(election, 651, second!)
  foreignProof.set(bent.subarray(75, 91), 75)
  log.addBatch({ ballots: [ballotLeaf(bent)] })
  log.addBatch({ ballots: [ballotLeaf(foreignProof)] })
  return log
}

const log = largeLedger()
const files = log.allFiles()
const source = fileLog('large', async (path) => files.get(path) ?? null)
const pin = { authorityVkey: election.manifest.keys.authority }
const rulesOf = (failures: readonly Failure[]) => failures.map(({ index, rule }) => [index, rule])

test('worker threads find what one thread finds, also after a kiosk was replaced', async () => {
  const alone = (await verifyLog({ source, backend, pin })).report
  const together = (
    await verifyLog({ source, backend, pin, openPool: (facts) => createBallotPool(2, facts) })
  ).report
  expect(together).toEqual(alone)
  expect(alone.counts.ballots).toBe(650)
  expect(rulesOf(alone.checks.flatMap(({ failures }) => failures))).toEqual([
    [log.size - 4, 'ballot.kiosk-signature'],
    [log.size - 2, 'ballot.kiosk-signature'],
  ])
})

test('a pool that fails costs time, not the verdict', async () => {
  const broken = {
    verify: async (jobs: readonly unknown[]) => jobs.map(() => null),
    close: async () => undefined,
  }
  const { report } = await verifyLog({ source, backend, pin, openPool: () => broken })
  expect(report.counts.ballots).toBe(650)
})

test('a pool is not opened for a small ledger', async () => {
  const small = buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 }, stage: 'setup' })
  const openPool = () => expect.fail('opened')
  const path = small.log.allFiles()
  const reader = fileLog('small', async (name) => path.get(name) ?? null)
  await verifyLog({ source: reader, backend, openPool })
})
