import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { signCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { cosign, cosignerVkey } from '@hanpyo/protocol/log/cosignature.ts'
import { formatNote, parseNote, vkeyOf } from '@hanpyo/protocol/log/note.ts'
import { parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { buildLedger, LedgerBuilder } from '@hanpyo/protocol/testing/build-ledger.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openHeld } from '../source/open.ts'
import type { FsckCheckId } from './catalogue.ts'
import type { FsckReport } from './findings.ts'
import { formatFsck } from './format.ts'
import { fsckLog } from './fsck.ts'

const backend = await createNodeBackend()
const { ed25519 } = backend
const sealed = buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 }, stage: 'sealed' })
const manifestHash = toHex(sealed.election.manifestHash)

const ORIGIN = 'log.example/plain'
const SEED = new Uint8Array(32).fill(7)
const policy = expectOk(parsePolicy(`log ${vkeyOf(ed25519, ORIGIN, SEED)}\nquorum none\n`))
/** 1,000 records: four bundles, a full tile of level 0 three times, one of level 1. */
const plain = new LedgerBuilder({ ed25519, origin: ORIGIN, logSeed: SEED })
plain.addLeaves(Array.from({ length: 1000 }, (_, n) => utf8(`record ${n}`)))
plain.publish()

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hanpyo-fsck-'))
})

afterEach(() => {
  rmSync(dir, { recursive: true })
})

function write(files: ReadonlyMap<string, Uint8Array>): void {
  for (const [path, bytes] of files) put(path, bytes)
}

function put(path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true })
  writeFileSync(join(dir, path), bytes)
}

async function check(pin: Parameters<typeof fsckLog>[0]['pin']): Promise<FsckReport> {
  const held = await openHeld(dir)
  return fsckLog({ source: held.source, held, backend, pin })
}

/** Failed checks with the paths or records they name. */
function found({ lines }: FsckReport): Partial<Record<FsckCheckId, (string | number | null)[]>> {
  const failed = lines.filter(({ status }) => status === 'FAIL')
  return Object.fromEntries(
    failed.map(({ id, problems }) => [id, problems.map(({ path, record }) => record ?? path)]),
  )
}

test('a whole election is sound, and without the announced hash one line says so', async () => {
  write(sealed.log.allFiles())
  const pinned = await check({ manifestHash })
  expect(found(pinned)).toEqual({})
  expect(pinned).toMatchObject({ sound: true, checkpoint: { size: sealed.log.size } })
  const bare = await check({})
  expect(bare.sound).toBe(false)
  expect(bare.lines.filter(({ status }) => status !== 'PASS')).toMatchObject([
    { id: 'pinned', status: 'SKIPPED' },
  ])
  expect(found(await check({ manifestHash: '0'.repeat(64) }))).toMatchObject({ pinned: [null] })
})

test('each file of a log is noticed by its name when it is missing, cut off or changed', async () => {
  const files = plain.allFiles()
  write(files)
  expect(found(await check({ policy }))).toEqual({})
  const due = [...files.keys()].filter((path) => path !== 'checkpoint' && !path.includes('.p/'))
  const edges = ['tile/entries/003.p/232', 'tile/0/003.p/232', 'tile/1/000.p/3']
  for (const path of [...due, ...edges]) {
    const bytes = files.get(path) as Uint8Array
    const isBundle = path.includes('entries')
    const id = isBundle ? 'bundles' : 'tiles'

    rmSync(join(dir, path))
    expect(found(await check({ policy })), path).toEqual({ [id]: [path] })

    put(path, bytes)
    truncateSync(join(dir, path), bytes.length - 5)
    expect(found(await check({ policy })), path).toEqual({ [id]: [path] })

    // The last byte of a bundle is the end of its last record, whose number is then known.
    put(
      path,
      Uint8Array.from(bytes, (byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)),
    )
    const last = path.endsWith('232') ? 999 : Number(path.slice(-3)) * 256 + 255
    expect(found(await check({ policy })), path).toEqual({ [id]: [isBundle ? last : path] })
    put(path, bytes)
  }
})

test('a bundle and its tile that were both changed are both named, and the root fails', async () => {
  write(plain.allFiles())
  for (const path of ['tile/entries/001', 'tile/0/001']) {
    const bytes = readFileSync(join(dir, path))
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1
    put(path, bytes)
  }
  const report = await check({ policy })
  expect(Object.keys(found(report))).toEqual(['bundles', 'root'])
  expect(formatFsck(report, 'en').join('\n')).toContain('tile/entries/001, record 511')
})

test('a blob of another content, and one that is missing, are named', async () => {
  write(sealed.log.allFiles())
  const [first, second] = readdirSync(join(dir, 'blob')) as [string, string]
  put(`blob/${first}`, 'something else')
  rmSync(join(dir, `blob/${second}`))
  const { blobs } = found(await check({ manifestHash }))
  expect(blobs?.toSorted()).toEqual([`blob/${first}`, `blob/${second}`].toSorted())
})

test('narrower tiles of earlier checkpoints, leftovers and blobs without a name are looked at too', async () => {
  write(plain.allFiles())
  const full = readFileSync(join(dir, 'tile/0/001'))
  put('tile/0/001.p/100', full.subarray(0, 3200))
  put('.incoming-1/tile/0/001', 'half')
  put('tile/0/.001.123.tmp', 'half')
  const well = await check({ policy })
  expect(found(well)).toEqual({})
  expect(JSON.stringify(well.lines)).toContain('2 files are left over')

  put('tile/0/001.p/100', full.subarray(32, 3232))
  put(`blob/${'0'.repeat(64)}`, 'not this hash')
  expect(found(await check({ policy })).files?.toSorted()).toEqual([
    `blob/${'0'.repeat(64)}`,
    'tile/0/001.p/100',
  ])
})

test('two signed notes that exclude each other are a finding as long as one is kept', async () => {
  write(plain.allFiles())
  const checkpoint = { origin: ORIGIN, size: 300, root: new Uint8Array(32) }
  put('conflicts/a.checkpoint', signCheckpoint({ ed25519, seed: SEED, checkpoint }))
  expect(found(await check({ policy }))).toEqual({ files: ['conflicts/a.checkpoint'] })
  // Not signed by the log, it says nothing about the log.
  put('conflicts/a.checkpoint', signCheckpoint({ ed25519, seed: new Uint8Array(32), checkpoint }))
  expect(found(await check({ policy }))).toEqual({})
})

test('a checkpoint that nobody signed, or that too few have cosigned, fails', async () => {
  const witness = { ed25519, name: 'univ.example/w', seed: new Uint8Array(32).fill(3) }
  const log = vkeyOf(ed25519, ORIGIN, SEED)
  const text = `log ${log}\nwitness w ${cosignerVkey(ed25519, witness.name, witness.seed)}\nquorum w\n`
  const strict = expectOk(parsePolicy(text))
  write(plain.allFiles())
  expect(found(await check({ policy: strict }))).toEqual({ quorum: ['checkpoint'] })

  const note = expectOk(parseNote(plain.checkpoint as string))
  const cosignature = cosign({ ...witness, timestamp: 1_800_000_000, checkpointText: note.text })
  put('checkpoint', formatNote(note.text, [...note.signatures, cosignature]))
  expect(found(await check({ policy: strict }))).toEqual({})

  put('checkpoint', formatNote(note.text, [cosignature]))
  expect(found(await check({ policy: strict }))).toEqual({ checkpoint: ['checkpoint'] })
})

test('a ballot that stands there twice is named by its record', async () => {
  const { election, log } = buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 }, stage: 'open' })
  const ballot = log.leaves.find(([type]) => type === 0x10) as Uint8Array
  log.addBatch({ ballots: [{ key: ballot, leaf: ballot }] })
  write(log.allFiles())
  const report = await check({ manifestHash: toHex(election.manifestHash) })
  expect(found(report).duplicates).toContain(log.size - 2)
})

test('a folder without a checkpoint cannot be checked, and the message names the file', async () => {
  await expect(check({})).rejects.toThrow('no file "checkpoint"')
})
