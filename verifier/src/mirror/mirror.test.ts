import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { createLocalBatch } from '@hanpyo/protocol/group/batch.ts'
import { cosignatureVerifier, cosignerVkey } from '@hanpyo/protocol/log/cosignature.ts'
import { formatSignatureLine, parseNote, verifyNote } from '@hanpyo/protocol/log/note.ts'
import { ok } from '@hanpyo/protocol/result.ts'
import { type BuiltLedger, buildLedger, LedgerBuilder } from '@hanpyo/protocol/testing/build-ledger.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MUTATIONS } from '../mutations/all.ts'
import { createElection } from '../mutations/election.ts'
import { fileLog } from '../source/file-log.ts'
import { openFolder } from '../source/folder.ts'
import { OversizeError, type Source, SourceError } from '../source/source.ts'
import { verifyLog } from '../verify.ts'
import { openWitnessStore, type WitnessStore } from '../witness/store.ts'
import { Witness } from '../witness/witness.ts'
import { copyReader } from './copy-reader.ts'
import { followLog } from './follow.ts'
import { createMirrorHandler } from './http.ts'
import { Mirror } from './mirror.ts'

const backend = await createNodeBackend()
const { ed25519 } = backend
const STAGES = ['setup', 'open', 'closed', 'sealed'] as const
const ledgers = STAGES.map((stage) =>
  buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 }, stage }),
)
const sealed = ledgers[3] as BuiltLedger
const NAME = 'mirror.example/m1'
const SEED = new Uint8Array(32).fill(9)
const election = await createElection(backend)
const isFull = process.env.HANPYO_FULL === '1'

function unexpected(error: unknown): never {
  throw error
}

type Files = ReadonlyMap<string, Uint8Array>

let dir: string
let store: WitnessStore
/** What the log serves now, and paths that fail as a network does. */
let files: Files
let broken: (path: string) => boolean
/** By the mirror's clock. */
let seconds: number

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hanpyo-mirror-'))
  store = openWitnessStore(join(dir, 'witness.sqlite'))
  files = sealed.log.allFiles()
  broken = () => false
  seconds = 1_800_000_000
})

afterEach(() => {
  store.close()
  rmSync(dir, { recursive: true })
})

const source: Source = fileLog('the log', async (path, maxBytes) => {
  if (broken(path)) throw new SourceError('unreachable', path, '')
  const bytes = files.get(path) ?? null
  if (bytes !== null && bytes.length > maxBytes) throw new OversizeError(path, maxBytes)
  return bytes
})

const folder = (): string => join(dir, 'copy')

async function open(manifestHash = toHex(sealed.election.manifestHash)): Promise<Mirror> {
  const mirror = new Mirror({
    folder: folder(),
    source,
    pin: { manifestHash },
    backend,
    batch: createLocalBatch(backend.group),
    openPool: () => ({ verify: async (jobs) => jobs.map(() => null), close: async () => {} }),
    witness: new Witness({ ed25519, store, name: NAME, seed: SEED, now: () => seconds }),
    trust: (logVkey) => void store.add(logVkey.slice(0, logVkey.indexOf('+')), logVkey),
  })
  const resumed = await mirror.resume()
  if (!resumed.ok) throw new Error(resumed.error)
  return mirror
}

/** The size that the copy shows with the mirror's own cosignature; 0 for none. */
async function cosignedSize(): Promise<number> {
  const note = await copyReader(folder()).checkpoint()
  if (note === null) return 0
  const parsed = parseNote(note)
  const verifier = cosignatureVerifier(ed25519, cosignerVkey(ed25519, NAME, SEED))
  if (!parsed.ok || !verifier.ok) throw new Error('unreadable')
  expect(verifyNote(parsed.value, [verifier.value]).ok).toBe(true)
  return Number(note.split('\n')[1])
}

test('a log that grows from day to day is copied, verified and cosigned at every step', async () => {
  const mirror = await open()
  for (const ledger of ledgers) {
    files = ledger.log.allFiles()
    expect(await mirror.follow()).toMatchObject({ ok: true })
    expect(await cosignedSize()).toBe(ledger.log.size)
  }
  const { report } = await verifyLog({
    source: await openFolder(folder()),
    backend,
    pin: { manifestHash: toHex(sealed.election.manifestHash) },
  })
  expect(report.verified).toBe(true)
})

test('a mirror that was stopped goes on from its own copy', async () => {
  for (const ledger of ledgers) {
    files = ledger.log.allFiles()
    const mirror = await open()
    expect(await mirror.follow()).toMatchObject({ ok: true })
    expect(mirror.view).toEqual({ size: ledger.log.size, problem: null, failure: null })
  }
})

test('a copy that was damaged on the disk is found out at the start', async () => {
  await (await open()).follow()
  const entries = join(folder(), 'tile/entries/000.p')
  for (const name of readdirSync(entries)) writeFileSync(join(entries, name), 'damaged')
  await expect(open()).rejects.toThrow()
})

test('every width that was published stays served, and the copy can be read over HTTP like the log', async () => {
  const mirror = await open()
  const widths: number[] = []
  for (const ledger of ledgers) {
    files = ledger.log.allFiles()
    await mirror.follow()
    widths.push(ledger.log.size % 256)
  }
  const status = () => ({ ...mirror.view, unreadable: null, lookedAt: 1 })
  const reader = copyReader(folder())
  const handler = createMirrorHandler({ reader, name: NAME, vkey: 'v', source: 'the log', status })
  const get = (path: string) => handler(new Request(`http://mirror.example/${path}`))
  for (const [i, width] of widths.entries()) {
    for (const path of [`tile/0/000.p/${width}`, `tile/entries/000.p/${width}`]) {
      const bytes = new Uint8Array(await (await get(path)).arrayBuffer())
      expect(toHex(bytes)).toBe(toHex((ledgers[i] as BuiltLedger).log.allFiles().get(path) as Uint8Array))
    }
  }
  expect(await (await get('mirror.v0.json')).json()).toMatchObject({ name: NAME, problem: null })
  const series = (await (await get('metrics')).text()).split('\n')
  expect(series).toContain('hanpyo_mirror_problem{problem="forked"} 0')
  expect(series.find((line) => line.startsWith('hanpyo_mirror_records '))).toMatch(/ [1-9]\d*$/)
  expect((await get(`${'0'.repeat(64)}/checkpoint`)).status).toBe(404)
  expect((await get(`tile/0/000.p/${(widths.at(-1) ?? 0) + 1}`)).status).toBe(404)
})

test('an older state of the log is named and changes nothing', async () => {
  const mirror = await open()
  await mirror.follow()
  files = (ledgers[1] as BuiltLedger).log.allFiles()
  expect(await mirror.follow()).toMatchObject({ ok: false, error: 'behind' })
  expect(await cosignedSize()).toBe(sealed.log.size)
  files = sealed.log.allFiles()
  expect(await mirror.follow()).toMatchObject({ ok: true })
})

test('a log that serves a second tree is not followed, and its signed note is kept as evidence', async () => {
  files = (ledgers[1] as BuiltLedger).log.allFiles()
  const mirror = await open()
  await mirror.follow()
  const size = await cosignedSize()
  files = forkOf(sealed).allFiles()
  expect(await mirror.follow()).toMatchObject({ ok: false, error: 'forked' })
  expect(readdirSync(join(folder(), 'conflicts'))).toHaveLength(1)
  files = sealed.log.allFiles()
  expect(await mirror.follow()).toMatchObject({ ok: false, error: 'forked' })
  expect(await cosignedSize()).toBe(size)
})

/** The same log with one byte of record 5 changed, signed as well. */
function forkOf({ election, log }: BuiltLedger): LedgerBuilder {
  const { seeds, manifest } = election
  const fork = new LedgerBuilder({ ed25519, origin: manifest.id, logSeed: seeds.log })
  const leaves = log.leaves.map((leaf, at) => (at === 5 ? leaf.with(leaf.length - 9, 7) : leaf))
  fork.addLeaves(leaves)
  fork.publish()
  return fork
}

test('records that the checkpoint does not commit to are not taken, and a later honest answer is', async () => {
  const honest = sealed.log.allFiles()
  const [path] = [...honest.keys()].filter((name) => name.startsWith('tile/entries/')).slice(-1)
  const changed = (honest.get(path as string) as Uint8Array).slice()
  changed[changed.length - 9]! ^= 1
  files = new Map([...honest, [path as string, changed]])
  const mirror = await open()
  expect(await mirror.follow()).toMatchObject({ ok: false, error: 'data-missing' })
  expect(await cosignedSize()).toBe(0)
  files = honest
  expect(await mirror.follow()).toMatchObject({ ok: true })
  expect(await cosignedSize()).toBe(sealed.log.size)
})

test('an election other than the pinned one is not mirrored', async () => {
  const mirror = await open('00'.repeat(32))
  expect(await mirror.follow()).toMatchObject({ ok: false, error: 'other-election' })
  expect(await cosignedSize()).toBe(0)
})

test('a network that fails at any file is tried again without a trace', async () => {
  const paths = [...sealed.log.allFiles().keys()].filter(
    (path, at) => !path.startsWith('tile/0') && (isFull || at % 3 === 0),
  )
  for (const failing of paths) {
    let failures = 0
    broken = (path) => path === failing && failures++ === 0
    let mirror = await open()
    await mirror.follow().catch((error: unknown) => expect(error).toBeInstanceOf(SourceError))
    if (mirror.isDirty) mirror = await open()
    expect(await mirror.follow()).toMatchObject({ ok: true })
    expect(await cosignedSize()).toBe(sealed.log.size)
    rmSync(folder(), { recursive: true })
    store.close()
    rmSync(join(dir, 'witness.sqlite'))
    store = openWitnessStore(join(dir, 'witness.sqlite'))
  }
})

test('a blob that is not served or is another one makes the mirror wait, not stop', async () => {
  const honest = sealed.log.allFiles()
  const blobs = [...honest.keys()].filter((path) => path.startsWith('blob/'))
  expect(blobs.length).toBeGreaterThan(0)
  const path = blobs.at(-1) as string
  for (const bent of [undefined, new Uint8Array(3)]) {
    files = new Map(
      [...honest].flatMap(([name, bytes]) => (name !== path ? [[name, bytes]] : bent ? [[name, bent]] : [])),
    )
    const mirror = await open()
    expect(await mirror.follow()).toMatchObject({ ok: false, error: 'data-missing' })
    expect(mirror.isDirty).toBe(true)
    expect(await cosignedSize()).toBe(0)
  }
  files = honest
  expect(await (await open()).follow()).toMatchObject({ ok: true })
})

/** What the log serves when something on the way changes a byte `at` of every file that `isBent` names. */
function bend(isBent: (path: string) => boolean, at: number): Files {
  const flip = (bytes: Uint8Array) =>
    bytes.map((byte, i) => (i === at || (at < 0 && i === bytes.length + at) ? byte ^ 1 : byte))
  return new Map(
    [...sealed.log.allFiles()].map(([path, bytes]) => [path, isBent(path) ? flip(bytes) : bytes]),
  )
}

test.each([
  { what: 'records that it knows already', bent: bend((path) => path.startsWith('tile/entries/'), 40) },
  { what: 'new records', bent: bend((path) => path.startsWith('tile/entries/'), -9) },
  { what: 'tiles and records', bent: bend((path) => path.startsWith('tile/'), -9) },
])('wrong $what on the way are neither kept nor a proof against the log', async ({ bent }) => {
  files = (ledgers[1] as BuiltLedger).log.allFiles()
  const mirror = await open()
  await mirror.follow()
  files = bent
  expect(await mirror.follow()).toMatchObject({ ok: false, error: 'data-missing' })
  files = sealed.log.allFiles()
  expect(await mirror.follow()).toMatchObject({ ok: true })
  expect((await open()).view.size).toBe(sealed.log.size)
})

test('signature lines of strangers are not handed on, however many they are', async () => {
  const honest = sealed.log.allFiles()
  const note = new TextDecoder().decode(honest.get('checkpoint'))
  const stranger = formatSignatureLine({
    name: 'x.example',
    keyId: '01020304',
    signature: new Uint8Array(900),
  })
  files = new Map([...honest, ['checkpoint', utf8(note + `${stranger}\n`.repeat(98))]])
  const mirror = await open()
  expect(await mirror.follow()).toMatchObject({ ok: true })
  expect(await cosignedSize()).toBe(sealed.log.size)
  expect(await copyReader(folder()).checkpoint()).not.toContain('x.example')
  expect(await (await open()).follow()).toMatchObject({ ok: true })
})

test('a clock that is behind stops the signing only as long as it is', async () => {
  const mirror = await open()
  await mirror.follow()
  seconds -= 100
  expect(await mirror.follow()).toMatchObject({ ok: false, error: 'clock-behind' })
  seconds += 100
  expect(await mirror.follow()).toMatchObject({ ok: true })
})

test('a copy that this mirror has not cosigned is not believed', async () => {
  await (await open()).follow()
  writeFileSync(join(folder(), 'checkpoint'), sealed.log.allFiles().get('checkpoint') as Uint8Array)
  await expect(open()).rejects.toThrow('copy-damaged')
})

test('a mirror that has found a broken rule does not begin anew', async () => {
  const lie = await MUTATIONS.find(({ name }) => name === 'a batch is empty')?.plan?.(election)
  files = lie?.publish().allFiles() ?? files
  const mirror = await open(toHex(lie?.fixture.manifestHash ?? new Uint8Array(0)))
  expect(await mirror.follow()).toMatchObject({ ok: false, error: 'rule-broken' })
  expect(mirror.isDirty).toBe(false)
  expect(readdirSync(join(folder(), 'conflicts'))).toHaveLength(1)
})

test('an answer without end and a full disk are waited out', async () => {
  const failures: Error[] = [new OversizeError('checkpoint', 1), new SourceError('timeout', '', '')]
  const follow = async () => {
    const error = failures.shift()
    if (error !== undefined) throw error
    return ok(undefined)
  }
  const view = { size: 0, problem: null, failure: null }
  const mirror = { follow, view, isDirty: false, close: async () => {} } as unknown as Mirror
  const clock = createVirtualClock({ startMs: 5_000 })
  const following = await followLog({
    open: async () => mirror,
    clock,
    pollMs: 1_000,
    log: silentLogger,
    onBroken: unexpected,
  })
  await following.look()
  expect(following.status().unreadable).toBe('oversize')
  await following.look()
  expect(following.status().unreadable).toBe('timeout')
  await following.look()
  expect(following.status()).toMatchObject({ unreadable: null, lookedAt: 5 })
  await following.close()
})

const lies = MUTATIONS.filter(
  ({ serve, stage, rule }, at) =>
    serve === undefined && stage === undefined && (isFull || at % 20 === 0 || rule === 'batch.unfinished'),
)

test.each(lies)('is not cosigned: $name', async (mutation) => {
  const plan = (await mutation.plan?.(election)) ?? election.plan
  files = plan.publish().allFiles()
  const pinned = mutation.pinsHonestManifest ? election.fixture : plan.fixture
  const mirror = await open(toHex(pinned.manifestHash))
  const followed = await mirror.follow()
  // What only the end of the log shows (an unmatched kiosk manifest) is for `verify`; the record itself broke no rule.
  if (followed.ok)
    expect(mutation.rule).toMatch(
      /^(settlement|turnout|kiosk-manifest|refusal|polls|count|result|mix|decryption|incident)/,
    )
  else expect(await cosignedSize()).toBe(0)
})
