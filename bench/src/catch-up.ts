import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { noteLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import { createLocalBatch } from '@hanpyo/protocol/group/batch.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import {
  ballotLeaf,
  createElectionFixture,
  deviceLeaf,
  type ElectionFixture,
  fixtureBallot,
  LedgerBuilder,
  pollsLeaf,
} from '@hanpyo/protocol/testing/build-ledger.ts'
import { type BallotJob, type BallotPool, createBallotPool } from '@hanpyo/verifier/ballot-pool.ts'
import { type CommitmentSource, commitmentSource } from '@hanpyo/verifier/mirror/commitments.ts'
import { readCommitments } from '@hanpyo/verifier/mirror/copy-reader.ts'
import { Mirror } from '@hanpyo/verifier/mirror/mirror.ts'
import { fileLog } from '@hanpyo/verifier/source/file-log.ts'
import { openWitnessStore } from '@hanpyo/verifier/witness/store.ts'
import { Witness } from '@hanpyo/verifier/witness/witness.ts'
import { against, type Bench } from './harness.ts'

const BALLOTS = 8_000
const IN_A_BATCH = 1_000

export const catchUpBench: Bench = {
  name: 'catch-up',
  summary: `a mirror copies, verifies and keeps ${BALLOTS} ballots, beside verification alone`,
  async run(report) {
    const backend = await createNodeBackend()
    report('  making an election and its ballots …')
    const election = createElectionFixture({
      backend,
      ceremony: { trustees: 3, threshold: 2 },
      slipCount: BALLOTS,
      label: 'catch-up',
    })
    const files = ledgerOf(election).allFiles()
    const dir = await mkdtemp(join(tmpdir(), 'hanpyo-bench-'))
    try {
      const context = { backend, election, files, dir }
      report('  a mirror that verifies every ballot by itself …')
      const alone = await catchUp('alone', context)
      report('  the same threads on the same ballots, with nothing around …')
      const raw = await rawLimit(alone.jobs, alone.election)
      report('  a mirror that is handed commitments …')
      const folder = join(dir, 'alone')
      const helped = await catchUp('helped', context, {
        of: (index, width) => commitmentSource(() => readCommitments(folder, index, width)).of(index, width),
      })
      return [
        against(
          { name: 'each ballot by itself', value: alone.perSecond, unit: 'ballots/s', reach: '≥ 0.9 ×' },
          'verification alone',
          raw,
        ),
        against(
          { name: 'with commitments handed on', value: helped.perSecond, unit: 'ballots/s', reach: '≥ 3 ×' },
          'verification alone',
          raw,
        ),
      ]
    } finally {
      await rm(dir, { recursive: true })
    }
  },
}

interface Context {
  readonly backend: CryptoBackend
  readonly election: ElectionFixture
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly dir: string
}

async function catchUp(name: string, context: Context, commitments?: CommitmentSource) {
  const { backend, election, files, dir } = context
  const store = openWitnessStore(join(dir, `${name}.sqlite`))
  const jobs: BallotJob[] = []
  let facts: Parameters<typeof createBallotPool>[1] | undefined
  let pool: BallotPool | undefined
  const mirror = new Mirror({
    folder: join(dir, name),
    source: fileLog('the log', async (path) => files.get(path) ?? null),
    pin: { manifestHash: toHex(election.manifestHash) },
    backend,
    batch: createLocalBatch(backend.group),
    openPool(opened) {
      facts = opened
      pool = createBallotPool(availableParallelism(), opened)
      const { verify, close } = pool
      return {
        verify(some) {
          jobs.push(...some)
          return verify(some)
        },
        close,
      }
    },
    commitments,
    witness: new Witness({
      ed25519: backend.ed25519,
      store,
      name: `mirror.example/${name}`,
      seed: new Uint8Array(32).fill(9),
      now: () => 1_800_000_000,
    }),
    trust: (logVkey) => void store.add(logVkey.slice(0, logVkey.indexOf('+')), logVkey),
  })
  try {
    await mirror.resume()
    const begunMs = performance.now()
    const followed = await mirror.follow()
    const seconds = (performance.now() - begunMs) / 1000
    if (!followed.ok || facts === undefined) throw new Error(`the mirror stopped: ${mirror.view.problem}`)
    return { perSecond: BALLOTS / seconds, jobs, election: facts }
  } finally {
    await mirror.close()
    store.close()
  }
}

/** Fresh threads too, so that both pay for starting them. */
async function rawLimit(
  jobs: readonly BallotJob[],
  election: Parameters<typeof createBallotPool>[1],
): Promise<number> {
  const pool = createBallotPool(availableParallelism(), election)
  const begunMs = performance.now()
  const verdicts = await pool.verify(jobs)
  const seconds = (performance.now() - begunMs) / 1000
  await pool.close()
  if (verdicts.some((verdict) => verdict === null)) throw new Error('an honest ballot was refused')
  return jobs.length / seconds
}

function ledgerOf(election: ElectionFixture): LedgerBuilder {
  const { backend, manifest, seeds, kiosks } = election
  const log = new LedgerBuilder({ ed25519: backend.ed25519, origin: manifest.id, logSeed: seeds.log })
  log.addBlob(election.credentialList)
  log.addBlob(election.supportList)
  log.addBlob(election.ceremony as Uint8Array)
  log.addBatch({
    notes: [
      noteLeaf(RECORD.manifest, election.manifestNote),
      ...kiosks.map((kiosk) => deviceLeaf(election, kiosk)),
    ],
  })
  log.addBatch({ notes: [pollsLeaf(election, 'open', manifest.times.opens)] })
  for (let first = 0; first < BALLOTS; first += IN_A_BATCH) {
    const ballots = Array.from({ length: Math.min(IN_A_BATCH, BALLOTS - first) }, (_, i) => {
      const slip = first + i
      return ballotLeaf(fixtureBallot(election, slip, kiosks[slip % kiosks.length] as (typeof kiosks)[0]))
    })
    log.addBatch({ ballots })
  }
  return log
}
