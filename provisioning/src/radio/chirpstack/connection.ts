import { isIPv4 } from 'node:net'
import grpc from '@grpc/grpc-js'
import type { Clock } from '@hanpyo/platform/clock.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { type CallError, readStatus } from './call-error.ts'

export interface ChirpStackOptions {
  readonly address: ChirpStackAddress
  /** API key or a user's token. */
  readonly token: string
  /** PEM of the authority the server must be of; default the system's. */
  readonly ca?: string
  /** Waits between two tries. */
  readonly clock: Clock
  /** Real time one call may take, default 5,000 ms. */
  readonly deadlineMs?: number
}

export interface ChirpStackAddress {
  readonly host: string
  readonly port: number
  readonly isTls: boolean
}

/** Calls to the gRPC services of one ChirpStack (4.19) with one token. */
export interface ChirpStack {
  /** `https://host:port`, for people. */
  readonly url: string
  /** `Date` of the last response, Unix ms: what time it is there, to the second. */
  readonly serverTimeMs: number | undefined
  /**
   * One unary call with a deadline. A read (`Get…`, `List…`) that found nobody is tried twice more; a change never is, because it
   * may have been made.
   */
  call<Request, Response>(
    method: grpc.MethodDefinition<Request, Response>,
    request: Request,
  ): Promise<Result<Response, CallError>>
  close(): void
}

const DEADLINE_MS = 5_000
const READ_TRIES = 3
const RETRY_MS = 300
/** Gets and lists change nothing, so that they may be repeated. */
const IS_READ = /\/(Get|List)[A-Za-z]*$/

/** Reads `http://127.0.0.1:8080` or `https://chirpstack.example.org[:443]`. A path or a password in it is refused. */
export function parseChirpStackUrl(text: string): Result<ChirpStackAddress, 'chirpstack-url'> {
  const url = URL.parse(text)
  const isTls = url?.protocol === 'https:'
  if (url === null || (!isTls && url.protocol !== 'http:')) return err('chirpstack-url', text)
  if (url.username !== '' || url.password !== '' || url.pathname !== '/' || url.search !== '')
    return err('chirpstack-url', `${url.protocol}//${url.host}`)
  return ok({ host: url.hostname, port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port), isTls })
}

/** Whether a token may go there: over TLS, or without leaving this machine. */
export function keepsTokenPrivate({ host, isTls }: ChirpStackAddress): boolean {
  return isTls || host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'))
}

/** Connects at the first call. */
export function openChirpStack(options: ChirpStackOptions): ChirpStack {
  const { address, token, ca, clock, deadlineMs = DEADLINE_MS } = options
  const { host, port, isTls } = address
  const credentials = isTls
    ? grpc.credentials.createSsl(ca === undefined ? null : Buffer.from(ca))
    : grpc.credentials.createInsecure()
  const client = new grpc.Client(`${host}:${port}`, credentials, {
    // A proxy of the office network would see the token of a connection without TLS.
    'grpc.enable_http_proxy': 0,
    // A connection that just failed is worth another look when the technician has put it right.
    'grpc.initial_reconnect_backoff_ms': 100,
  })
  const metadata = new grpc.Metadata()
  metadata.set('authorization', `Bearer ${token}`)
  let serverTimeMs: number | undefined

  function once<Request, Response>(
    method: grpc.MethodDefinition<Request, Response>,
    request: Request,
  ): Promise<Result<Response, CallError>> {
    return new Promise((resolve) => {
      const deadline = Date.now() + deadlineMs
      const call = client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        metadata,
        { deadline },
        (error, response) => {
          if (error !== null) resolve(readStatus(error))
          else if (response === undefined) resolve(err('chirpstack-failed', 'an empty answer'))
          else resolve(ok(response))
        },
      )
      call.on('metadata', (headers) => {
        const time = Date.parse(headers.get('date')[0]?.toString() ?? '')
        if (!Number.isNaN(time)) serverTimeMs = time
      })
    })
  }

  return {
    url: `${isTls ? 'https' : 'http'}://${host}:${port}`,
    get serverTimeMs() {
      return serverTimeMs
    },
    async call(method, request) {
      const tries = IS_READ.test(method.path) ? READ_TRIES : 1
      for (let left = tries - 1; ; left--) {
        const result = await once(method, request)
        if (result.ok || left === 0 || result.error !== 'chirpstack-unreachable') return result
        await clock.sleep(RETRY_MS)
      }
    },
    close: () => client.close(),
  }
}
