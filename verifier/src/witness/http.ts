import type { Logger } from '@hanpyo/platform/logger.ts'
import { mayPass, SqliteError } from '@hanpyo/platform/sqlite.ts'
import {
  MAX_ADD_CHECKPOINT_BYTES,
  monitoringPath,
  TLOG_SIZE_TYPE,
} from '@hanpyo/protocol/log/add-checkpoint.ts'
import { metricsResponse } from '../metrics-text.ts'
import type { WitnessMetrics } from './metrics.ts'
import { WITNESS_STATUS, type Witness } from './witness.ts'

export interface WitnessHandlerOptions {
  readonly witness: Witness
  /** The logs this witness knows now. */
  readonly origins: () => readonly string[]
  /** Public type 0x04 key. */
  readonly vkey: string
  readonly log: Logger
  readonly metrics: WitnessMetrics
  /** The memory of this witness cannot be trusted any more: nothing may be signed until the process has started anew. */
  readonly onBroken: (error: SqliteError) => void
}

const TEXT = 'text/plain; charset=utf-8'

/**
 * `POST /add-checkpoint`, `GET /<hex SHA-256 of origin>/checkpoint`, `GET /witness.v0.json` (who this is),
 * `GET /metrics` and `GET /healthz`. Submission and monitoring share one prefix.
 */
export function createWitnessHandler(
  options: WitnessHandlerOptions,
): (request: Request) => Promise<Response> {
  return async (request) => {
    try {
      return await handle(options, request)
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error
      const isPassing = mayPass(error)
      options.metrics.answered('store-failed')
      options.log.error(isPassing ? 'store-stalled' : 'store-broken', { error: error.code })
      if (!isPassing) options.onBroken(error)
      // Nothing was signed; the log asks again.
      return refuse(isPassing ? 503 : 500, error.code)
    }
  }
}

async function handle(options: WitnessHandlerOptions, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (pathname === '/add-checkpoint') {
    return request.method === 'POST' ? add(options, request) : refuse(405, 'method not allowed', 'POST')
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return refuse(405, 'method not allowed', 'GET, HEAD')
  }
  const answer = read(options, pathname)
  return request.method === 'HEAD' ? new Response(null, answer) : answer
}

async function add({ witness, log, metrics }: WitnessHandlerOptions, request: Request): Promise<Response> {
  const body = new Uint8Array(await request.arrayBuffer())
  if (body.length > MAX_ADD_CHECKPOINT_BYTES) {
    metrics.answered('body-too-large')
    return refuse(413, 'body too large')
  }
  const result = witness.addCheckpoint(body)
  metrics.answered(result.ok ? 'cosigned' : result.error)
  if (result.ok) return new Response(result.value, { headers: { 'content-type': TEXT } })
  const { error, detail } = result
  log.info('checkpoint-refused', { reason: error })
  if (error === 'other-old-size') {
    return new Response(`${detail}\n`, { status: 409, headers: { 'content-type': TLOG_SIZE_TYPE } })
  }
  return refuse(WITNESS_STATUS[error], error)
}

function read({ witness, origins, vkey, metrics }: WitnessHandlerOptions, pathname: string): Response {
  if (pathname === '/healthz') return plain('ok\n')
  if (pathname === '/metrics') return metricsResponse(metrics.text())
  if (pathname === '/witness.v0.json') {
    const description = { name: witness.name, verifier_keys: [vkey], software: { name: 'hanpyo' } }
    return new Response(`${JSON.stringify(description)}\n`, { headers: headers('application/json') })
  }
  const origin = origins().find((known) => pathname === `/${monitoringPath(known)}`)
  const note = origin === undefined ? null : witness.cosignedNote(origin)
  return note === null ? refuse(404, 'not found') : plain(note)
}

function plain(text: string): Response {
  return new Response(text, { headers: headers(TEXT) })
}

function refuse(status: number, text: string, allow?: string): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { ...headers(TEXT), ...(allow === undefined ? {} : { allow }) },
  })
}

function headers(type: string): Record<string, string> {
  return {
    'content-type': type,
    'cache-control': 'no-store',
    'access-control-allow-origin': '*',
    'x-content-type-options': 'nosniff',
  }
}
