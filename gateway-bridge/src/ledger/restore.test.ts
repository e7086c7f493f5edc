import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { openDatabase } from '@hanpyo/platform/sqlite.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { afterEach, expect, test } from 'vitest'
import { createCheckpointSigner } from '../sequencer/checkpoint-signer.ts'
import { TestBridge } from '../testing/test-bridge.ts'
import { TestElection, type TestElectionOptions } from '../testing/test-election.ts'

const backend = await createNodeBackend()
let bridge: TestBridge

afterEach(() => bridge?.dispose())

async function start(options: Partial<TestElectionOptions> = {}) {
  bridge = await TestBridge.start({ election: new TestElection({ backend, ...options }) })
  return bridge.election
}

const statuses = async (...ballots: Uint8Array[]) =>
  (await bridge.acks(1, ballots.map(ballotId))).map(({ status }) => status)

async function damage(sql: string, ...parameters: (number | Uint8Array | string)[]) {
  await bridge.stop()
  const database = openDatabase(join(bridge.dir, 'ledger.db'), { journal: 'WAL', synchronous: 'FULL' })
  database.prepare(sql).run(...parameters)
  database.close()
  return bridge.open()
}

test('after a restart waiting ballots still wait, are known, block their slips, and are published', async () => {
  const election = await start({ minPerKiosk: 20 })
  const [ballot, double, third] = [election.ballot(3), election.ballot(3), election.ballot(3)]
  await bridge.cast(ballot)
  await bridge.cast(double)
  const [promise] = bridge.promises(1)
  expect(await bridge.restart()).toMatchObject({ ok: true })
  await bridge.cast(ballot)
  await bridge.cast(double)
  await bridge.cast(third)
  expect(await statuses(ballot, double, third)).toEqual([0, 1, 1])
  expect(bridge.promises(1)).toEqual([promise])
  await bridge.tick()
  expect(bridge.bridge.state.ballotCount).toBe(0)
  await bridge.tick(60)
  expect(bridge.bridge.state.ballotCount).toBe(1)
  expect(bridge.bridge.state.kiosk(1)?.refusalCount).toBe(2)
  expect(await bridge.verifyLog()).toEqual([])
})

test('after a restart waiting records keep their place before and after ballots', async () => {
  const election = await start({ minPerKiosk: 20 })
  await bridge.cast(election.ballot(1))
  await bridge.deliver(election.challenged(election.prepare(2)))
  await bridge.record(election.voidSlips([1, 2]))
  expect(await bridge.restart()).toMatchObject({ ok: true })
  const late = election.ballot(2)
  await bridge.cast(late)
  expect(await statuses(late)).toEqual([])
  await bridge.tick(60)
  const types = (await bridge.leaves()).map(([type]) => type)
  expect(types.indexOf(0x10)).toBeLessThan(types.indexOf(0x04))
  expect(types).toContain(0x11)
  expect((await bridge.verifyLog()).map(({ rule }) => rule)).toEqual(['void.ballot-earlier'])
})

test('a log goes on after a restart: batch numbers, chain and tree fit', async () => {
  const election = await start()
  for (const slip of [0, 1, 2]) {
    await bridge.cast(election.ballot(slip))
    await bridge.tick()
    expect(await bridge.restart()).toMatchObject({ ok: true })
  }
  expect(bridge.bridge.state.ballotCount).toBe(3)
  expect(await bridge.verifyLog()).toEqual([])
})

test('a store with a changed leaf is not served', async () => {
  const election = await start()
  await bridge.cast(election.ballot(1))
  await bridge.tick()
  const leaves = await bridge.leaves()
  const at = leaves.findIndex(([type]) => type === 0x10)
  const changed = leaves[at]!.slice()
  changed[changed.length - 1] = (changed[changed.length - 1] as number) ^ 1
  const opened = await damage('UPDATE entry SET leaf = ? WHERE position = ?', changed, at)
  expect(opened).toMatchObject({ ok: false, error: 'ledger-root' })
})

test('a store that lost leaves is not served', async () => {
  await start()
  const opened = await damage('DELETE FROM entry WHERE position >= 3')
  expect(opened).toMatchObject({ ok: false, error: 'ledger-short' })
})

test('a head that the log key has not signed is not served', async () => {
  await start()
  const opened = await damage(
    'UPDATE head SET checkpoint = replace(checkpoint, char(10) || size, char(10) || 99)',
  )
  expect(opened).toMatchObject({ ok: false, error: 'checkpoint-invalid' })
})

test('a head that was set back to an earlier size is not served', async () => {
  const election = await start()
  const early = bridge.bridge.sequencer.logState.head
  await bridge.cast(election.ballot(1))
  await bridge.tick()
  const signer = createCheckpointSigner({
    ed25519: backend.ed25519,
    seed: election.bridgeKeys.logSeed,
    origin: election.manifest.id,
  })
  const forged = signer.sign(early.size + 1, early.root)
  const sql = 'UPDATE head SET size = ?, root = ?, checkpoint = ?'
  const opened = await damage(sql, early.size + 1, early.root, forged)
  expect(opened).toMatchObject({ ok: false, error: 'ledger-root' })
})

test('a store of another election is told apart', async () => {
  await start()
  const opened = await damage("UPDATE meta SET value = ? WHERE key = 'manifest'", '00'.repeat(32))
  expect(opened).toMatchObject({ ok: false, error: 'manifest-unusable', detail: 'another election' })
})
