import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { hashOfSoftware, shippedFiles, storedFile, writeFiles, writeToStick } from './technician-files.ts'

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hanpyo-technician-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

test('a value is there again after a restart, and a damaged file counts as none', async () => {
  const path = join(folder(), 'value.json')
  const open = () => storedFile(path, z.int().nullable(), null)
  const stored = await open()
  expect(stored.value).toBeNull()
  expect(await stored.keep(7)).toBe(true)
  expect((await open()).value).toBe(7)
  for (const damage of ['', '"seven"', '{"a":']) {
    writeFileSync(path, damage)
    expect((await open()).value).toBeNull()
  }
})

test('a value that cannot be written stays as it was', async () => {
  const stored = await storedFile(join(folder(), 'missing', 'value.json'), z.int(), 1)
  expect(await stored.keep(2)).toBe(false)
  expect(stored.value).toBe(1)
})

test('reports are written into a folder that is made, but never beside a stick that is not plugged in', async () => {
  const dir = folder()
  const files = [{ name: 'readiness.json', bytes: utf8('{}\n') }]
  expect(await writeFiles(join(dir, 'readiness'), files)).toBe(true)
  expect(readFileSync(join(dir, 'readiness', 'readiness.json'), 'utf8')).toBe('{}\n')
  expect(await writeToStick(join(dir, 'stick'), files)).toBe(false)
  mkdirSync(join(dir, 'stick'))
  expect(await writeToStick(join(dir, 'stick'), files)).toBe(true)
})

test('the software is what a kiosk runs from: a test in it changes no hash, a changed source does', async () => {
  const root = folder()
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  put('package-lock.json', '{}')
  put('kiosk/src/main.ts', 'one')
  put('kiosk/README.md', 'not shipped')
  const first = await hashOfSoftware(root)
  put('kiosk/src/main.test.ts', 'a test')
  put('kiosk/src/testing/helper.ts', 'a helper of tests')
  expect(await hashOfSoftware(root)).toBe(first)
  expect((await shippedFiles(root)).map(({ path }) => path).sort()).toEqual([
    'kiosk/src/main.ts',
    'package-lock.json',
  ])
  put('kiosk/src/main.ts', 'two')
  expect(await hashOfSoftware(root)).not.toBe(first)
})
