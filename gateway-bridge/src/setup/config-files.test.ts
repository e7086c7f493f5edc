import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestCertificates } from '@hanpyo/platform/testing/certificates.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bridgeConfigSchema } from '../config.ts'
import { readBrokerFiles } from './config-files.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-config-files-'))
})
afterAll(() => rm(dir, { recursive: true }))

test('the files for the broker are read when they fit, and otherwise what is wrong is named without quoting them', async () => {
  const certificates = await createTestCertificates()
  const [one, two] = [await certificates.client('bridge'), await certificates.client('bridge')]
  const files = { ca: one.ca, cert: one.cert, key: one.key, other: two.key, nonsense: 'secret words' }
  const paths = Object.fromEntries(Object.keys(files).map((name) => [name, join(dir, name)]))
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  const read = (more: object) =>
    readBrokerFiles(bridgeConfigSchema.shape.mqtt.parse({ url: 'mqtts://x', clientId: 'b', ...more }))
  const { ca, cert, key, other, nonsense } = paths
  expect(await read({ ca, cert, key })).toMatchObject({ ok: true, value: { tls: one } })
  expect(await read({})).toMatchObject({ ok: true, value: { url: 'mqtts://x' } })
  const missing = join(dir, 'missing')
  expect(await read({ ca, cert, key: missing })).toMatchObject({
    error: 'config-invalid',
    detail: expect.stringMatching(/^mqtt\.key: ENOENT/),
  })
  for (const wrong of [
    { ca: nonsense },
    { ca, cert: nonsense, key },
    { ca, cert, key: nonsense },
    { ca, cert, key: other },
  ]) {
    const refused = await read(wrong)
    expect(refused).toMatchObject({
      error: 'config-invalid',
      detail: expect.stringMatching(/^mqtt\.ca, .*: ERR_/),
    })
    expect(JSON.stringify(refused)).not.toContain('secret')
  }
})
