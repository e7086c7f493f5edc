import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as tlsRequest } from 'node:https'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as tlsConnect } from 'node:tls'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { HttpRefusal } from './http-limits.ts'
import { type FetchHandler, type ServeOptions, serveFetch } from './http-server.ts'
import { silentLogger } from './logger.ts'
import { createTestCertificates } from './testing/certificates.ts'
import { followTlsFiles, readTlsFiles } from './tls-files.ts'

async function serve(options: ServeOptions, handler: FetchHandler = () => new Response('fine')) {
  const refused: HttpRefusal[] = []
  const server = await serveFetch(handler, { ...options, onRefused: (why) => void refused.push(why) })
  onTestFinished(() => server.close(0))
  return { ...server, refused }
}

function open(port: number, localAddress = '127.0.0.1'): Socket {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  return socket
}

/** Everything that comes back until the server ends the connection. */
async function answerTo(socket: Socket, text: string): Promise<string> {
  let answer = ''
  socket.on('data', (bytes) => {
    answer += bytes.toString()
  })
  socket.write(text)
  await once(socket, 'close')
  return answer
}

const GET = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

test('an address over its rate is told when to come again, and others are served', async () => {
  const { port, url, refused } = await serve({ limits: { requests: { perSecond: 0.1, burst: 2 } } })
  expect((await fetch(url)).status).toBe(200)
  expect((await fetch(url)).status).toBe(200)
  const late = await fetch(url)
  expect([late.status, late.headers.get('retry-after')]).toEqual([429, '10'])
  expect(await answerTo(open(port, '127.0.0.2'), GET)).toMatch(/^HTTP\/1.1 200/)
  expect(refused).toEqual(['request-rate'])
})

test('long answers count as several requests, also for those who do not wait for them', async () => {
  const body = new Uint8Array(4 * 2 ** 20)
  const sent = Promise.withResolvers<void>()
  const { port, url } = await serve({ limits: { requests: { perSecond: 0.001, burst: 10 } } }, (request) => {
    if (request.url.endsWith('/short')) return new Response('fine')
    request.signal.addEventListener('abort', () => sent.resolve())
    return new Response(body, { headers: { 'content-length': String(body.length) } })
  })
  const socket = open(port)
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(socket, 'data')
  socket.destroy()
  await sent.promise
  expect((await fetch(`${url}/short`)).status).toBe(200)
  expect((await fetch(`${url}/short`)).status).toBe(429)
})

test('behind a trusted proxy each client has a rate of its own', async () => {
  const { url } = await serve(
    { limits: { requests: { perSecond: 0.1, burst: 1 } }, trustedProxies: ['127.0.0.1'] },
    (_request, info) => new Response(info.remoteAddress),
  )
  const from = (client: string) => fetch(url, { headers: { 'x-forwarded-for': client } })
  expect(await (await from('198.51.100.1')).text()).toBe('198.51.100.1')
  expect((await from('198.51.100.1')).status).toBe(429)
  expect((await from('198.51.100.2')).status).toBe(200)
})

test('an address gets so many connections and no more, and a place that is left is free again', async () => {
  const { port, refused } = await serve({ limits: { maxConnectionsPerAddress: 2 } })
  const [first, second] = [open(port), open(port)]
  await Promise.all([once(first, 'connect'), once(second, 'connect')])
  await once(open(port), 'close')
  expect(refused).toEqual(['connections-of-address'])
  expect(await answerTo(open(port, '127.0.0.2'), GET)).toMatch(/200 OK/)
  expect(await answerTo(first, GET)).toMatch(/200 OK/)
  expect(await answerTo(open(port), GET)).toMatch(/200 OK/)
})

test('when all places are taken, idle connections make room', async () => {
  const { port, refused } = await serve({ limits: { maxConnections: 1 } })
  const idle = open(port)
  idle.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(idle, 'data')
  const unlucky = open(port)
  await Promise.all([once(idle, 'close'), once(unlucky, 'close')])
  expect(refused).toEqual(['connections-in-total'])
  expect(await answerTo(open(port), GET)).toMatch(/200 OK/)
})

test('answers that nobody reads fill a bounded part of the memory, of one address and of all', async () => {
  // More than the kernel takes for a connection on this machine.
  const body = new Uint8Array(32 * 2 ** 20)
  const headers = { 'content-length': String(body.length) }
  const { port, refused } = await serve({ limits: { answerBytes: 3 * body.length } }, (request) =>
    request.url.endsWith('/short') ? new Response('fine') : new Response(body, { headers }),
  )
  const ask = async (address: string, what = 'GET /') => {
    const socket = open(port, address)
    socket.write(`${what} HTTP/1.1\r\nHost: x\r\n\r\n`)
    const [first] = (await once(socket, 'data')) as [Buffer]
    socket.pause()
    return { socket, status: first.toString('latin1', 9, 12) }
  }
  const one = await ask('127.0.0.1')
  expect(one.status).toBe('200')
  expect((await ask('127.0.0.1')).status).toBe('503')
  expect((await ask('127.0.0.1', 'HEAD /')).status).toBe('200')
  expect((await ask('127.0.0.1', 'GET /short')).status).toBe('200')
  expect((await ask('127.0.0.2')).status).toBe('200')
  expect((await ask('127.0.0.3')).status).toBe('200')
  expect((await ask('127.0.0.4')).status).toBe('503')
  expect(refused).toEqual(['answer-bytes', 'answer-bytes'])
  one.socket.destroy()
  await vi.waitFor(async () => expect((await ask('127.0.0.1')).status).toBe('200'))
})

test('headers that trickle in are answered 408, headers without end 431', async () => {
  const { port, refused } = await serve({ headersTimeoutMs: 100, requestTimeoutMs: 200 })
  expect(await answerTo(open(port), 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ')).toMatch(/^HTTP\/1.1 408/)
  expect(await answerTo(open(port), `GET / HTTP/1.1\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1.1 431/,
  )
  expect(refused).toEqual(['request-timeout', 'headers-too-large'])
})

test('a request on an open connection of a server that closes is told to come again', async () => {
  const entered = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const server = await serveFetch(async () => {
    entered.resolve()
    await release.promise
    return new Response('done')
  })
  const socket = open(server.port)
  const answered = answerTo(socket, 'GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await entered.promise
  const closing = server.close(5_000)
  release.resolve()
  expect(await answered).toMatch(/done/)
  await closing
})

test('a renewed certificate is shown to new connections, and those that are open go on', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-tls-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const files = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') }
  const [old, renewed] = [await createTestCertificates(), await createTestCertificates()]
  const write = async ({ cert, key }: { cert: string; key: string }) => {
    await writeFile(files.cert, cert)
    await writeFile(files.key, key)
  }
  await write(old.server)
  const server = await serve({ tls: await readTlsFiles(files) })
  const following = followTlsFiles(files, server, { log: silentLogger })
  onTestFinished(() => following.stop())
  const kept = tlsConnect({ port: server.port, host: '127.0.0.1', ca: old.server.ca })
  onTestFinished(() => void kept.destroy())
  await once(kept, 'secureConnect')

  await writeFile(files.cert, renewed.server.cert)
  expect(await following.reload()).toBe(false)
  await write(renewed.server)
  expect(await following.reload()).toBe(true)
  const get = (ca: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      tlsRequest({ host: '127.0.0.1', port: server.port, ca, agent: false }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
  expect(await get(renewed.server.ca)).toBe(200)
  await expect(get(old.server.ca)).rejects.toThrow()
  expect(await answerTo(kept, GET)).toMatch(/200 OK/)
})

test('a connection too many over TLS is ended, and the others do not notice', async () => {
  const certificates = await createTestCertificates()
  const { ca, ...tls } = certificates.server
  const { port, refused } = await serve({ tls, limits: { maxConnectionsPerAddress: 1 } })
  const first = tlsConnect({ port, host: '127.0.0.1', ca })
  await once(first, 'secureConnect')
  const second = tlsConnect({ port, host: '127.0.0.1', ca })
  second.on('error', () => {})
  await new Promise((resolve) => second.once('close', resolve))
  expect(refused).toEqual(['connections-of-address'])
  expect(await answerTo(first, GET)).toMatch(/200 OK/)
})

test('where client certificates are optional, those who show one are known by name', async () => {
  const certificates = await createTestCertificates()
  const { port } = await serve(
    { tls: { ...certificates.server, clientMustAuthenticate: false } },
    (_request, info) => new Response(info.clientCommonName ?? 'nobody'),
  )
  const stranger = await createTestCertificates()
  const ask = async (credentials: object) => {
    const socket = tlsConnect({ port, host: '127.0.0.1', ca: certificates.server.ca, ...credentials })
    socket.on('error', () => {})
    return /\r\n([a-z0-9]+)\r\n0\r\n\r\n$/.exec(await answerTo(socket, GET))?.[1]
  }
  const { cert, key } = await certificates.client('7')
  expect(await ask({ cert, key })).toBe('7')
  expect(await ask({})).toBe('nobody')
  const forged = await stranger.client('7')
  expect(await ask({ cert: forged.cert, key: forged.key })).not.toBe('7')
})
