import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { TLSSocket } from 'node:tls'
import { BodyTooLargeError, declaredLength, requestBody, sendResponse } from './http-body.ts'
import { type Logger, silentLogger } from './logger.ts'

export interface RequestInfo {
  /** The peer's IP address as the socket sees it; proxies' headers are not trusted. */
  readonly remoteAddress: string
  /** Common name of the client certificate, when one was asked for and it verified. */
  readonly clientCommonName?: string
}

/** A WHATWG fetch handler. `request.signal` is aborted when the client goes away or the server closes. */
export type FetchHandler = (request: Request, info: RequestInfo) => Response | Promise<Response>

export interface ServeOptions {
  readonly host?: string
  /** 0 takes a free port. */
  readonly port?: number
  /** PEM texts. With `ca` every client must show a certificate of it. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string }
  /** Larger request bodies are answered 413. Default 1 MiB. */
  readonly maxBodyBytes?: number
  /** Real milliseconds a client may take to send a whole request. Default 30,000. */
  readonly requestTimeoutMs?: number
  readonly log?: Logger
}

export interface HttpServer {
  /** Without a slash at the end. */
  readonly url: string
  readonly port: number
  /** Takes no new connection, ends idle ones, gives running requests `graceMs` (default 1,000) real milliseconds. */
  close(graceMs?: number): Promise<void>
}

/** Serves a fetch handler over HTTP or HTTPS; resolves when it listens, rejects when the port is taken. */
export async function serveFetch(handler: FetchHandler, options: ServeOptions = {}): Promise<HttpServer> {
  const { host = '127.0.0.1', port = 0, tls, maxBodyBytes = 2 ** 20, log = silentLogger } = options
  const limits = { requestTimeout: options.requestTimeoutMs ?? 30_000, headersTimeout: 10_000 }
  const scheme = tls === undefined ? 'http' : 'https'
  const closing = new AbortController()
  const answer = (message: IncomingMessage, response: ServerResponse) => {
    void exchange(message, response, { handler, scheme, maxBodyBytes, log, closing: closing.signal })
  }
  const server: Server =
    tls === undefined
      ? createServer(limits, answer)
      : createTlsServer(
          { ...limits, ...tls, requestCert: tls.ca !== undefined, rejectUnauthorized: tls.ca !== undefined },
          answer,
        )
  await listen(server, host, port)
  const address = server.address() as AddressInfo
  return {
    url: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    async close(graceMs = 1_000) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      closing.abort(new Error('server is closing'))
      const hard = setTimeout(() => server.closeAllConnections(), graceMs)
      await closed.finally(() => clearTimeout(hard))
    },
  }
}

interface ExchangeContext {
  readonly handler: FetchHandler
  readonly scheme: 'http' | 'https'
  readonly maxBodyBytes: number
  readonly log: Logger
  readonly closing: AbortSignal
}

async function exchange(
  message: IncomingMessage,
  response: ServerResponse,
  context: ExchangeContext,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new Error('client went away'))
  })
  const signal = AbortSignal.any([gone.signal, context.closing])
  try {
    const answer = await respond(message, signal, context)
    // Asked only now: a server that began to close meanwhile would wait for this connection to be left.
    if (context.closing.aborted) response.shouldKeepAlive = false
    // Unread input must not be taken for the next request on this connection.
    if (!message.complete) response.setHeader('connection', 'close')
    await sendResponse(response, answer, message.method === 'HEAD')
    if (!message.complete) message.destroy()
  } catch (error) {
    if (!gone.signal.aborted) context.log.error('http-response-failed', { error })
    response.destroy()
  }
}

async function respond(
  message: IncomingMessage,
  signal: AbortSignal,
  context: ExchangeContext,
): Promise<Response> {
  const url = requestUrl(message, context.scheme)
  if (url === null) return problem(400, 'bad-request')
  if (declaredLength(message) > context.maxBodyBytes) return problem(413, 'body-too-large')
  const body = requestBody(message, context.maxBodyBytes)
  try {
    const request = new Request(url, {
      method: message.method as string,
      headers: requestHeaders(message),
      signal,
      ...(body === null ? {} : { body, duplex: 'half' }),
    } as RequestInit)
    return await context.handler(request, requestInfo(message))
  } catch (error) {
    if (isTooLarge(error)) return problem(413, 'body-too-large')
    if (error instanceof TypeError && error.message.includes('HTTP method')) return problem(405, 'bad-method')
    if (!signal.aborted) context.log.error('http-handler-failed', { method: message.method, error })
    return problem(500, 'internal-error')
  }
}

/** Only origin-form targets; a proxy-style absolute target or `*` has no meaning here. */
function requestUrl(message: IncomingMessage, scheme: string): URL | null {
  const target = message.url ?? ''
  const host = message.headers.host ?? 'localhost'
  if (!target.startsWith('/') || !/^[A-Za-z0-9._:[\]-]+$/.test(host)) return null
  return URL.parse(`${scheme}://${host}${target}`)
}

function requestHeaders(message: IncomingMessage): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(message.headers)) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one)
  }
  return headers
}

function requestInfo(message: IncomingMessage): RequestInfo {
  const { socket } = message
  const remoteAddress = socket.remoteAddress ?? ''
  if (!(socket instanceof TLSSocket) || !socket.authorized) return { remoteAddress }
  const name = socket.getPeerCertificate().subject?.CN
  return typeof name === 'string' ? { remoteAddress, clientCommonName: name } : { remoteAddress }
}

function isTooLarge(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof BodyTooLargeError) return true
  return false
}

function problem(status: number, error: string): Response {
  return Response.json({ ok: false, error }, { status })
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
