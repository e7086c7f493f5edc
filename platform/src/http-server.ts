import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { addressKey, clientAddress, type TrustedProxies, trustedProxies } from './client-address.ts'
import {
  type CertificateProblem,
  type ConnectionAges,
  clientCertificate,
  type ShownCertificate,
  shownCertificate,
  watchConnectionAges,
} from './client-certificate.ts'
import { BodyTooLargeError, declaredLength, requestBody, sendResponse } from './http-body.ts'
import {
  type AnswerBudget,
  createAnswerBudget,
  type HttpLimits,
  type HttpRefusal,
  limitConnections,
} from './http-limits.ts'
import { type Logger, silentLogger } from './logger.ts'
import { createTokenBuckets, type TokenBuckets } from './token-buckets.ts'

export interface RequestInfo {
  /** The client's IP address: the socket's peer, or whom a trusted proxy names. Other proxies' headers are not believed. */
  readonly remoteAddress: string
  /** Common name of the client certificate, when one was asked for and it verified. */
  readonly clientCommonName?: string
  /** Where certificates are asked for: why there is no common name. */
  readonly clientCertificateProblem?: CertificateProblem
}

/** A WHATWG fetch handler. `request.signal` is aborted when the client goes away or the server closes. */
export type FetchHandler = (request: Request, info: RequestInfo) => Response | Promise<Response>

export interface ServeOptions {
  readonly host?: string
  /** 0 takes a free port. */
  readonly port?: number
  readonly tls?: TlsTexts
  /** Larger request bodies are answered 413. Default 1 MiB. */
  readonly maxBodyBytes?: number
  /** Real milliseconds a client may take to send a whole request; then it is answered 408. Default 30,000. */
  readonly requestTimeoutMs?: number
  /** The same for the header section alone. Default 10,000. */
  readonly headersTimeoutMs?: number
  /** Real milliseconds without a byte in either direction after which a connection is ended. Default 120,000. */
  readonly idleTimeoutMs?: number
  readonly limits?: HttpLimits
  /** Addresses and CIDR ranges of proxies of our own, whose `X-Forwarded-For` names the client. Default none. */
  readonly trustedProxies?: readonly string[]
  /** Told about each client that was turned away before the handler saw it; for metrics. */
  readonly onRefused?: (why: HttpRefusal) => void
  readonly log?: Logger
}

/** PEM texts. */
export interface TlsTexts {
  readonly cert: string
  readonly key: string
  /** Authority of client certificates; none are asked for without it. */
  readonly ca?: string
  /** With `ca`: the authority's list of revoked certificates. */
  readonly crl?: string
  /** With `ca`: whether a client must show a certificate of it. Default true. */
  readonly clientMustAuthenticate?: boolean
}

export interface HttpServer {
  /** Without a slash at the end. */
  readonly url: string
  readonly port: number
  /** Takes new certificates for new connections, keeps those that are open. Throws, and changes nothing, when they do not fit. */
  replaceTls(tls: TlsTexts): void
  /** Takes no new connection, ends idle ones, gives running requests `graceMs` (default 1,000) real milliseconds. */
  close(graceMs?: number): Promise<void>
}

/** Header section of a request, all lines together; longer is answered 431. */
const MAX_HEADER_BYTES = 8 * 1024
/** An answer counts as one more request for each of these. */
const BYTES_PER_REQUEST = 2 ** 19
/** How often Node looks for requests that take too long; its own 30 s would let them live four times as long. */
const TIMEOUT_CHECK_MS = 1_000

/** Serves a fetch handler over HTTP or HTTPS; resolves when it listens, rejects when the port is taken. */
export async function serveFetch(handler: FetchHandler, options: ServeOptions = {}): Promise<HttpServer> {
  const { host = '127.0.0.1', port = 0, tls, maxBodyBytes = 2 ** 20, log = silentLogger } = options
  const { limits = {}, onRefused = () => {} } = options
  const timeouts = {
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    headersTimeout: options.headersTimeoutMs ?? 10_000,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    keepAliveTimeout: 5_000,
    maxHeaderSize: MAX_HEADER_BYTES,
  }
  const scheme = tls === undefined ? 'http' : 'https'
  const closing = new AbortController()
  const proxies = trustedProxies(options.trustedProxies ?? [])
  const requests = limits.requests && createTokenBuckets({ ...limits.requests, now: () => performance.now() })
  const context: ExchangeContext = {
    handler,
    scheme,
    maxBodyBytes,
    log,
    closing: closing.signal,
    proxies,
    requests,
    answers: createAnswerBudget(limits),
    onRefused,
    inFlight: new Set<Request>(),
    asksForCertificates: tls?.ca !== undefined,
    // Read at the first request, when the server is there.
    get ages() {
      return ages
    },
    get shown() {
      return shown
    },
  }
  /** The newest answer on a connection: nothing may be written between its headers and its end. */
  const answering = new WeakMap<Duplex, ServerResponse>()
  const answer = (message: IncomingMessage, response: ServerResponse) => {
    answering.set(message.socket, response)
    void exchange(message, response, context)
  }
  const server: Server =
    tls === undefined
      ? createServer(timeouts, answer)
      : createTlsServer({ ...timeouts, ...tlsOptions(tls), handshakeTimeout: 10_000 }, answer)
  server.timeout = options.idleTimeoutMs ?? 120_000
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const isMidAnswer =
      answering.get(socket)?.headersSent === true && !answering.get(socket)?.writableFinished
    if (isMidAnswer) socket.destroy()
    else refuseBroken(error, socket, onRefused)
  })
  limitConnections(server, limits, proxies, onRefused)
  const ages = watchConnectionAges(server)
  const shown = new WeakMap<Duplex, ShownCertificate>()
  server.on('secureConnection', (socket: TLSSocket) => shown.set(socket, shownCertificate(socket)))
  await listen(server, host, port)
  const address = server.address() as AddressInfo
  return {
    url: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    replaceTls(next) {
      ;(server as TlsServer).setSecureContext(tlsOptions(next))
      ages.renewed()
    },
    async close(graceMs = 1_000) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      closing.abort(new Error('server is closing'))
      const hard = setTimeout(() => server.closeAllConnections(), graceMs)
      await closed.finally(() => clearTimeout(hard))
    },
  }
}

function tlsOptions({ cert, key, ca, crl, clientMustAuthenticate = true }: TlsTexts) {
  const asks = ca !== undefined
  return {
    cert,
    key,
    ...(asks ? { ca } : {}),
    ...(asks && crl !== undefined ? { crl } : {}),
    minVersion: 'TLSv1.2' as const,
    requestCert: asks,
    rejectUnauthorized: asks && clientMustAuthenticate,
  }
}

/** Answers what is no HTTP, or came too slowly, as far as the client can still be told, and ends the connection. */
function refuseBroken(
  { code }: NodeJS.ErrnoException,
  socket: Duplex,
  onRefused: (why: HttpRefusal) => void,
): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const [status, why] = REFUSALS[code ?? ''] ?? (['400 Bad Request', 'malformed'] as const)
  onRefused(why)
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy())
}

const REFUSALS: Readonly<Record<string, readonly [status: string, why: HttpRefusal]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'request-timeout'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'headers-too-large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['413 Payload Too Large', 'body-too-large'],
}

interface ExchangeContext {
  readonly handler: FetchHandler
  readonly scheme: 'http' | 'https'
  readonly maxBodyBytes: number
  readonly log: Logger
  readonly closing: AbortSignal
  readonly proxies: TrustedProxies
  readonly requests: TokenBuckets | undefined
  readonly answers: AnswerBudget
  readonly onRefused: (why: HttpRefusal) => void
  /** Held until they are answered: a request that was collected would not hear that its client went away. */
  readonly inFlight: Set<Request>
  readonly asksForCertificates: boolean
  readonly ages: ConnectionAges
  /** What the first handshake of each TLS connection found. */
  readonly shown: WeakMap<Duplex, ShownCertificate>
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
  // Node says nothing to an answer that waits in line behind another one on a connection that is gone.
  const onSocketClose = () => {
    if (response.socket !== null || response.writableFinished) return
    response.destroy()
    response.emit('close')
  }
  message.socket.once('close', onSocketClose)
  const signal = AbortSignal.any([gone.signal, context.closing])
  try {
    const info = requestInfo(message, context)
    const answer = await respond(message, response, info, signal, context)
    // Asked only now: a server that began to close meanwhile would wait for this connection to be left.
    if (context.closing.aborted) response.shouldKeepAlive = false
    // Unread input must not be taken for the next request on this connection.
    if (!message.complete) response.setHeader('connection', 'close')
    await sendIfThereIsRoom(message, response, answer, limitKey(info), context)
    if (!message.complete) message.destroy()
  } catch (error) {
    if (!gone.signal.aborted) context.log.error('http-response-failed', { error })
    response.destroy()
  } finally {
    message.socket.off('close', onSocketClose)
  }
}

async function sendIfThereIsRoom(
  message: IncomingMessage,
  response: ServerResponse,
  answer: Response,
  key: string,
  { answers, requests, onRefused }: ExchangeContext,
): Promise<void> {
  const isHead = message.method === 'HEAD'
  const bytes = isHead || answer.body === null ? 0 : Number(answer.headers.get('content-length') ?? 0)
  // They were read already, whether the client waits for them or not.
  requests?.charge(key, Math.floor(bytes / BYTES_PER_REQUEST))
  const give = answers.take(key, bytes)
  if (give === undefined) {
    onRefused('answer-bytes')
    await answer.body?.cancel()
    return sendResponse(response, tryLater(503, 'too-many-answers', 5), isHead)
  }
  try {
    await sendResponse(response, answer, isHead)
  } finally {
    give()
  }
}

async function respond(
  message: IncomingMessage,
  response: ServerResponse,
  info: RequestInfo,
  signal: AbortSignal,
  context: ExchangeContext,
): Promise<Response> {
  // The next connection is judged by the newest lists.
  if (info.clientCertificateProblem === 'connection-too-old') response.shouldKeepAlive = false
  if (context.closing.aborted) {
    context.onRefused('closing')
    return tryLater(503, 'closing', 5)
  }
  const waitSeconds = context.requests?.take(limitKey(info)) ?? 0
  if (waitSeconds > 0) {
    context.onRefused('request-rate')
    return tryLater(429, 'too-many-requests', waitSeconds)
  }
  const url = requestUrl(message, context.scheme)
  if (url === null) {
    context.onRefused('malformed')
    return problem(400, 'bad-request')
  }
  if (declaredLength(message) > context.maxBodyBytes) {
    context.onRefused('body-too-large')
    return problem(413, 'body-too-large')
  }
  const body = requestBody(message, context.maxBodyBytes)
  try {
    const request = new Request(url, {
      method: message.method as string,
      headers: requestHeaders(message),
      signal,
      ...(body === null ? {} : { body, duplex: 'half' }),
    } as RequestInit)
    context.inFlight.add(request)
    response.once('close', () => context.inFlight.delete(request))
    if (message.socket.destroyed) context.inFlight.delete(request)
    return await context.handler(request, info)
  } catch (error) {
    if (isTooLarge(error)) {
      context.onRefused('body-too-large')
      return problem(413, 'body-too-large')
    }
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

function requestInfo(
  message: IncomingMessage,
  { proxies, asksForCertificates, ages, shown }: ExchangeContext,
): RequestInfo {
  const { socket } = message
  const header = message.headers['x-forwarded-for']
  const forwardedFor = Array.isArray(header) ? header.join(',') : header
  const remoteAddress = clientAddress(socket.remoteAddress ?? '', forwardedFor, proxies)
  const certificate = shown.get(socket)
  if (!asksForCertificates || certificate === undefined) return { remoteAddress }
  const found = clientCertificate(certificate, new Date())
  if ('problem' in found) return { remoteAddress, clientCertificateProblem: found.problem }
  if (!ages.isCurrent(socket)) return { remoteAddress, clientCertificateProblem: 'connection-too-old' }
  return { remoteAddress, clientCommonName: found.commonName }
}

/** Kiosks with a certificate have an allowance of their own: several of them may share the address of a building. */
function limitKey({ remoteAddress, clientCommonName }: RequestInfo): string {
  return clientCommonName === undefined ? addressKey(remoteAddress) : `certificate ${clientCommonName}`
}

function isTooLarge(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof BodyTooLargeError) return true
  return false
}

function problem(status: number, error: string): Response {
  return Response.json({ ok: false, error }, { status })
}

function tryLater(status: 429 | 503, error: string, seconds: number): Response {
  return Response.json({ ok: false, error }, { status, headers: { 'retry-after': String(seconds) } })
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
