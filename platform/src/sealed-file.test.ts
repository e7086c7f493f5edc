import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeUtf8, toBase64, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { nodeRandom } from './random.ts'
import { programRunner } from './run-program.ts'
import { readSealableKeyFile } from './sealable-key-file.ts'
import { describeSealed, openSealed, seal } from './sealed-file.ts'
import { hasSwtpm, type SoftwareTpm, startSwtpm } from './testing/swtpm.ts'
import { openTpm } from './tpm/tpm.ts'

const plaintext = utf8('{"type":"test-key","name":"kiosk/7","secret":"한표"}')
const common = { name: 'kiosk/7', content: 'test-key', plaintext, random: nodeRandom }
const withPassphrase = (passphrase: string) => ({ passphrase: async () => passphrase })
const sealed = async (passphrase: string) =>
  expectOk(await seal({ ...common, how: { method: 'passphrase', passphrase, work: 10 } }))

test('the passphrase opens what it sealed, and no other does', async () => {
  const text = await sealed('맞는 말')
  expect(text).not.toContain('secret')
  expect(expectOk(await openSealed(utf8(text), withPassphrase('맞는 말'.normalize('NFD'))))).toEqual(
    plaintext,
  )
  expect(await openSealed(utf8(text), withPassphrase('맞는 말 '))).toMatchObject({ error: 'seal-wrong' })
  expect(await openSealed(utf8(text), {})).toMatchObject({ error: 'seal-passphrase-missing' })
  expect(describeSealed(utf8(text))).toEqual({ name: 'kiosk/7', content: 'test-key', method: 'passphrase' })
})

test('every changed field of a sealed file is noticed', async () => {
  const text = await sealed('x')
  const file = JSON.parse(text) as { seal: object; sealed: string }
  const other = toBase64(nodeRandom(16))
  for (const changed of [
    { ...file, name: 'kiosk/8' },
    { ...file, content: 'other-key' },
    { ...file, nonce: toBase64(nodeRandom(12)) },
    { ...file, seal: { ...file.seal, salt: other } },
    { ...file, seal: { ...file.seal, work: 11 } },
    { ...file, sealed: toBase64(new Uint8Array(5)) },
    { ...file, more: 1 },
  ]) {
    expect((await openSealed(utf8(JSON.stringify(changed)), withPassphrase('x'))).ok).toBe(false)
  }
})

test('a key file is read whether it is sealed or not, but never when others may read it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-sealed-'))
  const schema = z.strictObject({ type: z.literal('test-key'), name: z.string(), secret: z.string() })
  const path = join(dir, 'key.json')
  const read = () => readSealableKeyFile(path, 'test-key', schema, withPassphrase('x'))
  for (const text of [decodeUtf8(plaintext), await sealed('x')]) {
    await writeFile(path, text, { mode: 0o600 })
    expect(await read()).toMatchObject({ ok: true, value: { secret: '한표' } })
    await rm(path)
  }
  await writeFile(path, await sealed('x'), { mode: 0o644 })
  expect(await read()).toMatchObject({ error: 'key-file-readable-by-others' })
  await rm(dir, { recursive: true })
})

test('without tpm2-tools or without a chip there is no TPM', async () => {
  expect(await openTpm(async () => null)).toMatchObject({ error: 'tpm-missing' })
  const nowhere = programRunner({ TPM2TOOLS_TCTI: 'swtpm:path=/nonexistent/tpm', TSS2_LOG: 'all+none' })
  expect(await openTpm(nowhere)).toMatchObject({ error: 'tpm-missing' })
})

const isInstalled = await hasSwtpm()
if (!isInstalled) console.log('skipped: TPM tests (swtpm and tpm2-tools are not installed)')

test.runIf(isInstalled)(
  'a TPM opens what it sealed until a PCR changes, and another TPM never does',
  async () => {
    const calls: string[] = []
    const opener = (chip: SoftwareTpm) => ({
      tpm: () =>
        openTpm((command, args, options) => {
          calls.push([command, ...args].join(' '))
          return chip.run(command, args, options)
        }),
    })
    const tpm = expectOk(await opener(first).tpm())
    const keys: Uint8Array[] = []
    const random = (length: number) => {
      const bytes = nodeRandom(length)
      keys.push(bytes.slice())
      return bytes
    }
    const file = utf8(expectOk(await seal({ ...common, random, how: { method: 'tpm2', tpm } })))
    expect(expectOk(await openSealed(file, opener(first)))).toEqual(plaintext)
    expect(await openSealed(file, {})).toMatchObject({ error: 'tpm-missing' })
    expect(await openSealed(file, opener(second))).toMatchObject({ error: 'tpm-refused' })
    await first.run('tpm2_pcrextend', [`7:sha256=${'ab'.repeat(32)}`])
    expect(await openSealed(file, opener(first))).toMatchObject({ error: 'tpm-refused' })
    const told = calls.join('\n')
    for (const key of keys.filter(({ length }) => length === 32)) {
      expect(told).not.toContain(toHex(key))
      expect(told).not.toContain(toBase64(key))
    }
  },
)

let first: SoftwareTpm
let second: SoftwareTpm
beforeAll(async () => {
  if (isInstalled) [first, second] = await Promise.all([startSwtpm(), startSwtpm()])
})
afterAll(async () => {
  if (isInstalled) await Promise.all([first.close(), second.close()])
})
