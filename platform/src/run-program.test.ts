import { afterEach, expect, test, vi } from 'vitest'
import { programRunner } from './run-program.ts'

afterEach(() => vi.unstubAllEnvs())

test('another program gets the environment without the secrets in it, and what it is given on purpose', async () => {
  const secrets = ['CHIRPSTACK_TOKEN', 'WIFI_PSK', 'DESK_PASSPHRASE', 'APP_KEY', 'TEST_SLIP']
  for (const name of secrets) vi.stubEnv(`HANPYO_${name}`, 'hidden')
  vi.stubEnv('HANPYO_KEY_PASSPHRASE_FILE', '/run/pass')
  const script = 'process.stdout.write(JSON.stringify(process.env))'
  const done = await programRunner({ HANPYO_ADDED: 'given' })(process.execPath, ['-e', script])
  const text = Buffer.from(done?.stdout ?? []).toString()
  expect(text).not.toContain('hidden')
  expect(JSON.parse(text)).toMatchObject({
    HANPYO_ADDED: 'given',
    HANPYO_KEY_PASSPHRASE_FILE: '/run/pass',
    PATH: process.env.PATH,
  })
})
