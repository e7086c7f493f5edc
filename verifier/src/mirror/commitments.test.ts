import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { createLocalBatch } from '@hanpyo/protocol/group/batch.ts'
import { createMsm } from '@hanpyo/protocol/group/msm.ts'
import { type BuiltLedger, buildLedger } from '@hanpyo/protocol/testing/build-ledger.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type BallotJob, hasCommitments } from '../ballot-pool.ts'
import { fileLog, type ReadPath } from '../source/file-log.ts'
import { SourceError } from '../source/source.ts'
import { verifyJobs } from '../verify-jobs.ts'
import { openWitnessStore } from '../witness/store.ts'
import { Witness } from '../witness/witness.ts'
import {
  type CommitmentSource,
  commitmentSource,
  commitmentsPath,
  parseCommitmentsPath,
} from './commitments.ts'
import { copyReader, readCommitments } from './copy-reader.ts'
import { createMirrorHandler } from './http.ts'
import { Mirror } from './mirror.ts'

const backend = await createNodeBackend()
const together = { backend, msm: createMsm(), random: nodeRandom }
const [open, sealed] = (['open', 'sealed'] as const).map((stage) =>
  buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 }, stage }),
) as [BuiltLedger, BuiltLedger]

let dir: string
const closers: (() => void)[] = []
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hanpyo-commitments-'))
})
afterEach(() => {
  for (const close of closers.splice(0)) close()
  rmSync(dir, { recursive: true })
})

/** A mirror on a folder of its own, and every job its threads would get. */
async function openMirror(name: string, commitments?: CommitmentSource) {
  const store = openWitnessStore(join(dir, `${name}.sqlite`))
  closers.push(() => store.close())
  const jobs: BallotJob[] = []
  let files = open.log.allFiles()
  const mirror = new Mirror({
    folder: join(dir, name),
    source: fileLog('the log', async (path) => files.get(path) ?? null),
    pin: { manifestHash: toHex(sealed.election.manifestHash) },
    backend,
    batch: createLocalBatch(backend.group),
    openPool: (election) => ({
      async verify(some) {
        jobs.push(...some)
        return verifyJobs(together, election, some)
      },
      close: async () => {},
    }),
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
  await mirror.resume()
  const show = (ledger: BuiltLedger): void => {
    files = ledger.log.allFiles()
  }
  return { mirror, jobs, show }
}

/** Reads what a mirror serves over HTTP. */
function servedBy(name: string): ReadPath {
  const folder = join(dir, name)
  const handler = createMirrorHandler({
    reader: copyReader(folder),
    name,
    vkey: 'v',
    source: 'the log',
    status: () => ({ size: 0, problem: null, failure: null, unreadable: null, lookedAt: 1 }),
    commitments: (index, width) => readCommitments(folder, index, width),
  })
  return async (path) => {
    const response = await handler(new Request(`http://mirror.example/${path}`))
    return response.status === 200 ? new Uint8Array(await response.arrayBuffer()) : null
  }
}

test('what one mirror computed lets another verify every ballot together with others, at every size', async () => {
  const first = await openMirror('first')
  expect(await first.mirror.follow()).toMatchObject({ ok: true })
  first.show(sealed)
  expect(await first.mirror.follow()).toMatchObject({ ok: true })
  for (const ledger of [open, sealed]) {
    const second = await openMirror(`second-${ledger.log.size}`, commitmentSource(servedBy('first')))
    second.show(ledger)
    expect(await second.mirror.follow()).toMatchObject({ ok: true })
    expect(second.mirror.view).toMatchObject({ size: ledger.log.size, problem: null })
    expect(second.jobs.length).toBeGreaterThan(0)
    expect(second.jobs.filter((job) => !hasCommitments(job))).toEqual([])
  }
})

test('whoever lies about commitments costs time and changes nothing', async () => {
  const first = await openMirror('first')
  await first.mirror.follow()
  const honest = servedBy('first')
  const lying: ReadPath = async (path, maxBytes) => {
    const bytes = await honest(path, maxBytes)
    return bytes?.map((byte, at) => (at % 97 === 40 ? byte ^ 1 : byte)) ?? null
  }
  const second = await openMirror('second', commitmentSource(lying))
  expect(await second.mirror.follow()).toMatchObject({ ok: true })
  expect(second.mirror.view).toMatchObject({ size: open.log.size, problem: null })
  // It hands on what it found out itself.
  const path = commitmentsPath(0, open.log.size)
  expect(await servedBy('second')(path, 1e6)).toEqual(await honest(path, 1e6))
})

test('a source that fails is asked three times and never again', async () => {
  let asked = 0
  const source = commitmentSource(async (path) => {
    asked += 1
    throw new SourceError('timeout', path, '')
  })
  for (let index = 0; index < 9; index++) expect(await source.of(index, 256)).toEqual([])
  expect(asked).toBe(3)
})

test('garbage is no commitments, and only canonical paths name any', async () => {
  expect(await commitmentSource(async () => Uint8Array.of(9, 9, 9)).of(0, 5)).toEqual([])
  expect(commitmentsPath(1234, 7)).toBe('commitments/x001/234.p/7')
  expect(parseCommitmentsPath('commitments/x001/234.p/7')).toEqual({ index: 1234, width: 7 })
  for (const path of ['commitments/0', 'commitments/x000/001', 'commitments/001.p/256', 'tile/entries/000']) {
    expect(parseCommitmentsPath(path)).toBeNull()
  }
})
