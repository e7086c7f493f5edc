import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { afterEach, expect, test } from 'vitest'
import { engineLogReader } from './ledger/log-reader.ts'
import { createStaticFolder } from './publish-static.ts'
import { blobsOfManifest } from './setup/initialise.ts'
import { TestBridge } from './testing/test-bridge.ts'
import { TestElection } from './testing/test-election.ts'

const backend = await createNodeBackend()
let bridge: TestBridge
const dirs: string[] = []

afterEach(async () => {
  await bridge.dispose()
  for (const dir of dirs.splice(0)) await rm(dir, { recursive: true })
})

async function filesOf(dir: string): Promise<Map<string, string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  return new Map(
    await Promise.all(
      files.map(
        async (file) => [file.slice(dir.length + 1), (await readFile(file)).toString('base64')] as const,
      ),
    ),
  )
}

test('a folder that grew batch by batch serves what HTTP serves, as one rebuilt at the end does', async () => {
  const election = new TestElection({ backend })
  bridge = await TestBridge.start({ election })
  const [grown, rebuilt] = [
    await mkdtemp(join(tmpdir(), 'grown-')),
    await mkdtemp(join(tmpdir(), 'rebuilt-')),
  ]
  dirs.push(grown, rebuilt)
  const reader = engineLogReader(bridge.engine)
  const names = blobsOfManifest(election.manifest)
  let size = bridge.bridge.sequencer.logState.head.size
  const folder = createStaticFolder(grown, reader)
  await folder.rebuild(size, names)
  for (const slip of [0, 1, 2]) {
    await bridge.cast(election.ballot(slip))
    await bridge.tick()
    const newSize = bridge.bridge.sequencer.logState.head.size
    await folder.grow(newSize)
    size = newSize
  }
  await createStaticFolder(rebuilt, reader).rebuild(size, names)

  const last = await filesOf(rebuilt)
  const all = await filesOf(grown)
  for (const [path, content] of last) {
    expect(all.get(path)).toBe(content)
    const served = await bridge.fetch(`/${path}`)
    expect(served.status).toBe(200)
    expect(Buffer.from(await served.arrayBuffer()).toString('base64')).toBe(content)
  }
  expect([...last.keys()]).toContain('checkpoint')
  expect([...last.keys()].filter((path) => path.startsWith('blob/'))).toHaveLength(2)
})

test('a checkpoint is shown when everything under it is there, whatever came in between or failed', async () => {
  const election = new TestElection({ backend })
  bridge = await TestBridge.start({ election })
  const dir = await mkdtemp(join(tmpdir(), 'shown-'))
  dirs.push(dir)
  const asked: string[] = []
  let onEntries = async (): Promise<void> => {}
  const reader = engineLogReader(bridge.engine)
  const folder = createStaticFolder(dir, {
    ...reader,
    async checkpoint() {
      asked.push('checkpoint')
      return reader.checkpoint()
    },
    async entries(...args) {
      await onEntries()
      asked.push('entries')
      return reader.entries(...args)
    },
  })
  const size = () => bridge.bridge.sequencer.logState.head.size
  await folder.rebuild(size(), [])

  // The witnesses are faster than the disk.
  await bridge.cast(election.ballot(0))
  await bridge.tick()
  const [reading, disk] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  onEntries = async () => {
    reading.resolve()
    await disk.promise
  }
  asked.length = 0
  const done = [folder.grow(size()), folder.publish()]
  await reading.promise
  expect(asked).toEqual([])
  disk.resolve()
  await Promise.all(done)
  expect(asked[0]).toBe('entries')

  // A disk that was full has room again.
  await bridge.cast(election.ballot(1))
  await bridge.tick()
  onEntries = () => Promise.reject(new Error('no space left'))
  await expect(folder.grow(size())).rejects.toThrow('no space')
  await expect(folder.publish()).rejects.toThrow('no space')
  onEntries = async () => {}
  await folder.publish()
  const shown = await filesOf(dir)
  const other = await mkdtemp(join(tmpdir(), 'rebuilt-'))
  dirs.push(other)
  await createStaticFolder(other, reader).rebuild(size(), [])
  for (const [path, content] of await filesOf(other)) expect(shown.get(path), path).toBe(content)
})
