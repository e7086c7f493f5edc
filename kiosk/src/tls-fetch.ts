/** Reads from a server over HTTPS with an authority, and a certificate, of our own. */
import { Agent, request } from 'node:https'
import { Readable } from 'node:stream'
import { createSecureContext } from 'node:tls'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { TlsFiles } from './load-files.ts'

/** Connections that are kept for the next file of the ledger. */
const MOST_CONNECTIONS = 4
/** Statuses of the Fetch standard that carry no body. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304])

export interface TlsFetch {
  readonly fetch: typeof fetch
  /** Ends every connection. */
  close(): void
}

/**
 * `fetch` for `GET` that trusts `ca` alone, shows the certificate when there is one, and follows no redirect: a certificate is for one
 * server. It rejects when the server is not the one that the authority named. `tls-files-unusable`: a text is no certificate or key, or
 * they do not fit.
 */
export function createTlsFetch(tls: TlsFiles): Result<TlsFetch, 'tls-files-unusable'> {
  const options = { ...tls, minVersion: 'TLSv1.2' as const }
  try {
    createSecureContext(options)
  } catch (error) {
    // The code alone: what OpenSSL says of a key may quote it.
    return err('tls-files-unusable', (error as NodeJS.ErrnoException).code)
  }
  const agent = new Agent({ ...options, keepAlive: true, maxSockets: MOST_CONNECTIONS })
  return ok({
    fetch: async (input, init = {}) => get(agent, new Request(input, init)),
    close: () => agent.destroy(),
  })
}

function get(agent: Agent, { url, method, signal, headers }: Request): Promise<Response> {
  if (method !== 'GET') return Promise.reject(new TypeError(`${method} is not for reading`))
  if (!url.startsWith('https:')) return Promise.reject(new TypeError('a certificate needs https'))
  return new Promise((resolve, reject) => {
    request(url, { agent, signal, headers: Object.fromEntries(headers) }, (answer) => {
      const status = answer.statusCode ?? 0
      if (status < 200 || status > 599) {
        answer.destroy()
        return reject(new Error(`HTTP ${status}`))
      }
      const given = new Headers()
      for (const [name, values] of Object.entries(answer.headersDistinct)) {
        for (const value of values ?? []) given.append(name, value)
      }
      const isEmpty = WITHOUT_BODY.has(status)
      if (isEmpty) answer.resume()
      const body = isEmpty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>)
      resolve(new Response(body, { status, headers: given }))
    })
      .on('error', reject)
      .end()
  })
}
