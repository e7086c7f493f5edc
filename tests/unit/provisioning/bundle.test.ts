import { lstat, mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestElection, type TestElection } from '@hanpyo/kiosk/testing/test-election.ts'
import { createNodeEd25519 } from '@hanpyo/platform/crypto/node-backend.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { expectOk, ok, type Result } from '@hanpyo/protocol/result.ts'
import { deviceFolder } from '@hanpyo/provisioning/frame/device-folder.ts'
import { nodePorts } from '@hanpyo/provisioning/frame/ports.ts'
import { createBundle } from '@hanpyo/provisioning/kiosk/bundle/create.ts'
import { importBundle } from '@hanpyo/provisioning/kiosk/bundle/import.ts'
import { withVerifiedBundle } from '@hanpyo/provisioning/kiosk/bundle/verify.ts'
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import { afterAll, beforeAll, expect, test } from 'vitest'

const ed25519 = createNodeEd25519()
let dir: string
let election: TestElection
let other: TestElection
let bundle: Uint8Array

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-bundle-'))
  election = createTestElection({ slipCount: 2, isTest: true })
  other = createTestElection({ slipCount: 3, label: 'another' })
  bundle = await make(election, 'a')
})
afterAll(() => rm(dir, { recursive: true }))

async function make(of: TestElection, name: string): Promise<Uint8Array> {
  const electionDir = join(dir, `election-${name}`)
  const extrasDir = join(dir, `extras-${name}`)
  const { credentials, supportKeys, id } = of.election.manifest
  await mkdir(join(electionDir, 'blobs'), { recursive: true })
  await mkdir(join(extrasDir, 'audio', 'ko'), { recursive: true })
  await writeFile(join(electionDir, 'manifest.note'), of.manifestNote)
  await writeFile(join(electionDir, 'blobs', credentials.blob), of.credentialList)
  await writeFile(join(electionDir, 'blobs', supportKeys.blob), of.supportList)
  await writeFile(join(extrasDir, 'audio', 'ko', 'title.opus'), 'a clip')
  const signer = {
    ed25519,
    name: keyName.deviceAuthority(id),
    seed: of.seeds.deviceAuthority,
    at: 1_790_000_000,
  }
  return expectOk(await createBundle({ electionDir, extrasDir }, signer))
}

const trust = (of: TestElection = election) => ({ ed25519, authority: of.election.manifest.keys.authority })

async function check(bytes: Uint8Array, of = election): Promise<Result<number, string>> {
  const path = join(dir, 'checked.zip')
  await writeFile(path, bytes)
  return withVerifiedBundle(path, trust(of), async ({ files }) => ok(files.length))
}

async function load(root: string, bytes: Uint8Array, of: TestElection, waiting = 0) {
  const path = join(dir, 'loaded.zip')
  await writeFile(path, bytes)
  return withVerifiedBundle<string, string>(path, trust(of), async (found) => {
    const ctx = {
      ...nodePorts(),
      folder: deviceFolder(root),
      bundle: found,
      box: async () => ok({ stored: waiting, waiting, unproven: 0 }),
    }
    const inspected = await importBundle.inspect(ctx)
    if (!inspected.ok) return inspected
    if (inspected.value === 'done') return ok('done')
    const applied = await importBundle.apply(ctx)
    return applied.ok ? ok('loaded') : applied
  })
}

test('a package made twice is the same bytes and passes the check', async () => {
  expect(await make(election, 'a')).toEqual(bundle)
  expect(await check(bundle)).toMatchObject({ ok: true })
})

test('one changed byte anywhere is noticed, and in a file the file is named', async () => {
  const text = strFromU8(bundle, true)
  const clip = text.indexOf('a clip')
  const changed = bundle.slice()
  changed[clip] = (changed[clip] as number) ^ 1
  expect(await check(changed)).toMatchObject({ error: 'bundle-tampered', detail: 'audio/ko/title.opus' })
  const step = Math.max(1, Math.floor(bundle.length / 40))
  for (let at = 0; at < bundle.length; at += step) {
    const bytes = bundle.slice()
    bytes[at] = (bytes[at] as number) ^ 0x20
    const result = await check(bytes)
    // Dates and attributes of the container are not content; everything that is read must be as signed.
    if (result.ok) expect(unzipSync(bytes)['manifest.note']).toEqual(unzipSync(bundle)['manifest.note'])
  }
})

test('a package that is cut off anywhere is refused', async () => {
  for (const part of [0, 1, 21, 22, 100, bundle.length >> 1, bundle.length - 1]) {
    expect((await check(bundle.slice(0, part))).ok).toBe(false)
  }
})

test('files that climb out, links, compressed, surplus and doubled files are refused', async () => {
  const parts = unzipSync(bundle)
  const zip = (more: Record<string, unknown>) => zipSync({ ...parts, ...more } as never, { level: 0 })
  for (const name of ['../escape', '/etc/passwd', 'audio/../../x', 'audio\\x', '.hidden', 'AUDIO/x']) {
    expect(await check(zip({ [name]: strToU8('x') }))).toMatchObject({ error: 'bundle-entry-refused' })
  }
  const link = [strToU8('/etc/shadow'), { level: 0, os: 3, attrs: 0xa1ff << 16 }]
  expect(await check(zip({ 'audio/link': link }))).toMatchObject({ detail: 'audio/link: a link' })
  const bomb = [new Uint8Array(4_000_000), { level: 9 }]
  expect(await check(zip({ 'audio/bomb': bomb }))).toMatchObject({ error: 'bundle-entry-refused' })
  expect(await check(zip({ 'audio/surplus': strToU8('x') }))).toMatchObject({
    detail: 'audio/surplus: not in the list',
  })
  const { 'audio/ko/title.opus': _, ...fewer } = parts
  expect(await check(zipSync(fewer, { level: 0 }))).toMatchObject({ error: 'bundle-incomplete' })
})

test('an index signed by anybody else, and a package of another authority, are refused', async () => {
  const foreign = await make(
    { ...election, seeds: { ...election.seeds, deviceAuthority: new Uint8Array(32).fill(9) } },
    'f',
  )
  expect(await check(foreign)).toMatchObject({ error: 'bundle-signature' })
  expect((await check(bundle, other)).ok).toBe(false)
})

test('loading is whole and repeatable, and another election comes in only when nothing waits', async () => {
  const root = join(dir, 'device')
  await mkdir(root)
  expect(await load(root, bundle, election)).toMatchObject({ value: 'loaded' })
  expect(await load(root, bundle, election)).toMatchObject({ value: 'done' })
  const before = await readlink(join(root, 'election'))
  expect(await readFile(join(root, 'election', 'manifest.note'), 'utf8')).toBe(election.manifestNote)
  const second = await make(other, 'b')
  expect(await load(root, second, other, 3)).toMatchObject({ error: 'votes-waiting' })
  expect(await readlink(join(root, 'election'))).toBe(before)
  expect(await load(root, second, other, 0)).toMatchObject({ value: 'loaded' })
  expect(await readFile(join(root, 'election', 'manifest.note'), 'utf8')).toBe(other.manifestNote)
})

test('a load that was cut off leaves the old content, and the next one finishes', async () => {
  const root = join(dir, 'cut')
  await mkdir(join(root, 'content', 'abc.new'), { recursive: true })
  await writeFile(join(root, 'content', 'abc.new', 'half'), 'half')
  await symlink('nowhere', join(root, '.election.new'))
  expect(await load(root, bundle, election)).toMatchObject({ value: 'loaded' })
  await expect(lstat(join(root, 'content', 'abc.new'))).rejects.toThrow('ENOENT')
  await writeFile(join(root, 'election', 'manifest.note'), 'damaged')
  expect(await load(root, bundle, election)).toMatchObject({ value: 'loaded' })
  expect(await readFile(join(root, 'election', 'manifest.note'), 'utf8')).toBe(election.manifestNote)
})

test('a folder named election that people made is left alone', async () => {
  const root = join(dir, 'taken')
  await mkdir(join(root, 'election'), { recursive: true })
  expect(await load(root, bundle, election)).toMatchObject({ error: 'bundle-target-taken' })
})
