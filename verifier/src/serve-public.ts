import { resolve } from 'node:path'
import { type CommandIo, UsageError } from '@hanpyo/platform/command.ts'
import { type FetchHandler, type HttpServer, serveFetch } from '@hanpyo/platform/http-server.ts'
import type { Lifecycle } from '@hanpyo/platform/lifecycle.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { followTlsFiles, readTlsFiles, type TlsFiles } from '@hanpyo/platform/tls-files.ts'

/** Options on the command line of everything that serves the public. */
export const SERVE_OPTIONS = {
  host: { type: 'string' },
  port: { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  'trusted-proxy': { type: 'string', multiple: true },
} as const

export const SERVE_USAGE = `  --host HOST --port N   where to serve (default 127.0.0.1 and any free port)
  --tls-cert FILE --tls-key FILE   PEM; read again when they change, and on SIGHUP
  --trusted-proxy RANGE  a proxy of your own (10.0.0.1, 10.0.0.0/8), whose X-Forwarded-For is believed; may be repeated`

export interface ServeValues {
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly 'tls-cert'?: string | undefined
  readonly 'tls-key'?: string | undefined
  readonly 'trusted-proxy'?: readonly string[] | undefined
}

/** Of one address: a reader of the whole ledger asks for some hundred files a minute, a log for one cosignature a batch. */
const REQUESTS = { perSecond: 300, burst: 3_000 }
/** Running answers get this long, real milliseconds, when the service stops. */
const GRACE_MS = 5_000

/** Serves a handler to everybody, with limits for each address; closes with the lifecycle. */
export async function servePublic(
  handler: FetchHandler,
  values: ServeValues,
  deps: {
    readonly io: CommandIo
    readonly log: Logger
    readonly lifecycle: Lifecycle
    readonly maxBodyBytes?: number
  },
): Promise<HttpServer> {
  const { io, log, lifecycle, maxBodyBytes } = deps
  const files = tlsFilesOf(values, io)
  let server: HttpServer
  try {
    server = await serveFetch(handler, {
      host: values.host ?? '127.0.0.1',
      port: portOf(values.port),
      log,
      limits: { requests: REQUESTS },
      trustedProxies: values['trusted-proxy'] ?? [],
      ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }),
      ...(files === undefined ? {} : { tls: await readTlsFiles(files) }),
    })
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--trusted-proxy: ${error.message}`)
    throw error
  }
  if (files !== undefined) {
    const following = followTlsFiles(files, server, { log })
    lifecycle.onClose('tls-files', () => following.stop())
  }
  lifecycle.onClose('http', () => server.close(GRACE_MS))
  return server
}

/** The value of `--port`; 0 takes a free one. */
export function portOf(text = '0'): number {
  const port = Number(text)
  if (!/^[0-9]{1,5}$/.test(text) || port > 65_535) throw new UsageError('--port takes 0 to 65535')
  return port
}

/** Both or neither of `--tls-cert` and `--tls-key`. */
function tlsFilesOf(values: ServeValues, io: CommandIo): TlsFiles | undefined {
  const { 'tls-cert': cert, 'tls-key': key } = values
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined) throw new UsageError('--tls-cert and --tls-key go together')
  return { cert: resolve(io.cwd, cert), key: resolve(io.cwd, key) }
}
