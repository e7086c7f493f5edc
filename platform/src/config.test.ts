import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { loadConfig } from './config.ts'

const schema = z.strictObject({
  name: z.string(),
  http: z.strictObject({ port: z.int(), maxBodyBytes: z.int().default(5) }),
})
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hanpyo-config-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function load(text: string, env: Record<string, string> = {}) {
  const path = join(folder, 'x.toml')
  writeFileSync(path, text)
  return loadConfig({ path, schema, envPrefix: 'HANPYO_X_', env })
}

test('a file is read, checked and completed', async () => {
  expect(await load('name = "a"\n[http]\nport = 80')).toEqual({
    ok: true,
    value: { name: 'a', http: { port: 80, maxBodyBytes: 5 } },
  })
})

test('variables of the environment override the file, with words and levels', async () => {
  const env = { HANPYO_X_NAME: 'b 1', HANPYO_X_HTTP__MAX_BODY_BYTES: '7', OTHER: 'x' }
  expect(await load('name = "a"\n[http]\nport = 80', env)).toEqual({
    ok: true,
    value: { name: 'b 1', http: { port: 80, maxBodyBytes: 7 } },
  })
})

test('every problem is named with file and field', async () => {
  const loaded = await load('nmae = "a"\n[http]\nport = "x"')
  expect(loaded).toMatchObject({ ok: false, error: 'config-invalid' })
  const detail = loaded.ok ? '' : loaded.detail!
  for (const part of ['x.toml', 'name:', 'http.port:', 'nmae']) expect(detail).toContain(part)
})

test('a syntax error is named with its line', async () => {
  expect(await load('name = "a"\nhttp = [')).toMatchObject({
    error: 'config-malformed',
    detail: expect.stringMatching(/x\.toml:2:\d+:/),
  })
})

test('a missing file is said to be missing', async () => {
  const path = join(folder, 'none.toml')
  expect(await loadConfig({ path, schema })).toMatchObject({ error: 'config-missing' })
})
