import { request as httpRequest } from 'node:http'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LoopbackServer, serveLoopback } from './server.ts'

let server: LoopbackServer

beforeAll(async () => {
  const handler = async () => Response.json({ ok: true, value: null })
  server = await serveLoopback(handler, { port: 0, random: nodeRandom, log: silentLogger })
})
afterAll(() => server.close())

interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
}

/** Raw HTTP, because fetch would not let a test set Host, Origin or Sec-Fetch-Site. */
function send(method: string, path: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(server.url)
    const outgoing = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (incoming) => {
      incoming.resume()
      incoming.on('end', () => resolve({ status: incoming.statusCode as number, headers: incoming.headers }))
    })
    outgoing.on('error', reject)
    outgoing.end(method === 'POST' ? '{}' : undefined)
  })
}

const json = { 'content-type': 'application/json' }

async function cookie(): Promise<string> {
  const { pathname, search } = new URL(server.entryUrl)
  const entered = await send('GET', pathname + search, { 'sec-fetch-site': 'none' })
  expect([entered.status, entered.headers.location]).toEqual([303, '/'])
  const set = (entered.headers['set-cookie'] as string[])[0] as string
  expect(set).toMatch(/; HttpOnly; SameSite=Strict$/)
  expect(set).not.toContain(server.token)
  return set.split(';')[0] as string
}

test('a shell with the token and a browser with the cookie get through', async () => {
  const bearer = { authorization: `Bearer ${server.token}` }
  expect((await send('POST', '/rpc/x', { ...json, ...bearer })).status).toBe(200)
  const own = { cookie: await cookie(), origin: server.url, 'sec-fetch-site': 'same-origin' }
  expect((await send('POST', '/rpc/x', { ...json, ...own })).status).toBe(200)
  const typed = { cookie: own.cookie, 'sec-fetch-site': 'none' }
  expect((await send('GET', '/', typed)).status).toBe(200)
})

test.each([
  ['nothing to show', {}],
  ['a wrong token', { authorization: 'Bearer 00' }],
  ['a wrong cookie', { cookie: 'hanpyo-kiosk=00' }],
])('a caller with %s is refused', async (_what, headers) => {
  expect((await send('POST', '/rpc/x', { ...json, ...headers } as Record<string, string>)).status).toBe(403)
  expect((await send('GET', '/', headers as Record<string, string>)).status).toBe(403)
})

test.each([
  ['a name rebound to this address', { host: 'evil.example' }],
  ['a page of another origin', { origin: 'http://evil.example' }],
  ['a request from another site', { 'sec-fetch-site': 'cross-site' }],
  ['a request from the same site but another port', { 'sec-fetch-site': 'same-site' }],
  ['an HTML form', { 'content-type': 'text/plain' }],
])('even with the cookie, %s is refused', async (_what, headers) => {
  const all = { ...json, cookie: await cookie(), ...headers } as Record<string, string>
  expect((await send('POST', '/rpc/x', all)).status).toBe(403)
})

test('the entry takes only the right token, and no link from another site', async () => {
  expect((await send('GET', '/enter?token=00', {})).status).toBe(403)
  const { pathname, search } = new URL(server.entryUrl)
  expect((await send('GET', pathname + search, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
})
