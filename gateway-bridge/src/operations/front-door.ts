import type { FetchHandler, HttpServer } from '@hanpyo/platform/http-server.ts'
import type { Lifecycle } from '@hanpyo/platform/lifecycle.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { Result } from '@hanpyo/protocol/result.ts'
import type { BridgeConfig } from '../config.ts'
import type { BridgeHealth } from '../health.ts'
import type { BridgeMetrics } from '../metrics.ts'
import { GRACE_MS, type ServeError, serveHttp } from './serve-http.ts'

type Opened = Result<HttpServer, ServeError>

/** The HTTP server of a bridge that may have to wait before it has anything to serve. */
export interface FrontDoor {
  /** Listens; everything is answered 503 with `why` until `serve`. Opens once; later calls change the reason until then. */
  openWaiting(why: string): Promise<Opened>
  /** Listens, unless it does already, and hands requests to this handler from now on. */
  serve(handler: FetchHandler, metrics: Pick<BridgeMetrics, 'httpRefused'>): Promise<Opened>
}

export function createFrontDoor(
  http: BridgeConfig['http'],
  deps: { readonly lifecycle: Lifecycle; readonly log: Logger },
): FrontDoor {
  let handle: FetchHandler = waitingHandler('')
  let refusals: Pick<BridgeMetrics, 'httpRefused'> | undefined
  let opened: Promise<Opened> | undefined
  let isServing = false
  const open = () => {
    opened ??= serveHttp(http, (request, info) => handle(request, info), {
      ...deps,
      metrics: { httpRefused: (why) => refusals?.httpRefused(why) },
    })
    return opened
  }
  return {
    openWaiting(why) {
      if (!isServing) handle = waitingHandler(why)
      return open()
    },
    async serve(handler, metrics) {
      const wasOpen = opened !== undefined
      isServing = true
      handle = handler
      refusals = metrics
      const server = await open()
      // It has to close before what answers behind it, although it was opened first.
      if (wasOpen && server.ok) deps.lifecycle.onClose('http', () => server.value.close(GRACE_MS))
      return server
    },
  }
}

/** Kiosks and readers come again; a monitor sees at `/healthz` what is missing. */
function waitingHandler(reason: string): FetchHandler {
  const health: BridgeHealth = {
    isAccepting: false,
    storage: 'storage-unavailable',
    reason,
    mqtt: { online: 0, wanted: 0 },
  }
  const starting = {
    ok: false,
    error: 'starting',
    message: 'The bridge waits for its database. Nothing is lost; send it again later.',
  }
  return (request) =>
    Response.json(new URL(request.url).pathname === '/healthz' ? health : starting, {
      status: 503,
      headers: { 'cache-control': 'no-store', 'retry-after': '5', 'access-control-allow-origin': '*' },
    })
}
