import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import { shellConfig } from './shell-config.ts'

const readToken = () => 'secret\n'
const env = { HANPYO_CORE_URL: 'http://127.0.0.1:4100', HANPYO_SHELL_TOKEN_FILE: '/run/token' }

test('address and token come from the environment, the token anew with every request', () => {
  let boot = 0
  const config = expectOk(
    shellConfig(env, () => {
      boot += 1
      return `secret-${boot}\n`
    }),
  )
  expect(config).toMatchObject({ core: { url: 'http://127.0.0.1:4100' }, windowed: false, isStaff: false })
  expect([config.core.token(), config.core.token()]).toEqual(['secret-2', 'secret-3'])
})

test('an address that is not loopback is refused', () => {
  for (const url of [
    'http://example.org/',
    'https://127.0.0.1/',
    'http://127.0.0.1.example.org/',
    'http://[::2]/',
  ]) {
    expect(shellConfig({ ...env, HANPYO_CORE_URL: url }, readToken)).toMatchObject({
      error: 'core-url-not-loopback',
    })
  }
})

test('a missing address or an unreadable token is said plainly', () => {
  expect(shellConfig({}, readToken)).toMatchObject({ error: 'core-url-missing' })
  const unreadable = (): string => {
    throw new Error('EACCES')
  }
  expect(shellConfig(env, unreadable)).toMatchObject({ error: 'token-file-unreadable', detail: 'EACCES' })
})
