import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import { encodeVoidBitmap } from '@hanpyo/protocol/election/void-bitmap.ts'
import { nobleBackend } from '@hanpyo/protocol/group/backend.ts'
import { pathReader } from '@hanpyo/protocol/log/read-log.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import {
  createElectionFixture,
  deviceLeaf,
  FIXTURE_OPENS,
  LedgerBuilder,
  officialLeaf,
  pollsLeaf,
} from '@hanpyo/protocol/testing/build-ledger.ts'
import { expect, test } from 'vitest'
import { LedgerView } from './ledger-view.ts'

const backend = nobleBackend
const election = createElectionFixture({ backend, label: 'ledger view', slipCount: 4 })
const { manifest, manifestHash, seeds } = election
const [kiosk] = election.kiosks

function setUp() {
  const log = new LedgerBuilder({ ed25519: backend.ed25519, origin: manifest.id, logSeed: seeds.log })
  const read: string[] = []
  const files = { get: (path: string): Uint8Array | undefined => log.files.get(path) }
  const reader = pathReader(async (path) => {
    read.push(path)
    if (path === 'checkpoint') return log.checkpoint === null ? null : utf8(log.checkpoint)
    return files.get(path) ?? null
  })
  const view = new LedgerView({ reader, ed25519: backend.ed25519, manifest, manifestHash })
  return { log, read, files, view }
}

const voided = (slips: number[]) => officialLeaf(election, 'registrar', RECORD.voidSlips, { slips })
const opened = pollsLeaf(election, 'open', FIXTURE_OPENS)

test('polls and void slips are taken from the ledger as it grows, and read once', async () => {
  const { log, view, read } = setUp()
  expect(view.polls).toBe('unknown')
  log.addBatch({ notes: [deviceLeaf(election, kiosk as never)] })
  expectOk(await view.refresh())
  expect(view.polls).toBe('not-open')
  log.addBatch({ notes: [opened] })
  log.addBatch({ notes: [voided([1, 3])] })
  expectOk(await view.refresh())
  expect([view.polls, view.voidCount, view.isVoid(3), view.isVoid(2)]).toEqual(['open', 2, true, false])
  read.length = 0
  expectOk(await view.refresh())
  expect(read).toEqual(['checkpoint'])
  log.addBatch({ notes: [pollsLeaf(election, 'closed', FIXTURE_OPENS + 9)] })
  expectOk(await view.refresh())
  expect([view.polls, view.isVoid(1)]).toEqual(['closed', true])
})

test('a long void list comes as a blob, and a blob that is another one voids nothing', async () => {
  const { log, view, files } = setUp()
  const bitmap = encodeVoidBitmap([2], 4)
  const blob = log.addBlob(bitmap)
  log.addBatch({ notes: [officialLeaf(election, 'registrar', RECORD.voidSlips, { blob, count: 1 })] })
  expectOk(await view.refresh())
  expect(view.isVoid(2)).toBe(true)
  const other = setUp()
  other.log.addBlob(bitmap)
  other.log.addBatch({ notes: [officialLeaf(election, 'registrar', RECORD.voidSlips, { blob, count: 1 })] })
  const { get } = files
  other.files.get = (path) =>
    path.startsWith('blob/') ? encodeVoidBitmap([0], 4) : (other.log.files.get(path) ?? get(path))
  expectOk(await other.view.refresh())
  expect(other.view.voidCount).toBe(0)
})

test('what the wrong office signed is not believed', async () => {
  const { log, view } = setUp()
  log.addBatch({
    notes: [
      officialLeaf(election, 'registrar', RECORD.polls, { state: 'closed', at: FIXTURE_OPENS }),
      officialLeaf(election, 'authority', RECORD.voidSlips, { slips: [1] }),
    ],
  })
  expectOk(await view.refresh())
  expect([view.polls, view.voidCount]).toEqual(['not-open', 0])
})

test('leaves that do not fit the signed tree are not believed, and the honest ledger is afterwards', async () => {
  const { log, view, files } = setUp()
  log.addBatch({ notes: [opened] })
  const honest = files.get
  const liar = setUp()
  liar.log.addBatch({ notes: [pollsLeaf(election, 'closed', FIXTURE_OPENS)] })
  files.get = liar.files.get
  expect(await view.refresh()).toMatchObject({ error: 'ledger-inconsistent' })
  expect(view.polls).toBe('unknown')
  files.get = honest
  expectOk(await view.refresh())
  expect(view.polls).toBe('open')
})

// 131 MB are hashed twice: only in the full run.
test.runIf(process.env.HANPYO_FULL === '1')(
  'the longest leaves that a host can make up are not kept beyond what honest ones take',
  async () => {
    const { log, read, files } = setUp()
    const kept: number[] = []
    const reader = pathReader(async (path) => {
      read.push(path)
      if (path === 'checkpoint') return log.checkpoint === null ? null : utf8(log.checkpoint)
      return files.get(path) ?? null
    })
    const onStatements = (leaves: readonly { readonly body: Uint8Array }[]): void => {
      kept.push(leaves.reduce((sum, { body }) => sum + body.length, 0))
    }
    const view = new LedgerView({ reader, ed25519: backend.ed25519, manifest, manifestHash, onStatements })
    const longest = new Uint8Array(0xffff)
    longest[0] = RECORD.proposal
    log.addBatch({ notes: Array.from({ length: 2_000 }, () => longest) })
    expectOk(await view.refresh())
    expect(kept).toHaveLength(1)
    expect(kept[0]).toBeLessThan(2_000 * 0xfffe)
    expect(kept[0]).toBeGreaterThan(400_000 * 151)
  },
)

test('a ledger that goes back or changes its past is told, and what was known stays', async () => {
  const { log, view } = setUp()
  log.addBatch({ notes: [opened] })
  log.addBatch({ notes: [voided([1])] })
  expectOk(await view.refresh())
  const other = new LedgerBuilder({ ed25519: backend.ed25519, origin: manifest.id, logSeed: seeds.log })
  other.addBatch({ notes: [opened] })
  Object.defineProperty(log, 'checkpoint', { get: () => other.checkpoint })
  expect(await view.refresh()).toMatchObject({ error: 'ledger-inconsistent' })
  expect([view.polls, view.isVoid(1)]).toEqual(['open', true])
})

test('no checkpoint, and a checkpoint that another key signed, are not this ledger', async () => {
  const { log, view } = setUp()
  expect(await view.refresh()).toMatchObject({ error: 'ledger-malformed' })
  const stranger = new LedgerBuilder({
    ed25519: backend.ed25519,
    origin: manifest.id,
    logSeed: seeds.authority,
  })
  stranger.addBatch({ notes: [opened] })
  Object.defineProperty(log, 'checkpoint', { get: () => stranger.checkpoint })
  expect(await view.refresh()).toMatchObject({ error: 'ledger-malformed' })
})
