import { ok } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import { createClient } from '../contract/client.ts'
import type { Handlers } from '../contract/define.ts'
import { type KioskContract, kioskContract } from '../contract/kiosk-contract.ts'
import { createTestKiosk, TEST_PIN } from '../testing/test-kiosk.ts'
import { createHandler, MAX_BODY_BYTES } from './handler.ts'

function handler(changes: Partial<Handlers<KioskContract>> = {}, bugs: unknown[] = []) {
  const kiosk = createTestKiosk()
  onTestFinished(() => kiosk.close())
  return createHandler({
    contract: kioskContract,
    handlers: { ...kiosk.handlers, ...changes },
    files: async (pathname) =>
      pathname === '/' ? { type: 'text/html; charset=utf-8', bytes: new TextEncoder().encode('<p>') } : null,
    onBug: (name, error) => bugs.push([name, (error as Error).message]),
  })
}

function post(method: string, body: string): Request {
  return new Request(`http://kiosk/rpc/${method}`, { method: 'POST', body })
}

test('the typed client talks to the handler and gets values and codes', async () => {
  const handle = handler()
  const client = createClient<KioskContract>((url, init) => handle(new Request(`http://kiosk${url}`, init)))
  expect(await client['session.start']({})).toEqual({ ok: false, error: 'polls-not-open' })
  expect(await client['staff.open']({})).toEqual({ ok: false, error: 'staff-locked' })
  expect((await client['staff.unlock']({ secret: TEST_PIN })).ok).toBe(true)
  const opened = await client['staff.open']({})
  expect(opened.ok && opened.value.polls).toBe('open')
  expect((await client['staff.lock']({})).ok).toBe(true)
  const scanned = await client['session.scan']({ text: 'nonsense' })
  expect(scanned).toEqual({ ok: false, error: 'slip-not-ours' })
})

test('a server that does not answer is an error value for the client, not an exception', async () => {
  const client = createClient<KioskContract>(async () => {
    throw new TypeError('fetch failed')
  })
  expect(await client['session.state']({})).toEqual({ ok: false, error: 'core-unreachable' })
})

test.each([
  ['an unknown method', post('session.hack', '{}'), 404, 'unknown-method'],
  ['a method of the prototype', post('toString', '{}'), 404, 'unknown-method'],
  ['text that is not JSON', post('session.state', '{'), 400, 'invalid-input'],
  ['a field nobody asked for', post('session.state', '{"a":1}'), 400, 'invalid-input'],
  ['a wrong type', post('session.scan', '{"text":1}'), 400, 'invalid-input'],
  [
    'a body that is too large',
    post('session.scan', 'x'.repeat(MAX_BODY_BYTES + 1)),
    413,
    'request-too-large',
  ],
])('%s is answered with a code', async (_what, request, status, error) => {
  const response = await handler()(request)
  expect(response.status).toBe(status)
  expect(await response.json()).toEqual({ ok: false, error })
})

test('methods take POST only, files GET and HEAD only', async () => {
  const handle = handler()
  expect((await handle(new Request('http://kiosk/rpc/session.state'))).status).toBe(405)
  expect((await handle(new Request('http://kiosk/', { method: 'POST', body: '{}' }))).status).toBe(405)
  const head = await handle(new Request('http://kiosk/', { method: 'HEAD' }))
  expect([head.status, await head.text()]).toEqual([200, ''])
})

test('a bug is told to the log and not to the caller', async () => {
  const bugs: unknown[] = []
  const broken = {
    'health.get': async () => {
      throw new Error('secret detail')
    },
  }
  const response = await handler(broken, bugs)(post('health.get', '{}'))
  expect([response.status, await response.json()]).toEqual([500, { ok: false, error: 'internal-error' }])
  expect(bugs).toEqual([['health.get', 'secret detail']])
})

test('every answer carries the security headers, errors too', async () => {
  const handle = handler({ 'session.touch': async () => ok(null as never) })
  const requests = [
    post('session.state', '{}'),
    post('nope', '{}'),
    new Request('http://kiosk/'),
    new Request('http://kiosk/x'),
  ]
  for (const request of requests) {
    const { headers } = await handle(request)
    const policy = headers.get('content-security-policy') as string
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('unsafe')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('no-store')
  }
})
