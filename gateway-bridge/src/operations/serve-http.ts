import { type FetchHandler, type HttpServer, serveFetch } from '@hanpyo/platform/http-server.ts'
import type { Lifecycle } from '@hanpyo/platform/lifecycle.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { followTlsFiles, readTlsFiles, type TlsFiles, TlsFilesError } from '@hanpyo/platform/tls-files.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { BridgeConfig } from '../config.ts'
import type { BridgeMetrics } from '../metrics.ts'

export type ServeError = 'port-taken' | 'tls-files-unusable'

/** Running answers get this long, real milliseconds, when the bridge stops. */
export const GRACE_MS = 5_000

/**
 * The bridge's HTTP server with its limits; certificates are read again on SIGHUP and when they change. It closes with the
 * lifecycle: what runs is finished, what is new is told to come again.
 */
export async function serveHttp(
  http: BridgeConfig['http'],
  handler: FetchHandler,
  deps: {
    readonly lifecycle: Lifecycle
    readonly log: Logger
    readonly metrics: Pick<BridgeMetrics, 'httpRefused'>
  },
): Promise<Result<HttpServer, ServeError>> {
  const { host, port, maxBlobBytes, maxConnections, maxConnectionsPerAddress } = http
  const { lifecycle, log, metrics } = deps
  const files = tlsFilesOf(http)
  try {
    const tls = files === undefined ? {} : { tls: await readTlsFiles(files) }
    const server = await serveFetch(handler, {
      host,
      port,
      maxBodyBytes: maxBlobBytes,
      log,
      ...tls,
      trustedProxies: http.trustedProxies,
      limits: {
        maxConnections,
        maxConnectionsPerAddress,
        requests: { perSecond: http.requestsPerSecond, burst: http.requestBurst },
      },
      onRefused: (why) => metrics.httpRefused(why),
    })
    if (files !== undefined) {
      const following = followTlsFiles(files, server, { log })
      lifecycle.onClose('tls-files', () => following.stop())
    }
    lifecycle.onClose('http', () => server.close(GRACE_MS))
    return ok(server)
  } catch (error) {
    if (error instanceof TlsFilesError) return err('tls-files-unusable', error.message)
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE' || code === 'EADDRNOTAVAIL') return err('port-taken', `${host}:${port}`)
    if (code === 'EACCES' && files === undefined) return err('port-taken', `${host}:${port}`)
    if (files !== undefined && (code === 'ENOENT' || code === 'EACCES' || code?.startsWith('ERR_OSSL')))
      return err('tls-files-unusable', message)
    throw error
  }
}

function tlsFilesOf(http: BridgeConfig['http']): TlsFiles | undefined {
  const { cert, key, clientCa, clientCrl, clientCertificates } = http
  if (cert === undefined || key === undefined) return undefined
  if (clientCa === undefined) return { cert, key }
  const list = clientCrl === undefined ? {} : { crl: clientCrl }
  return { cert, key, ca: clientCa, ...list, clientMustAuthenticate: clientCertificates === 'required' }
}
