import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { DurableWriteError, makeDurableDirectory, readIfPresent, writeDurable } from './durable-file.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hanpyo-durable-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (error instanceof DurableWriteError) return error.code
    throw error
  }
  return 'no error'
}

test('content is replaced whole and no temporary file is left', async () => {
  const place = join(folder, 'replace')
  await makeDurableDirectory(place)
  await writeDurable(join(place, 'a'), 'first, and longer')
  await writeDurable(join(place, 'a'), Uint8Array.of(1, 2, 3))
  expect([...readFileSync(join(place, 'a'))]).toEqual([1, 2, 3])
  expect(readdirSync(place)).toEqual(['a'])
})

test('an exclusive write never replaces and leaves the old content', async () => {
  const path = join(folder, 'exclusive')
  await writeDurable(path, 'mine', { exclusive: true, mode: 0o600 })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(await codeOf(writeDurable(path, 'yours', { exclusive: true }))).toBe('file-exists')
  expect(readFileSync(path, 'utf8')).toBe('mine')
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
})

test('a missing folder is "io-error" with the path in the message', async () => {
  const writing = writeDurable(join(folder, 'missing', 'a'), 'x')
  await expect(writing).rejects.toThrow(join(folder, 'missing', 'a'))
  expect(await codeOf(writing)).toBe('io-error')
})

test('directories are made with their parents, again without harm', async () => {
  const deep = join(folder, 'x', 'y', 'z')
  await makeDurableDirectory(deep)
  await makeDurableDirectory(deep)
  expect(statSync(deep).isDirectory()).toBe(true)
})

test('a full disk is "disk-full", the old content stays and no temporary file is left', async (context) => {
  const disk = join(folder, 'disk')
  await makeDurableDirectory(disk)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk])
  if (mounted.status !== 0) return context.skip('needs the right to mount a small file system')
  onTestFinished(() => void spawnSync('umount', [disk]))
  await writeDurable(join(disk, 'a'), 'old')
  expect(await codeOf(writeDurable(join(disk, 'a'), new Uint8Array(200_000)))).toBe('disk-full')
  expect(readFileSync(join(disk, 'a'), 'utf8')).toBe('old')
  expect(readdirSync(disk)).toEqual(['a'])
})

test('reading what is not there is null, any other failure throws', async () => {
  expect(await readIfPresent(join(folder, 'nothing'))).toBeNull()
  writeFileSync(join(folder, 'something'), 'x')
  expect(await readIfPresent(join(folder, 'something'))).toEqual(Uint8Array.of(0x78))
  await expect(readIfPresent(folder)).rejects.toThrow('EISDIR')
})
