import { createHash, timingSafeEqual } from 'node:crypto'
import { err } from '@hanpyo/protocol/result.ts'
import { securityHeaders } from './security-headers.ts'

export interface GuardOptions {
  /** This boot's secret: shells send it as a bearer token, or open `/enter?token=…` once per browser start. */
  readonly token: string
  /** Value of the cookie a browser gets at `/enter`; another random secret, so that the token stays out of requests. */
  readonly cookieValue: string
  /** `http://127.0.0.1:<port>`; known once the server listens. */
  readonly origin: () => string
}

type Handler = (request: Request) => Promise<Response>

const COOKIE = 'hanpyo-kiosk'

/**
 * Lets only this machine's shell through to the handler: exact `Host` (a name that was rebound to 127.0.0.1 fails),
 * no foreign `Origin` or `Sec-Fetch-Site`, JSON only, and the boot's token or the cookie it was exchanged for
 * (HttpOnly, SameSite=Strict). Everything else is answered 403 without a reason.
 */
export function guardLoopback(handler: Handler, options: GuardOptions): Handler {
  return async (request) => {
    const url = new URL(request.url)
    const origin = options.origin()
    if (request.headers.get('host') !== new URL(origin).host) return refuse()
    if (url.pathname === '/enter') return enter(request, url, options)
    return isFromShell(request, origin) && isKnown(request, options) ? handler(request) : refuse()
  }
}

function enter(request: Request, url: URL, { token, cookieValue }: GuardOptions): Response {
  const site = request.headers.get('sec-fetch-site')
  const isTyped = site === null || site === 'none' || site === 'same-origin'
  if (request.method !== 'GET' || !isTyped || !isSame(url.searchParams.get('token') ?? '', token))
    return refuse()
  const headers = new Headers([...securityHeaders].map(([name, value]) => [name, value]))
  headers.set('location', '/')
  headers.set('set-cookie', `${COOKIE}=${cookieValue}; Path=/; HttpOnly; SameSite=Strict`)
  return new Response(null, { status: 303, headers })
}

/** Fetch metadata and origin, where a browser sends them, say "this page itself". */
function isFromShell(request: Request, ownOrigin: string): boolean {
  const { headers, method } = request
  const origin = headers.get('origin')
  if (origin !== null && origin !== ownOrigin) return false
  const site = headers.get('sec-fetch-site')
  const isRead = method === 'GET' || method === 'HEAD'
  if (site !== null && site !== 'same-origin' && !(isRead && site === 'none')) return false
  return isRead || headers.get('content-type')?.split(';')[0]?.trim() === 'application/json'
}

function isKnown(request: Request, { token, cookieValue }: GuardOptions): boolean {
  const authorization = request.headers.get('authorization')
  if (authorization !== null) {
    return authorization.startsWith('Bearer ') && isSame(authorization.slice('Bearer '.length), token)
  }
  const cookies = (request.headers.get('cookie') ?? '').split(';').map((cookie) => cookie.trim())
  return cookies.some(
    (cookie) => cookie.startsWith(`${COOKIE}=`) && isSame(cookie.slice(COOKIE.length + 1), cookieValue),
  )
}

function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}

function refuse(): Response {
  const response = Response.json(err('not-allowed'), { status: 403 })
  for (const [name, value] of securityHeaders) response.headers.set(name, value)
  return response
}
