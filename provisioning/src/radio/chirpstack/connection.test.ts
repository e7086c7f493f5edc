import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import { keepsTokenPrivate, parseChirpStackUrl } from './connection.ts'

test('a token goes over TLS or stays on this machine, whatever a host is called', () => {
  const isKept = (url: string) => keepsTokenPrivate(expectOk(parseChirpStackUrl(url)))
  for (const url of [
    'https://a.example',
    'http://127.0.0.1:8080',
    'http://127.1',
    'http://localhost',
    'http://[::1]',
  ])
    expect(isKept(url)).toBe(true)
  for (const url of ['http://127.evil.example', 'http://10.0.0.5:8080', 'http://localhost.example'])
    expect(isKept(url)).toBe(false)
})
