import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import { nobleBackend } from '@hanpyo/protocol/group/backend.ts'
import { expect, onTestFinished, test } from 'vitest'
import { kioskConfigSchema } from './config.ts'
import { openProposals } from './open-proposals.ts'
import { createTestElection, TEST_PROPOSALS } from './testing/test-election.ts'
import { createTestKiosk } from './testing/test-kiosk.ts'

const election = createTestElection({ proposals: TEST_PROPOSALS })
const remembered = {
  election: toBase64(election.election.manifestHash),
  proposals: [
    {
      id: 'a'.repeat(64),
      index: 4,
      topic: 1,
      centre: 'yangjae-1',
      supports: 2,
      isHidden: false,
      moderation: null,
      text: '의자를 놓아 주세요',
    },
  ],
}

async function openWith(file: string | null, of = election) {
  const dataDir = mkdtempSync(join(tmpdir(), 'hanpyo-proposals-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true }))
  if (file !== null) writeFileSync(join(dataDir, 'proposals.json'), file)
  writeFileSync(join(dataDir, '.proposals.json.4f1c.tmp'), 'half a list')
  const { box, close } = createTestKiosk({ election: of })
  onTestFinished(close)
  const opened = await openProposals(
    kioskConfigSchema.parse({ kiosk: 3, dataDir, electionDir: dataDir, keys: { device: 'device.json' } }),
    {
      fetch: globalThis.fetch,
      election: of.election,
      keys: of.keys,
      backend: nobleBackend,
      random: nodeRandom,
      box,
      clock: createVirtualClock(),
      audit: () => {},
      log: silentLogger,
      onSealed: () => {},
      onChange: () => {},
    },
  )
  return { ...opened, files: readdirSync(dataDir).filter((name) => name.includes('proposals.json')) }
}

test('after a start without a network the proposals of the last time are there', async () => {
  const { ports, knownCount } = await openWith(JSON.stringify(remembered))
  expect(knownCount()).toBe(1)
  expect(ports.shelf.list()).toMatchObject([{ text: '의자를 놓아 주세요', supports: 2, isWaiting: false }])
})

test('a damaged list and the list of another election stop nothing: the ledger has it all', async () => {
  for (const file of [null, '', '{', JSON.stringify({ ...remembered, election: 'x' }), '{"proposals":[1]}']) {
    expect((await openWith(file)).knownCount()).toBe(0)
  }
})

test('an election without proposals opens a room that offers none', async () => {
  const { ports } = await openWith(JSON.stringify(remembered), createTestElection())
  expect(ports.shelf.list()).toEqual([])
  expect(ports.moderation.list(1)).toMatchObject({ error: 'proposals-not-offered' })
})

test('texts that no erasure would reach any more are gone after a start', async () => {
  const kept = JSON.stringify(remembered)
  expect((await openWith(kept)).files).toEqual(['proposals.json'])
  expect((await openWith(JSON.stringify({ ...remembered, election: 'x' }))).files).toEqual([])
  expect((await openWith('{')).files).toEqual([])
  expect((await openWith(kept, createTestElection())).files).toEqual([])
})
