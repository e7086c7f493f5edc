import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { readKeyFile, writeKeyFile } from './keyfile.ts'

const schema = z.strictObject({ type: z.literal('test-key'), name: z.string(), seed: z.string().length(4) })
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hanpyo-keys-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a key file is private and comes back as it was written', async () => {
  const path = join(folder, 'a.json')
  const key = { type: 'test-key', name: 'kiosk/7', seed: 'abcd' } as const
  expect(await writeKeyFile(path, key)).toMatchObject({ ok: true })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(await readKeyFile(path, 'test-key', schema)).toEqual({ ok: true, value: key })
})

test('an existing key is only replaced when asked to', async () => {
  const path = join(folder, 'b.json')
  const key = { type: 'test-key', name: 'one', seed: 'abcd' }
  await writeKeyFile(path, key)
  expect(await writeKeyFile(path, { ...key, name: 'two' })).toMatchObject({ error: 'key-file-exists' })
  expect(await readKeyFile(path, 'test-key', schema)).toMatchObject({ value: { name: 'one' } })
  await writeKeyFile(path, { ...key, name: 'two' }, { replace: true })
  expect(await readKeyFile(path, 'test-key', schema)).toMatchObject({ value: { name: 'two' } })
})

test('missing, foreign, malformed and readable files are refused without showing their content', async () => {
  const path = join(folder, 'c.json')
  expect(await readKeyFile(path, 'test-key', schema)).toMatchObject({ error: 'key-file-missing' })
  const refusals: [string, string][] = [
    ['not json', 'key-file-malformed'],
    ['{"type":"other-key","name":"x"}', 'key-file-type'],
    ['{"type":"test-key","name":"x","seed":"TOOLONGSECRET"}', 'key-file-malformed'],
  ]
  for (const [text, error] of refusals) {
    writeFileSync(path, text, { mode: 0o600 })
    const read = await readKeyFile(path, 'test-key', schema)
    expect(read).toMatchObject({ ok: false, error })
    expect(JSON.stringify(read)).not.toContain('SECRET')
  }
  chmodSync(path, 0o640)
  expect(await readKeyFile(path, 'test-key', schema)).toMatchObject({ error: 'key-file-readable-by-others' })
})
