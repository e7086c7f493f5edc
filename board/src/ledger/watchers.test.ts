import { concatBytes, utf8 } from '@hanpyo/protocol/bytes.ts'
import { nobleBackend } from '@hanpyo/protocol/group/backend.ts'
import { signCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { cosign, cosignerVkey } from '@hanpyo/protocol/log/cosignature.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { formatNote, noteVerifier, parseNote, vkeyOf } from '@hanpyo/protocol/log/note.ts'
import { parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import { History } from './history.ts'
import { TreeHashes } from './tree-hashes.ts'
import { askWatcher, cosignatureTimes, type Watcher, watchersOf } from './watchers.ts'

const { ed25519 } = nobleBackend
const ORIGIN = 'vote.example/2026/watched'
const logSeed = new Uint8Array(32).fill(1)
const log = expectOk(noteVerifier(ed25519, vkeyOf(ed25519, ORIGIN, logSeed)))
const seeds: Readonly<Record<string, Uint8Array>> = {
  council: new Uint8Array(32).fill(2),
  library: new Uint8Array(32).fill(3),
}
const line = (name: string): string =>
  `witness ${name} ${cosignerVkey(ed25519, `${name}.example`, seeds[name] as Uint8Array)} https://${name}.example\n`
const head = `log ${vkeyOf(ed25519, ORIGIN, logSeed)}\n`
const policies = {
  seen: `${head}${line('council')}quorum council\n`,
  official: `${head}${line('council')}${line('library')}quorum library\n`,
}
const watchers = watchersOf(ed25519, { policies })
const [council] = watchers as [Watcher]

function treeOf(size: number, word = 'leaf'): TreeHashes {
  const tree = new TreeHashes()
  for (let i = 0; i < size; i++) tree.append(leafHash(utf8(`${word} ${i}`)))
  return tree
}

/** A head of a tree, cosigned at a time by some. */
function noteOf(tree: TreeHashes, at: number, names: readonly string[] = ['council']): string {
  const checkpoint = { origin: ORIGIN, size: tree.size, root: tree.root() }
  const note = expectOk(parseNote(signCheckpoint({ ed25519, seed: logSeed, checkpoint })))
  const lines = names.map((name) =>
    cosign({
      ed25519,
      name: `${name}.example`,
      seed: seeds[name] as Uint8Array,
      timestamp: at,
      checkpointText: note.text,
    }),
  )
  return formatNote(note.text, [...note.signatures, ...lines])
}

const ask = (answer: () => Promise<Response>, watcher = council) =>
  askWatcher(watcher, { log, tree: treeOf(5), timeoutMs: 20, fetch: answer })
const answering = (text: string) => async () => new Response(text)

test('whoever only the official policy names is a mirror, and all of them are listed', () => {
  expect(watchers.map(({ name, kind }) => [name, kind])).toEqual([
    ['council', 'witness'],
    ['library', 'mirror'],
  ])
})

test.each([
  ['same', treeOf(5)],
  ['behind', treeOf(3)],
  ['ahead', treeOf(8)],
  ['fork', treeOf(5, 'another')],
  ['fork', treeOf(4, 'another')],
] as const)('a witness that shows a head is found to be: %s', async (status, tree) => {
  const note = noteOf(tree, 1_000)
  expect(await ask(answering(note))).toEqual({ status, size: tree.size, at: 1_000, note })
})

test('a witness that answers garbage, signs nothing, is slow or gone is said to be so', async () => {
  expect(await ask(answering('<html>'))).toMatchObject({ status: 'invalid' })
  expect(await ask(answering(noteOf(treeOf(5), 1, ['library'])))).toEqual({
    status: 'invalid',
    detail: 'note-signature-missing',
  })
  expect(await ask(async () => new Response(null, { status: 404 }))).toMatchObject({ status: 'invalid' })
  expect(await ask(answering('x'.repeat(200_000)))).toMatchObject({ status: 'invalid' })
  expect(await ask(() => Promise.reject(new TypeError('no network')))).toEqual({ status: 'unreachable' })
  expect(await ask(async () => new Response(), { ...council, url: null })).toEqual({ status: 'no-address' })
  expect(await ask(async () => new Response(), { ...council, url: 'javascript:alert(1)' })).toEqual({
    status: 'no-address',
  })
})

test('only cosignatures that verify count, each with its own time', () => {
  const note = noteOf(treeOf(5), 77, ['council', 'library'])
  expect([...cosignatureTimes(watchers, note)]).toEqual([
    ['council', 77],
    ['library', 77],
  ])
  const other = noteOf(treeOf(6), 77, ['library'])
  const stolen = other.slice(other.indexOf('— library'))
  const mixed = noteOf(treeOf(5), 77) + stolen
  expect([...cosignatureTimes(watchers, mixed)]).toEqual([['council', 77]])
})

test('the history is read page by page, checked against the records, and asked for only once', async () => {
  const tree = treeOf(9)
  const notes = [2, 4, 6, 9].map((size) => ({
    size,
    time: size * 1800,
    note: noteOf(treeOf(size), size * 1800),
  }))
  const lie = { size: 7, time: 7 * 1800, note: noteOf(treeOf(7, 'another'), 7 * 1800) }
  const all = [...notes.slice(0, 3), lie, ...notes.slice(3)]
  const asked: string[] = []
  const host = {
    read: async (path: string) => {
      asked.push(path)
      const after = Number(path.slice('history?after='.length))
      return utf8(JSON.stringify(all.filter(({ size }) => size > after).slice(0, 2)))
    },
  }
  const history = new History(host, { ed25519, policy: expectOk(parsePolicy(policies.seen)), tree })
  expect(history.heads).toBeNull()
  await history.update()
  expect(history.heads?.map(({ size, at }) => [size, at])).toEqual([
    [2, 3600],
    [4, 7200],
    [6, 10_800],
    [9, 16_200],
  ])
  expect(asked.map((path) => path.split('=')[1])).toEqual(['0', '4', '7', '9'])
  await history.update()
  expect(asked).toHaveLength(5)
})

test.each([
  ['nothing', null],
  ['no list', utf8('{"a":1}')],
  ['no text', concatBytes(Uint8Array.of(0xff), utf8('[]'))],
] as const)('a host that answers with %s offers no history', async (_, answer) => {
  const policy = expectOk(parsePolicy(policies.seen))
  const history = new History({ read: async () => answer }, { ed25519, policy, tree: treeOf(3) })
  await history.update()
  expect(history.heads).toBeNull()
})
