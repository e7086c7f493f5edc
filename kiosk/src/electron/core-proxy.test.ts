import { expect, test } from 'vitest'
import { createCoreProxy } from './core-proxy.ts'

const core = { url: 'http://127.0.0.1:4100', token: () => 'shell-secret' }

function proxyTo(answer: (request: Request) => Promise<Response>) {
  const logged: string[] = []
  const handler = createCoreProxy({ core, fetch: answer, log: (event) => logged.push(event) })
  return { handler, logged }
}

test('a call goes to the core with the token and the same method, path and body', async () => {
  const { handler } = proxyTo(async (request) =>
    Response.json({
      url: request.url,
      method: request.method,
      authorization: request.headers.get('authorization'),
      type: request.headers.get('content-type'),
      body: await request.text(),
    }),
  )
  const response = await handler(
    new Request('kiosk://app/rpc/session.select?x=1', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"contest":1}',
    }),
  )
  expect(await response.json()).toEqual({
    url: 'http://127.0.0.1:4100/rpc/session.select?x=1',
    method: 'POST',
    authorization: 'Bearer shell-secret',
    type: 'application/json',
    body: '{"contest":1}',
  })
})

test("the page's own cookies, origin and authorization never reach the core, nor the core's cookies the page", async () => {
  let seen: Headers | undefined
  const { handler } = proxyTo(async (request) => {
    seen = request.headers
    return new Response('x', {
      headers: { 'set-cookie': 'a=b', 'content-security-policy': "default-src 'none'" },
    })
  })
  const response = await handler(
    new Request('kiosk://app/', {
      headers: { authorization: 'Bearer other', origin: 'kiosk://app', 'x-a': '1' },
    }),
  )
  expect(seen?.get('authorization')).toBe('Bearer shell-secret')
  expect(seen?.get('origin')).toBeNull()
  expect(seen?.get('x-a')).toBeNull()
  expect(response.headers.get('set-cookie')).toBeNull()
  expect(response.headers.get('content-security-policy')).toBe("default-src 'none'")
})

test('a foreign address is refused without asking the core', async () => {
  const { handler } = proxyTo(async () => {
    throw new Error('must not be called')
  })
  expect((await handler(new Request('kiosk://other/'))).status).toBe(403)
})

test('an unreachable core gives the out-of-service page to a load and an envelope to a call', async () => {
  const { handler, logged } = proxyTo(async () => {
    throw new TypeError('fetch failed')
  })
  const page = await handler(new Request('kiosk://app/'))
  expect(page.status).toBe(503)
  expect(await page.text()).toContain('지금은 이 기기를 쓸 수 없어요')
  const call = await handler(new Request('kiosk://app/rpc/session.state', { method: 'POST', body: '{}' }))
  expect(await call.json()).toEqual({ ok: false, error: 'core-unreachable' })
  expect(logged).toEqual(['core-unreachable', 'core-unreachable'])
})

test('the out-of-service page needs no core, no script and no inline style', async () => {
  const { handler } = proxyTo(async () => {
    throw new Error('must not be called')
  })
  const page = await handler(new Request('kiosk://app/shell/out-of-service'))
  const html = await page.text()
  expect(html).not.toMatch(/<script|<style|style=/)
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  const style = await handler(new Request('kiosk://app/shell/out-of-service.css'))
  expect(style.headers.get('content-type')).toContain('text/css')
})
