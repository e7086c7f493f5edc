import type { StaticFiles } from '@hanpyo/platform/static-files.ts'
import { err } from '@hanpyo/protocol/result.ts'
import type { Contract, Handlers, Method, TransportError } from '../contract/define.ts'
import { securityHeaders } from './security-headers.ts'

export interface HandlerDeps<C extends Contract> {
  readonly contract: C
  readonly handlers: Handlers<C>
  /** The page's files; `null` answers 404 for everything but `/rpc/`. */
  readonly files: StaticFiles | null
  /** Called for bugs; the caller only learns `internal-error`. Must not log request bodies. */
  readonly onBug: (methodName: string, error: unknown) => void
}

/** Largest accepted JSON body. The largest honest one is a ranking of 231 options. */
export const MAX_BODY_BYTES = 16 * 1024

const STATUS: Readonly<Record<TransportError, number>> = {
  'core-unreachable': 503,
  'not-allowed': 403,
  'unknown-method': 404,
  'invalid-input': 400,
  'request-too-large': 413,
  'internal-error': 500,
}

/**
 * The kiosk's one HTTP surface as a function from `Request` to `Response`: `POST /rpc/<method>` with a JSON object,
 * answered by `{ ok: true, value } | { ok: false, error }`, and `GET` for the page's files. Every answer carries the
 * security headers. Who may call at all is decided by the host around it (`loopback-guard.ts`, the Electron shell).
 *
 * @example
 * const handler = createHandler({ contract: kioskContract, handlers, files: null, onBug: console.error })
 * await handler(new Request('http://kiosk/rpc/session.state', { method: 'POST', body: '{}' }))
 */
export function createHandler<C extends Contract>(
  deps: HandlerDeps<C>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname } = new URL(request.url)
    const response = pathname.startsWith('/rpc/')
      ? await answerCall(deps, pathname.slice('/rpc/'.length), request)
      : await answerFile(deps.files, pathname, request.method)
    for (const [name, value] of securityHeaders) response.headers.set(name, value)
    return response
  }
}

async function answerCall<C extends Contract>(
  deps: HandlerDeps<C>,
  name: string,
  request: Request,
): Promise<Response> {
  if (request.method !== 'POST') return new Response(null, { status: 405, headers: { allow: 'POST' } })
  const method = Object.hasOwn(deps.contract, name) ? (deps.contract[name] as Method) : undefined
  if (method === undefined) return failure('unknown-method')
  const body = await readJson(request)
  if (!body.ok) return failure(body.error)
  const input = method.input.safeParse(body.value)
  if (!input.success) return failure('invalid-input')
  const handle = deps.handlers[name] as unknown as (input: unknown, signal: AbortSignal) => Promise<unknown>
  try {
    return json(await handle(input.data, request.signal), 200)
  } catch (error) {
    if (request.signal.aborted) return failure('core-unreachable')
    deps.onBug(name, error)
    return failure('internal-error')
  }
}

async function readJson(
  request: Request,
): Promise<{ ok: true; value: unknown } | { ok: false; error: TransportError }> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) return err('request-too-large')
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body ?? []) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) return err('request-too-large')
    chunks.push(chunk)
  }
  try {
    return { ok: true, value: JSON.parse(await new Blob(chunks as BlobPart[]).text()) }
  } catch {
    return err('invalid-input')
  }
}

async function answerFile(files: StaticFiles | null, pathname: string, verb: string): Promise<Response> {
  if (verb !== 'GET' && verb !== 'HEAD') {
    return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } })
  }
  const file = await files?.(pathname)
  if (file == null)
    return new Response('not found\n', { status: 404, headers: { 'content-type': 'text/plain' } })
  const headers = { 'content-type': file.type, 'content-length': String(file.bytes.length) }
  return new Response(verb === 'HEAD' ? null : (file.bytes as BodyInit), { status: 200, headers })
}

function failure(error: TransportError): Response {
  return json(err(error), STATUS[error])
}

function json(value: unknown, status: number): Response {
  return Response.json(value, { status })
}
