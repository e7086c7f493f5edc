import { isOwnUrl } from './origin.ts'
import { outOfServicePage, outOfServiceResponse } from './out-of-service.ts'

export interface CoreAccess {
  /** The core's loopback address, for example `http://127.0.0.1:41733`. */
  readonly url: string
  /**
   * The secret of the core's present boot; sent as a bearer token, never shown to the page. Asked for with every
   * request, because a core that restarted has a new one. Throws when it cannot be read.
   */
  readonly token: () => string
}

export interface ProxyDeps {
  readonly core: CoreAccess
  readonly fetch: (request: Request) => Promise<Response>
  readonly log: (event: string, fields: Record<string, unknown>) => void
}

/** Headers of the page's request that mean something to the core. Cookies and origins stay in the renderer. */
const FORWARDED = ['accept', 'accept-language', 'content-type']

/**
 * The handler behind `kiosk://app/`: passes a request on to the core over loopback HTTP with the shell's token, and
 * gives the core's answer back with its headers (the core sets the content security policy) but no cookies.
 * If the core does not answer, a page load gets the out-of-service page with status 503 and a call gets an envelope
 * `{ ok: false, error: 'core-unreachable' }`, so that the page can say so and try again.
 */
export function createCoreProxy({ core, fetch, log }: ProxyDeps): (request: Request) => Promise<Response> {
  return async (request) => {
    if (!isOwnUrl(request.url)) return new Response(null, { status: 403 })
    const { pathname, search } = new URL(request.url)
    const own = outOfServiceResponse(pathname)
    if (own !== undefined) return own
    try {
      const answer = await fetch(forward(request, new URL(pathname + search, core.url), core.token()))
      const headers = new Headers(answer.headers)
      headers.delete('set-cookie')
      return new Response(answer.body, { status: answer.status, headers })
    } catch (error) {
      log('core-unreachable', { reason: error instanceof Error ? error.message : String(error) })
      return pathname.startsWith('/rpc/') ? unreachableReply() : outOfServicePage(503)
    }
  }
}

function forward(request: Request, target: URL, token: string): Request {
  const headers = new Headers({ authorization: `Bearer ${token}` })
  for (const name of FORWARDED) {
    const value = request.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD'
  return new Request(target, {
    method: request.method,
    headers,
    redirect: 'manual',
    signal: request.signal,
    ...(hasBody ? { body: request.body, duplex: 'half' } : {}),
  })
}

function unreachableReply(): Response {
  return Response.json(
    { ok: false, error: 'core-unreachable' },
    { status: 503, headers: { 'cache-control': 'no-store' } },
  )
}
