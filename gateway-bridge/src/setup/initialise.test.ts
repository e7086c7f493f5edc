import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import { openSqliteEngine } from '../ledger/sqlite-engine.ts'
import { TestElection } from '../testing/test-election.ts'
import { initialise } from './initialise.ts'

const backend = await createNodeBackend()

async function emptyStore() {
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-initialise-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const engine = expectOk(openSqliteEngine({ path: join(dir, 'ledger.db') }))
  onTestFinished(() => engine.close())
  const initialiseFor = ({ manifestNote, blobs, bridgeKeys }: TestElection) =>
    initialise({ engine, backend, manifestNote, blobs, logSeed: bridgeKeys.logSeed })
  return { engine, initialiseFor }
}

test('a store with a ledger is left as it is, and whose ledger it is decides what is said', async () => {
  const { engine, initialiseFor } = await emptyStore()
  const election = new TestElection({ backend })
  const head = expectOk(await initialiseFor(election))
  const detail = `${election.manifest.id}, 2 leaves`
  expect(await initialiseFor(election)).toEqual({ ok: false, error: 'already-initialised', detail })
  const other = new TestElection({ backend, label: 'another' })
  expect(await initialiseFor(other)).toEqual({ ok: false, error: 'holds-another-election', detail })
  expect(await engine.head()).toEqual(head)
})

test('of two that make the ledger at the same time one is told that it is there', async () => {
  const { initialiseFor } = await emptyStore()
  const election = new TestElection({ backend })
  const made = await Promise.all([initialiseFor(election), initialiseFor(election)])
  expect(made.map((one) => (one.ok ? 'made' : one.error)).sort()).toEqual(['already-initialised', 'made'])
})
