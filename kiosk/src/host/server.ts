import { type HttpServer, serveFetch } from '@hanpyo/platform/http-server.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { MAX_BODY_BYTES } from './handler.ts'
import { guardLoopback } from './loopback-guard.ts'

export interface LoopbackServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** 256 random bits of this boot, hex. */
  readonly token: string
  /** What a browser opens: trades the token for a cookie and lands on the page. */
  readonly entryUrl: string
  close(): Promise<void>
}

/** Serves a handler on 127.0.0.1 behind the guard. */
export async function serveLoopback(
  handler: (request: Request) => Promise<Response>,
  options: { readonly port: number; readonly random: RandomBytes; readonly log: Logger },
): Promise<LoopbackServer> {
  const token = toHex(options.random(32))
  let server: HttpServer | undefined
  const guarded = guardLoopback(handler, {
    token,
    cookieValue: toHex(options.random(32)),
    origin: () => server?.url ?? 'http://127.0.0.1',
  })
  server = await serveFetch((request) => guarded(request), {
    host: '127.0.0.1',
    port: options.port,
    maxBodyBytes: 4 * MAX_BODY_BYTES,
    log: options.log,
  })
  const { url } = server
  return { url, token, entryUrl: `${url}/enter?token=${token}`, close: () => server.close() }
}
