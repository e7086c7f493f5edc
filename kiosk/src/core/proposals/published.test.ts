import { createLogger } from '@hanpyo/platform/logger.ts'
import { toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { nobleBackend } from '@hanpyo/protocol/group/backend.ts'
import { pathReader } from '@hanpyo/protocol/log/read-log.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { createElectionFixture, deviceLeaf, LedgerBuilder } from '@hanpyo/protocol/testing/build-ledger.ts'
import {
  moderationLeaf,
  proposalLeaf,
  supportIndexOf,
  supportLeaf,
} from '@hanpyo/protocol/testing/proposal-fixture.ts'
import { expect, test } from 'vitest'
import { LedgerView } from '../ledger/ledger-view.ts'
import { ProposalBook } from './proposal-book.ts'
import { type Published, PublishedProposals, type TextAnswer } from './published.ts'

const backend = nobleBackend
const election = createElectionFixture({ backend, label: 'proposal book', slipCount: 4, kioskCount: 2 })
const { manifest, manifestHash, seeds } = election
const [here, there] = election.kiosks as [(typeof election.kiosks)[number], (typeof election.kiosks)[number]]
const bench = proposalLeaf(election, { slip: 0, kiosk: here, text: '의자를 놓아 주세요' })
const lamp = proposalLeaf(election, { slip: 1, kiosk: there, text: '가로등을 달아 주세요' })
const idOf = ({ id }: { id: Uint8Array }) => toHex(id)

function setUp(remembered: readonly Published[] = []) {
  const log = new LedgerBuilder({ ed25519: backend.ed25519, origin: manifest.id, logSeed: seeds.log })
  const reader = pathReader(async (path) => {
    if (path === 'checkpoint') return log.checkpoint === null ? null : utf8(log.checkpoint)
    return log.files.get(path) ?? null
  })
  const book = new ProposalBook({ ed25519: backend.ed25519, manifest, manifestHash })
  const texts = new Map<string, TextAnswer>([
    [idOf(bench), { salt: bench.salt, text: '의자를 놓아 주세요' }],
    [idOf(lamp), { salt: lamp.salt, text: '가로등을 달아 주세요' }],
  ])
  const asked: string[] = []
  const saved: (readonly Published[])[] = []
  const disk = { isFull: false }
  const fetchText = async (id: string): Promise<TextAnswer> => {
    asked.push(id)
    return texts.get(id) ?? 'unknown'
  }
  const published = new PublishedProposals(
    {
      book,
      maxCharacters: 200,
      fetchText,
      save: async (entries) => !disk.isFull && saved.push(entries) > 0,
      log: createLogger({ name: 'test', level: 'silent' }),
      onChange: () => {},
    },
    remembered,
  )
  const view = new LedgerView({
    reader,
    ed25519: backend.ed25519,
    manifest,
    manifestHash,
    onStatements(leaves, isFromStart) {
      book.take(leaves, isFromStart)
      published.bookChanged()
    },
  })
  const publish = async (...notes: Uint8Array[]) => {
    log.addBatch({ notes })
    expectOk(await view.refresh())
    await published.fetchMissing()
  }
  return { log, view, book, texts, asked, saved, disk, published, publish }
}

const enrolled = [deviceLeaf(election, here), deviceLeaf(election, there)]

test('proposals, supports and moderations are taken from the ledger, and texts are fetched once', async () => {
  const { published, publish, book, asked, saved } = setUp()
  await publish(...enrolled, bench.leaf, lamp.leaf)
  await publish(supportLeaf(election, 2, here, bench.id), supportLeaf(election, 3, there, bench.id))
  expect(published.entries()).toMatchObject([
    { id: idOf(bench), supports: 3, text: '의자를 놓아 주세요', isHidden: false },
    { id: idOf(lamp), supports: 1, text: '가로등을 달아 주세요' },
  ])
  expect(asked.toSorted()).toEqual([idOf(bench), idOf(lamp)].toSorted())
  expect(book.stands(supportIndexOf(election, 2), idOf(bench))).toBe(true)
  expect(book.stands(supportIndexOf(election, 0), idOf(bench))).toBe(true)
  expect(book.stands(supportIndexOf(election, 1), idOf(bench))).toBe(false)
  expect(book.handedInBy(supportIndexOf(election, 1))).toEqual([idOf(lamp)])
  await publish(moderationLeaf(election, here, bench.id, { reason: '이름이 있음', at: 7 }))
  expect(published.entries()[0]).toMatchObject({
    isHidden: true,
    moderation: { reason: '이름이 있음', at: 7 },
  })
  // Once for the texts, once for what was hidden; not for supports.
  expect(saved.map((entries) => entries.length)).toEqual([2, 2])
})

test('the same support twice counts once, and one for what is not there counts nothing', async () => {
  const { published, publish } = setUp()
  const again = supportLeaf(election, 2, here, bench.id)
  const nowhere = supportLeaf(election, 2, here, new Uint8Array(32).fill(9))
  await publish(...enrolled, bench.leaf)
  await publish(again, supportLeaf(election, 2, here, bench.id), nowhere)
  expect(published.entries()).toMatchObject([{ supports: 2 }])
})

test('a text that is not the one the leaf commits to is not shown, until the right one comes', async () => {
  const { published, publish, texts } = setUp()
  texts.set(idOf(bench), { salt: bench.salt, text: '의자를 놓아 주세요!' })
  await publish(...enrolled, bench.leaf, lamp.leaf)
  expect(published.entries().map(({ id }) => id)).toEqual([idOf(lamp)])
  texts.set(idOf(bench), { salt: bench.salt, text: '의자를 놓아 주세요' })
  await published.fetchMissing()
  expect(published.entries()).toHaveLength(2)
})

test('an erased text is forgotten here too, and only the authority can erase', async () => {
  const { published, publish, saved } = setUp()
  await publish(...enrolled, bench.leaf)
  await publish(moderationLeaf(election, here, bench.id, { action: 'erase' }))
  expect(published.entries()).toHaveLength(1)
  await publish(moderationLeaf(election, undefined, bench.id, { action: 'erase' }))
  expect(published.entries()).toEqual([])
  expect(saved.at(-1)).toEqual([])
})

test('an erased text that a full disk kept goes from the disk once there is space', async () => {
  const { published, publish, saved, disk } = setUp()
  await publish(...enrolled, bench.leaf)
  disk.isFull = true
  await publish(moderationLeaf(election, undefined, bench.id, { action: 'erase' }))
  expect(saved.at(-1)).toHaveLength(1)
  disk.isFull = false
  await published.fetchMissing()
  expect(saved.at(-1)).toEqual([])
})

test('a kiosk of another centre and one that was never enrolled hide nothing', async () => {
  const { published, publish } = setUp()
  const centres = manifest.kioskSlots.map(({ centre }) => centre)
  expect(centres[0]).not.toBe(centres[1])
  await publish(enrolled[0] as Uint8Array, bench.leaf)
  await publish(moderationLeaf(election, there, bench.id))
  await publish(enrolled[1] as Uint8Array)
  await publish(moderationLeaf(election, there, bench.id, { at: 2 }))
  expect(published.entries()).toMatchObject([{ isHidden: false }])
})

test('without a network the list of the last time is shown; the ledger corrects it when it is back', async () => {
  const first = setUp()
  await first.publish(...enrolled, bench.leaf, lamp.leaf)
  const { log, published, view, asked } = setUp(first.saved.at(-1))
  expect(published.entries()).toHaveLength(2)
  log.addBatch({
    notes: [...enrolled, bench.leaf, moderationLeaf(election, undefined, bench.id, { action: 'hide' })],
  })
  expectOk(await view.refresh())
  await published.fetchMissing()
  expect(published.entries()).toMatchObject([{ id: idOf(bench), isHidden: true, text: '의자를 놓아 주세요' }])
  expect(asked).toEqual([])
})

test('a log whose root does not fit gives no proposals', async () => {
  const { log, view, book } = setUp()
  log.addBatch({ notes: [...enrolled, bench.leaf] })
  const path = [...log.files.keys()].find((name) => name.startsWith('tile/entries')) as string
  const bytes = (log.files.get(path) as Uint8Array).slice()
  bytes[bytes.length - 200] = (bytes[bytes.length - 200] as number) ^ 1
  log.files.set(path, bytes)
  expect(await view.refresh()).toMatchObject({ ok: false })
  expect(book.all()).toEqual([])
})
