/**
 * Loading a content package with the power cut, the disk full or the stick pulled at every moment there is; without HANPYO_FULL=1 at
 * every third.
 */
import { cp, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestElection, type TestElection } from '@hanpyo/kiosk/testing/test-election.ts'
import { createNodeEd25519 } from '@hanpyo/platform/crypto/node-backend.ts'
import { DurableWriteError } from '@hanpyo/platform/durable-file.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { expectOk, ok, type Result } from '@hanpyo/protocol/result.ts'
import { deviceFolder } from '@hanpyo/provisioning/frame/device-folder.ts'
import { type FilePort, nodeFiles, nodePorts } from '@hanpyo/provisioning/frame/ports.ts'
import { explained } from '@hanpyo/provisioning/frame/run-steps.ts'
import { createBundle } from '@hanpyo/provisioning/kiosk/bundle/create.ts'
import { importBundle } from '@hanpyo/provisioning/kiosk/bundle/import.ts'
import { withVerifiedBundle } from '@hanpyo/provisioning/kiosk/bundle/verify.ts'
import type { Archive } from '@hanpyo/provisioning/kiosk/bundle/zip-reader.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cutOff, interceptFiles } from './cut-files.ts'

const ed25519 = createNodeEd25519()
const STRIDE = process.env.HANPYO_FULL === '1' ? 1 : 3
let dir: string
let old: Package
let fresh: Package

interface Package {
  readonly path: string
  readonly of: TestElection
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-bundle-faults-'))
  old = await pack(createTestElection({ slipCount: 2 }), 'old')
  fresh = await pack(createTestElection({ slipCount: 3, label: 'fresh' }), 'fresh')
})
afterAll(() => rm(dir, { recursive: true }))

async function pack(of: TestElection, name: string): Promise<Package> {
  const electionDir = join(dir, `election-${name}`)
  const { credentials, supportKeys, id } = of.election.manifest
  await mkdir(join(electionDir, 'blobs'), { recursive: true })
  await writeFile(join(electionDir, 'manifest.note'), of.manifestNote)
  await writeFile(join(electionDir, 'blobs', credentials.blob), of.credentialList)
  await writeFile(join(electionDir, 'blobs', supportKeys.blob), of.supportList)
  const signer = {
    ed25519,
    name: keyName.deviceAuthority(id),
    seed: of.seeds.deviceAuthority,
    at: 1_790_000_000,
  }
  const path = join(dir, `${name}.zip`)
  await writeFile(path, expectOk(await createBundle({ electionDir }, signer)))
  return { path, of }
}

/** As the command does: checks the package, and runs the step on `files`. */
async function load(
  root: string,
  { path, of }: Package,
  files: FilePort = nodeFiles,
  openArchive?: (path: string) => Promise<Archive>,
): Promise<Result<string, string>> {
  const trust = { ed25519, authority: of.election.manifest.keys.authority }
  return explained(() =>
    withVerifiedBundle<string, never>(
      path,
      trust,
      async (bundle): Promise<Result<string, never>> => {
        const box = async () => ok({ stored: 0, waiting: 0, unproven: 0 })
        const ctx = { ...nodePorts(), files, folder: deviceFolder(root), bundle, box }
        const inspected = await importBundle.inspect(ctx)
        if (!inspected.ok || inspected.value === 'done') return inspected as Result<string, never>
        const applied = await importBundle.apply(ctx)
        return (applied.ok ? ok('loaded') : applied) as Result<string, never>
      },
      openArchive,
    ),
  )
}

/** A cut-off run closes no file. */
async function inMemory(path: string): Promise<Archive> {
  const bytes = await readFile(path)
  const read = async (into: Uint8Array, offset: number, length: number, position: number) => {
    const bytesRead = bytes.copy(into, offset, position, position + length)
    return { bytesRead, buffer: into }
  }
  return { read, stat: async () => ({ size: bytes.length }), close: async () => {} } as unknown as Archive
}

/** Which package a kiosk that starts now would find, whole. */
async function held(root: string): Promise<Package | null> {
  const note = await readFile(join(root, 'election', 'manifest.note'), 'utf8').catch(() => null)
  if (note === null) return null
  const found = [old, fresh].find(({ of }) => of.manifestNote === note)
  if (found === undefined) throw new Error('half a manifest')
  const { credentials, supportKeys } = found.of.election.manifest
  const blob = async (name: string) => new Uint8Array(await readFile(join(root, 'election', 'blobs', name)))
  expect(await blob(credentials.blob)).toEqual(found.of.credentialList)
  expect(await blob(supportKeys.blob)).toEqual(found.of.supportList)
  return found
}

const starts: [string, (root: string) => Promise<unknown>][] = [
  ['an empty kiosk', async () => {}],
  ['a kiosk with another election', (root) => load(root, old)],
  [
    'a kiosk whose content was damaged',
    async (root) => {
      expectOk(await load(root, fresh))
      await rm(join(root, 'election', 'blobs', fresh.of.election.manifest.credentials.blob))
    },
  ],
]

async function prepared(
  start: (root: string) => Promise<unknown>,
): Promise<(name: string) => Promise<string>> {
  const base = await mkdtemp(join(dir, 'device-'))
  await mkdir(join(base, 'start'))
  await start(join(base, 'start'))
  return async (name) => {
    await cp(join(base, 'start'), join(base, name), { recursive: true, verbatimSymlinks: true })
    return join(base, name)
  }
}

const contents = async (root: string) =>
  (await readdir(join(root, 'content'))).filter((name) => !name.startsWith('.'))

test.each(starts)(
  'the power cut at any change of %s leaves a whole content, and the next run loads it',
  async (name, start) => {
    const copy = await prepared(start)
    for (let cutAt = 0; ; cutAt += STRIDE) {
      const root = await copy(`cut-${cutAt}`)
      const wasCut = await cutOff(cutAt, (files) => load(root, fresh, files, inMemory))
      if (name.includes('another')) expect(await held(root), `cut ${cutAt}`).not.toBeNull()
      // Damaged, yes; dangling, never.
      if (name.includes('damaged'))
        expect(await readFile(join(root, 'election', 'manifest.note'), 'utf8')).toBe(fresh.of.manifestNote)
      expect(await load(root, fresh), `cut ${cutAt}`).toMatchObject({ ok: true })
      expect(await held(root)).toBe(fresh)
      expect(await load(root, fresh)).toMatchObject({ value: 'done' })
      expect(await contents(root)).toHaveLength(name.includes('another') ? 2 : 1)
      if (!wasCut) {
        expect(cutAt).toBeGreaterThan(6)
        return
      }
    }
  },
)

test('a disk that is full at any write is named, nothing half written is left on it, and the old content stays', async () => {
  const copy = await prepared((root) => load(root, old))
  for (let fullAt = 0; ; fullAt += STRIDE) {
    const root = await copy(`full-${fullAt}`)
    let wasFull = false
    const files = interceptFiles(async (change, path) => {
      if (change !== fullAt || wasFull) return
      wasFull = true
      throw new DurableWriteError('disk-full', path, new Error('ENOSPC'))
    })
    const result = await load(root, fresh, files)
    if (!wasFull) return expect(fullAt).toBeGreaterThan(6)
    // What fails after the switch leaves the new content, whole; before it, the old one.
    if (!result.ok) expect(result.error, `change ${fullAt}`).toBe('disk-full')
    expect(await held(root), `change ${fullAt}`).toBe(result.ok ? fresh : old)
    expect((await contents(root)).filter((name) => name.endsWith('.new'))).toEqual([])
    expect(await load(root, fresh)).toMatchObject({ ok: true })
    expect(await held(root)).toBe(fresh)
  }
})

test('a stick that is pulled at any read is named, the old content stays, and the next run loads the new', async () => {
  const copy = await prepared((root) => load(root, old))
  const root = await copy('pulled')
  for (let pulledAt = 0; ; pulledAt += STRIDE) {
    let [reads, wasPulled] = [0, false]
    const openArchive = async (path: string): Promise<Archive> => {
      const archive = await open(path)
      const read = ((...args: Parameters<typeof archive.read>) => {
        if (reads++ >= pulledAt) {
          wasPulled = true
          return Promise.reject(Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' }))
        }
        return archive.read(...args)
      }) as Archive['read']
      return { read, stat: archive.stat.bind(archive) as Archive['stat'], close: () => archive.close() }
    }
    const result = await load(root, fresh, nodeFiles, openArchive)
    if (!wasPulled) {
      expect(result).toMatchObject({ value: 'loaded' })
      expect(await held(root)).toBe(fresh)
      return expect(pulledAt).toBeGreaterThan(15)
    }
    expect(result, `read ${pulledAt}`).toMatchObject({ error: 'bundle-pulled', detail: 'EIO' })
    expect(await held(root), `read ${pulledAt}`).toBe(old)
  }
})
