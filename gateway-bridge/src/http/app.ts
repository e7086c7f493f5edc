import type { RequestInfo } from '@hanpyo/platform/http-server.ts'
import { MAX_DATAGRAM_BYTES } from '@hanpyo/protocol/link/constants.ts'
import { createLogHandler } from '@hanpyo/protocol/log/http.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import { Hono } from 'hono'
import type { Registry } from 'prom-client'
import type { BridgeHealth } from '../health.ts'
import type { StatusView } from '../status/status.ts'
import type { WitnessView } from '../witnessing/witnessing.ts'
import { type BlobRouteDeps, isAuthorised, putBlob, readAtMost } from './blob-route.ts'
import { getProposal, listProposals, type ProposalsRouteDeps } from './proposals-route.ts'
import { postRecord, type RecordsRouteDeps } from './records-route.ts'

export interface HttpDeps {
  readonly reader: LogReader
  readonly records: RecordsRouteDeps
  readonly blobs: BlobRouteDeps
  readonly registry: Registry
  readonly proposals: ProposalsRouteDeps
  status(): StatusView
  /** Every witness and mirror of the policies, failed ones as well. */
  witnesses(): readonly WitnessView[]
  health(): BridgeHealth
}

const LOOPBACK = /^(::1|::ffff:127\.|127\.)/

/**
 * The bridge's HTTP as one fetch handler: the public log, `/status`, `/proposals` and `/healthz` for everybody, `/metrics` for this
 * machine or the bearer token, `POST /records` and `PUT /blob/<sha256>` for those who sign or name what they bring.
 */
export function createHttpApp(deps: HttpDeps): (request: Request, info: RequestInfo) => Promise<Response> {
  const serveLog = createLogHandler(deps.reader)
  const app = new Hono<{ Bindings: RequestInfo }>()

  app.get('/healthz', (c) => {
    const health = deps.health()
    return c.json(health, health.isAccepting ? 200 : 503, { 'cache-control': 'no-store' })
  })
  app.get('/status', (c) =>
    c.json(deps.status(), 200, { 'cache-control': 'no-store', 'access-control-allow-origin': '*' }),
  )
  app.get('/witnesses', (c) =>
    c.json(deps.witnesses(), 200, { 'cache-control': 'no-store', 'access-control-allow-origin': '*' }),
  )
  app.get('/proposals', (c) => listProposals(deps.proposals, new URL(c.req.url).searchParams))
  app.get('/proposal/:id', (c) => getProposal(deps.proposals, c.req.param('id')))
  app.get('/metrics', async (c) => {
    if (!isOwnMachine(c.req.raw, c.env) && !isAuthorised(c.req.raw, deps.blobs.token)) {
      return c.json({ ok: false, error: 'metrics-private', message: 'Metrics are for the operator.' }, 403)
    }
    return c.body(await deps.registry.metrics(), 200, { 'content-type': deps.registry.contentType })
  })
  app.post('/records', async (c) => {
    const bytes = await readAtMost(c.req.raw, MAX_DATAGRAM_BYTES)
    if (bytes === undefined) {
      return c.json(
        { ok: false, error: 'datagram-length', message: 'A record has at most 65,535 bytes.' },
        413,
      )
    }
    return postRecord(deps.records, bytes, c.env)
  })
  app.put('/blob/:hash', (c) => putBlob(deps.blobs, c.req.raw, c.req.param('hash'), c.env))
  app.all('*', (c) => serveLog(c.req.raw))

  return async (request, info) => app.fetch(request, info)
}

/** Behind a proxy that was not declared everybody seems to be this machine. */
function isOwnMachine({ headers }: Request, { remoteAddress }: RequestInfo): boolean {
  return LOOPBACK.test(remoteAddress) && !headers.has('x-forwarded-for') && !headers.has('forwarded')
}
