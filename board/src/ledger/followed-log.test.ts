import { concatBytes, equalBytes, utf8 } from '@hanpyo/protocol/bytes.ts'
import { noteLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import { nobleBackend } from '@hanpyo/protocol/group/backend.ts'
import { rootOf } from '@hanpyo/protocol/log/merkle.ts'
import { encodeBundle } from '@hanpyo/protocol/log/tiles.ts'
import { createElectionFixture, LedgerBuilder } from '@hanpyo/protocol/testing/build-ledger.ts'
import { expect, test } from 'vitest'
import { openHost } from '../host/host.ts'
import { memoryStores } from '../host/stores.ts'
import type { ProblemCode } from '../snapshot.ts'
import { FollowedLog } from './followed-log.ts'

const { ed25519 } = nobleBackend
const election = createElectionFixture({ backend: nobleBackend, slipCount: 4 })

type Files = Map<string, Uint8Array>

/** A log of `size` records of which only the manifest means something, as files. */
function publish(size: number, change: (index: number) => string = () => ''): Files {
  const { manifest, seeds, manifestNote } = election
  const log = new LedgerBuilder({ ed25519, origin: manifest.id, logSeed: seeds.log })
  const leaves = Array.from({ length: size - 1 }, (_, i) => utf8(`\u0007record ${i + 1}${change(i + 1)}`))
  log.addLeaves([noteLeaf(RECORD.manifest, manifestNote), ...leaves])
  log.publish()
  return log.allFiles()
}

/** A host over files; `answers` go before them. */
function hostOf(files: Files, answers: Record<string, () => Promise<Response>> = {}) {
  return openHost({
    base: 'http://host.example/log/',
    timeoutMs: 50,
    fetch: async (address, { signal }) => {
      const path = address.pathname.slice('/log/'.length)
      const other = answers[path]
      if (other !== undefined) {
        const aborted = new Promise<never>((_, reject) =>
          signal?.addEventListener('abort', () => reject(signal.reason)),
        )
        return Promise.race([other(), aborted])
      }
      const bytes = files.get(path)
      return bytes === undefined ? new Response(null, { status: 404 }) : new Response(new Uint8Array(bytes))
    },
  })
}

function follow(
  files: Files,
  stores = memoryStores(),
  answers: Record<string, () => Promise<Response>> = {},
): FollowedLog {
  return new FollowedLog({
    host: hostOf(files, answers),
    stores: { ...stores, isLasting: true },
    ed25519,
    now: () => 1_000,
    onProgress: () => undefined,
  })
}

test('an honest log is read to its head, and the next visit continues it', async () => {
  const stores = memoryStores()
  const log = follow(publish(300), stores)
  await log.look()
  expect(log.problems).toEqual([])
  expect(log.leaves).toHaveLength(300)
  expect(equalBytes(log.tree.root(), rootOf(log.leaves))).toBe(true)
  expect(log.memory.status).toBe('first')

  const later = follow(publish(700), stores)
  await later.look()
  expect(later.problems).toEqual([])
  expect(later.memory).toMatchObject({
    status: 'consistent',
    fork: null,
    remembered: { size: 700, firstSeen: 1_000 },
  })
})

test('what grows between two looks is added, and only the bundles that changed are asked for', async () => {
  const files = publish(300)
  const asked: string[] = []
  const inner = hostOf(files)
  const host = {
    ...inner,
    entries: (index: number, width?: number) => {
      asked.push(`${index}`)
      return inner.entries(index, width)
    },
  }
  const stores = { ...memoryStores(), isLasting: true }
  const log = new FollowedLog({ host, stores, ed25519, now: () => 1, onProgress: () => undefined })
  await log.look()
  for (const [path, bytes] of publish(520)) files.set(path, bytes)
  asked.length = 0
  await log.look()
  expect(log.leaves).toHaveLength(520)
  expect(asked.sort()).toEqual(['1', '2'])
})

test('a log that shows another past is a fork, with both signed notes as evidence', async () => {
  const stores = memoryStores()
  const first = follow(publish(300), stores)
  await first.look()
  const other = publish(400, (index) => (index === 17 ? ' rewritten' : ''))
  const log = follow(other, stores)
  // The store still holds the records of the true log; they do not fit and are asked for again.
  await log.look()
  expect(log.memory.status).toBe('fork')
  expect(log.memory.fork).toEqual({ earlier: first.head?.note, now: log.head?.note })
  await log.look()
  expect(log.memory.status).toBe('fork')
  expect((await stores.head(log.election?.name ?? ''))?.size).toBe(300)
})

test('another root over the same number of records is a fork, also within one visit', async () => {
  const files = publish(300)
  const log = follow(files)
  await log.look()
  for (const [path, bytes] of publish(300, (index) => (index === 299 ? '!' : ''))) files.set(path, bytes)
  await log.look()
  expect(log.memory.status).toBe('fork')
})

test('an older head of the same log is said to be older, and is no fork', async () => {
  const files = publish(300)
  const log = follow(files)
  await log.look()
  files.set('checkpoint', publish(200).get('checkpoint') as Uint8Array)
  await log.look()
  expect(log.problems).toEqual([{ code: 'head-older', detail: '200' }])
  expect(log.memory.status).not.toBe('fork')
  expect(log.leaves).toHaveLength(300)
})

test('a copy that is being written shows its proven beginning and says which file is missing', async () => {
  const files = publish(700)
  files.delete('tile/entries/002.p/188')
  const log = follow(files)
  await log.look()
  expect(log.problems).toEqual([{ code: 'records-missing', detail: 'tile/entries/002.p/188' }])
  expect(log.leaves).toHaveLength(512)
  expect(log.head?.checkpoint.size).toBe(700)

  for (const [path, bytes] of publish(700)) files.set(path, bytes)
  await log.look()
  expect(log.problems).toEqual([])
  expect(log.leaves).toHaveLength(700)
})

test('without the hash tiles nothing proves the beginning, so nothing of it is shown', async () => {
  const files = publish(700)
  for (const path of [...files.keys()]) if (/^tile\/(0|1|entries\/002)/.test(path)) files.delete(path)
  const log = follow(files)
  await log.look()
  expect(log.problems[0]?.code).toBe('records-missing')
  expect(log.leaves).toEqual([])
  expect(log.election?.manifest.id).toBe(election.manifest.id)
})

test('a changed record is named, and nothing of the log is taken', async () => {
  const files = publish(700)
  const bundle = (files.get('tile/entries/001') as Uint8Array).slice()
  bundle[5] = (bundle[5] as number) ^ 1
  files.set('tile/entries/001', bundle)
  const log = follow(files)
  await log.look()
  expect(log.problems).toEqual([{ code: 'records-changed', detail: '256' }])
  expect(log.leaves).toEqual([])
})

test('a wrong bundle in the browser’s own store does no harm', async () => {
  const files = publish(700)
  const stores = memoryStores()
  const first = follow(files, stores)
  await first.look()
  const name = first.election?.name ?? ''
  await stores.put(name, 1, encodeBundle(Array.from({ length: 256 }, () => utf8('nonsense'))))
  const log = follow(files, stores)
  await log.look()
  expect(log.problems).toEqual([])
  expect(log.leaves).toHaveLength(700)
})

const SPOILED: readonly (readonly [ProblemCode, (files: Files) => void])[] = [
  ['no-checkpoint', (files: Files) => void files.delete('checkpoint')],
  ['checkpoint-garbage', (files: Files) => void files.set('checkpoint', utf8('<html>welcome</html>'))],
  ['checkpoint-garbage', (files: Files) => void files.set('checkpoint', Uint8Array.of(0xff, 0xfe, 0))],
  ['checkpoint-garbage', (files: Files) => void files.set('checkpoint', new Uint8Array(200_000).fill(65))],
  [
    'checkpoint-signature',
    (files: Files) => {
      const text = new TextDecoder().decode(files.get('checkpoint'))
      files.set('checkpoint', utf8(text.replace(/\n300\n/, '\n299\n')))
    },
  ],
  [
    'manifest-invalid',
    (files: Files) =>
      void files.set(
        'tile/entries/000',
        encodeBundle(Array.from({ length: 256 }, () => Uint8Array.of(1, 2))),
      ),
  ],
  [
    'records-garbage',
    (files: Files) =>
      void files.set(
        'tile/entries/001.p/44',
        concatBytes(files.get('tile/entries/001.p/44') as Uint8Array, Uint8Array.of(1)),
      ),
  ],
]

test.each(SPOILED)('%s is said plainly', async (code, spoil) => {
  const files = publish(300)
  spoil(files)
  const log = follow(files)
  await log.look()
  expect(log.problems.map((problem) => problem.code)).toEqual([code])
})

test.each([
  ['host-unreachable', () => Promise.reject(new TypeError('failed to fetch'))],
  ['host-slow', () => new Promise<Response>(() => undefined)],
  ['host-status', async () => new Response('broken', { status: 503 })],
] as const)('a host that is %s loses nothing that was read', async (code, answer) => {
  const answers: Record<string, () => Promise<Response>> = {}
  const log = follow(publish(300), memoryStores(), answers)
  await log.look()
  answers.checkpoint = answer
  await log.look()
  expect(log.problems.map((problem) => problem.code)).toEqual([code])
  expect(log.leaves).toHaveLength(300)
})
