import { expect, test } from 'vitest'
import { utf8 } from '../bytes.ts'
import { createLogHandler } from './http.ts'
import type { LogReader } from './reader.ts'

const blobName = 'ab'.repeat(32)
const reader: LogReader = {
  checkpoint: async () => 'origin\n1\nroot\n\n— origin sig\n',
  tile: async (level, index, width = 256) =>
    level === 0 && index === 1067 && width === 7 ? new Uint8Array(7 * 32) : null,
  entries: async (index, width = 256) => (index === 0 && width === 256 ? utf8('bundle') : null),
  blob: async (hash) => (hash === blobName ? utf8('blob') : null),
}
const handler = createLogHandler(reader)
const ask = async (path: string, init?: RequestInit) => {
  const response = await handler(new Request(`https://log.example${path}`, init))
  const headers = Object.fromEntries(response.headers)
  return { status: response.status, headers, body: await response.text() }
}

test('serves the checkpoint uncached', async () => {
  const { status, headers, body } = await ask('/checkpoint')
  expect(status).toBe(200)
  expect(body).toBe('origin\n1\nroot\n\n— origin sig\n')
  expect(headers).toEqual({
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(utf8(body).length),
    'cache-control': 'no-store',
    'access-control-allow-origin': '*',
    'x-content-type-options': 'nosniff',
  })
})

test.each([
  ['/tile/0/x001/067.p/7', 7 * 32],
  ['/tile/entries/000', 6],
  [`/blob/${blobName}`, 4],
])('serves %s as immutable octets', async (path, length) => {
  const { status, headers } = await ask(path)
  expect(status).toBe(200)
  expect(headers).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-length': String(length),
    'cache-control': 'public, max-age=604800, immutable',
    'access-control-allow-origin': '*',
  })
})

test('answers HEAD like GET, without a body', async () => {
  const { status, headers, body } = await ask('/tile/entries/000', { method: 'HEAD' })
  expect([status, body, headers['content-length']]).toEqual([200, '', '6'])
})

test.each([
  '/',
  '/checkpoint/',
  '/tile/0/000',
  '/tile/0/x001/067.p/8',
  '/tile/0%2Fx001/067.p/7',
  '/tile/0/x001%2f067.p/7',
  '/tile/entries/000.p/256',
  '/tile/64/000',
  `/blob/${blobName.toUpperCase()}`,
  `/blob/${blobName}00`,
  `/blob/${'cd'.repeat(32)}`,
  '//checkpoint',
  '/%63heckpoint',
])('answers 404 without cache headers for %s', async (path) => {
  const { status, headers, body } = await ask(path)
  expect([status, body]).toEqual([404, 'not found\n'])
  expect(headers).not.toHaveProperty('cache-control')
  expect(headers['access-control-allow-origin']).toBe('*')
})

test('answers 404 for the checkpoint before there is one', async () => {
  const empty = createLogHandler({ ...reader, checkpoint: async () => null })
  expect((await empty(new Request('https://log.example/checkpoint'))).status).toBe(404)
})

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('answers 405 to %s', async (method) => {
  const { status, headers } = await ask('/checkpoint', { method })
  expect(status).toBe(405)
  expect(headers.allow).toBe('GET, HEAD')
  expect(headers).not.toHaveProperty('cache-control')
})
