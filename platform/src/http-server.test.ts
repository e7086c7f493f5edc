import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type FetchHandler, type ServeOptions, serveFetch } from './http-server.ts'
import { createTestCertificates } from './testing/certificates.ts'

async function serve(handler: FetchHandler, options: ServeOptions = {}) {
  const server = await serveFetch(handler, options)
  onTestFinished(() => server.close(0))
  return server
}

/** Sends raw text and returns everything that comes back. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(text)
  let answer = ''
  socket.on('data', (bytes) => {
    answer += bytes.toString()
  })
  socket.on('error', () => {})
  await once(socket, 'close')
  return answer
}

test('method, URL, headers, body and address reach the handler, and its answer the client', async () => {
  const { url } = await serve(async (request, info) => {
    const body = await request.text()
    return new Response(`${request.method} ${new URL(request.url).pathname} ${body} ${info.remoteAddress}`, {
      status: 201,
      headers: { 'x-seen': request.headers.get('x-sent') ?? '' },
    })
  })
  const response = await fetch(`${url}/a/b?c=d`, { method: 'PUT', body: 'hello', headers: { 'x-sent': '1' } })
  expect([response.status, response.headers.get('x-seen'), await response.text()]).toEqual([
    201,
    '1',
    'PUT /a/b hello 127.0.0.1',
  ])
})

test('HEAD gets the headers without the body, several cookies stay several', async () => {
  const { url } = await serve(() => {
    const headers = new Headers({ 'content-type': 'text/plain' })
    headers.append('set-cookie', 'a=1')
    headers.append('set-cookie', 'b=2')
    return new Response('body', { headers })
  })
  const response = await fetch(url, { method: 'HEAD' })
  expect(await response.text()).toBe('')
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
})

test('a body over the limit is 413, announced or not', async () => {
  const { url } = await serve(async (request) => new Response(String((await request.bytes()).length)), {
    maxBodyBytes: 1_000,
  })
  const post = (body: BodyInit) => fetch(url, { method: 'POST', body, duplex: 'half' } as RequestInit)
  expect(await (await post(new Uint8Array(1_000))).text()).toBe('1000')
  expect((await post(new Uint8Array(1_001))).status).toBe(413)
  const unannounced = new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array(600))
      controller.enqueue(new Uint8Array(600))
      controller.close()
    },
  })
  expect((await post(unannounced)).status).toBe(413)
})

test('a handler that throws is 500 without the reason, and the next request works', async () => {
  let calls = 0
  const { url } = await serve(() => {
    if (calls++ === 0) throw new Error('secret detail')
    return new Response('fine')
  })
  const failed = await fetch(url)
  expect(failed.status).toBe(500)
  expect(await failed.text()).not.toContain('secret')
  expect(await (await fetch(url)).text()).toBe('fine')
})

test('a stream is sent as it comes, and ended when the client goes away', async () => {
  const cancelled = Promise.withResolvers<void>()
  const gone = Promise.withResolvers<void>()
  const { url } = await serve((request) => {
    request.signal.addEventListener('abort', () => gone.resolve())
    let timer: NodeJS.Timeout
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        timer = setInterval(() => controller.enqueue(Buffer.from('data: tick\n\n')), 5)
      },
      cancel() {
        clearInterval(timer)
        cancelled.resolve()
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  })
  const stop = new AbortController()
  const response = await fetch(url, { signal: stop.signal })
  const reader = response.body!.getReader()
  expect(Buffer.from((await reader.read()).value!).toString()).toContain('data: tick')
  stop.abort()
  await gone.promise
  await cancelled.promise
})

test('strange targets and hosts are 400', async () => {
  const { port } = await serve(() => new Response('never'))
  for (const text of [
    'GET http://elsewhere/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n',
    'nonsense\r\n\r\n',
  ]) {
    expect(await raw(port, text)).toMatch(/^HTTP\/1.1 400/)
  }
})

test('a path that begins with two slashes stays a path', async () => {
  const { port } = await serve((request) => new Response(new URL(request.url).pathname))
  expect(
    await raw(port, 'GET //evil.example/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
  ).toContain('//evil.example/x')
})

test('closing ends idle keep-alive connections at once and lets a running request finish', async () => {
  const entered = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const server = await serveFetch(async (request) => {
    if (new URL(request.url).pathname === '/slow') {
      entered.resolve()
      await release.promise
    }
    return new Response('done')
  })
  const agent = new Agent({ keepAlive: true })
  const get = (path: string) =>
    new Promise<string>((resolve, reject) => {
      request(`${server.url}${path}`, { agent }, (response) => {
        response.setEncoding('utf8').on('data', resolve)
      })
        .on('error', reject)
        .end()
    })
  expect(await get('/')).toBe('done')
  const slow = get('/slow')
  await entered.promise
  const closing = server.close(5_000)
  release.resolve()
  expect(await slow).toBe('done')
  await closing
  agent.destroy()
  await expect(fetch(server.url)).rejects.toThrow()
})

test('a waiting request is told that the server closes', async () => {
  const entered = Promise.withResolvers<void>()
  const server = await serveFetch((request) => {
    entered.resolve()
    return new Promise((resolve) => {
      request.signal.addEventListener('abort', () => resolve(new Response('closing')))
    })
  })
  const waiting = fetch(server.url).then((response) => response.text())
  await entered.promise
  await server.close()
  expect(await waiting).toBe('closing')
})

test('with an authority, only clients with its certificate are served, by name', async () => {
  const certificates = await createTestCertificates()
  const { port } = await serve((_request, info) => new Response(info.clientCommonName), {
    tls: certificates.server,
  })
  const client = await certificates.client('7')
  const get = (options: object) =>
    new Promise<string>((resolve, reject) => {
      tlsRequest({ host: '127.0.0.1', port, ca: client.ca, ...options }, (response) => {
        response.setEncoding('utf8').on('data', resolve)
      })
        .on('error', reject)
        .end()
    })
  expect(await get(client)).toBe('7')
  await expect(get({})).rejects.toThrow()
})

test('a taken port rejects', async () => {
  const { port } = await serve(() => new Response(''))
  await expect(serveFetch(() => new Response(''), { port })).rejects.toThrow('EADDRINUSE')
})
