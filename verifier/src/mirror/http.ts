import { monitoringPath } from '@hanpyo/protocol/log/add-checkpoint.ts'
import { createLogHandler } from '@hanpyo/protocol/log/http.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import { getProposal, listProposals, type ProposalSource } from '@hanpyo/protocol/proposal/http.ts'
import { metricsResponse } from '../metrics-text.ts'
import { parseCommitmentsPath } from './commitments.ts'
import type { MirrorStatus } from './follow.ts'
import { mirrorMetrics } from './metrics.ts'

export interface MirrorHandlerOptions {
  readonly reader: LogReader
  readonly name: string
  /** Public type 0x04 key. */
  readonly vkey: string
  /** Where the log is read from. */
  readonly source: string
  readonly status: () => MirrorStatus
  /** Page, history, events and plain facts, where they are served. */
  readonly site?: (request: Request) => Promise<Response | null>
  /** Texts of proposals; without them this mirror serves none. */
  readonly proposals?: ProposalSource
  /** The commitments of a bundle's ballots; `null` where there are none. */
  readonly commitments?: (index: number, width: number) => Promise<Uint8Array | null>
}

/**
 * The copy under the same paths as the log, its newest cosigned checkpoint also as `GET /<hex SHA-256 of origin>/checkpoint`
 * (C2SP tlog-witness, monitoring), `GET /proposals` and `GET /proposal/<id>` as a bridge answers them, `GET /metrics`, and
 * `GET /mirror.v0.json`: who this is, how far it is and what is wrong.
 */
export function createMirrorHandler(options: MirrorHandlerOptions): (request: Request) => Promise<Response> {
  const { reader, name, vkey, source, status } = options
  const serveLog = createLogHandler(reader)
  return async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/mirror.v0.json' || pathname === '/healthz') {
      const now = status()
      const isWell = now.problem === null || now.problem === 'not-published'
      const view = { name, verifier_keys: [vkey], source, ...now }
      const headers = { 'cache-control': 'no-store', 'access-control-allow-origin': '*' }
      return Response.json(view, { status: pathname === '/healthz' && !isWell ? 503 : 200, headers })
    }
    if (pathname === '/metrics') return metricsResponse(mirrorMetrics(status()))
    if (/^\/[0-9a-f]{64}\/checkpoint$/.test(pathname)) {
      const note = await reader.checkpoint()
      const origin = note?.slice(0, note.indexOf('\n')) ?? ''
      if (pathname !== `/${monitoringPath(origin)}`) return new Response('not found\n', { status: 404 })
      return serveLog(new Request(new URL('/checkpoint', request.url), { method: request.method }))
    }
    const shown = (await options.site?.(request)) ?? null
    if (shown !== null) return shown
    const { proposals } = options
    if (proposals !== undefined && request.method === 'GET') {
      if (pathname === '/proposals') return listProposals(proposals, new URL(request.url).searchParams)
      const id = /^\/proposal\/([^/]+)$/.exec(pathname)?.[1]
      if (id !== undefined) return getProposal(proposals, id)
    }
    const bundle = parseCommitmentsPath(pathname.slice(1))
    if (bundle !== null) return serveCommitments(await options.commitments?.(bundle.index, bundle.width))
    return serveLog(request)
  }
}

/** Never cached for long: a mirror that was restarted may find out more later. */
function serveCommitments(bytes: Uint8Array | null | undefined): Response {
  if (bytes === null || bytes === undefined) return new Response('not found\n', { status: 404 })
  const headers = { 'content-type': 'application/octet-stream', 'cache-control': 'public, max-age=60' }
  return new Response(new Uint8Array(bytes), { headers: { ...headers, 'access-control-allow-origin': '*' } })
}
