import type { FetchHandler } from '@hanpyo/platform/http-server.ts'
import { z } from 'zod'
import type { Gateway, GatewayCounters } from '../gateway/gateway.ts'
import { parseJsonObject } from '../messaging.ts'
import { lineFaultsSchema } from '../modem/line-faults.ts'
import type { SimulatedModem } from '../modem/simulated-modem.ts'
import type { TcpLink } from '../network/tcp-link.ts'
import type { RadioChannel } from '../radio/channel.ts'
import type { DeviceRadioMetrics, RadioMetrics } from '../radio/metrics.ts'

/** What the control endpoint steers. */
export interface ControlTarget {
  readonly radio: RadioChannel
  readonly gateways: readonly Gateway[]
  /** By modem id, which is also the name of its device on the radio channel. */
  readonly modems: ReadonlyMap<string, SimulatedModem>
  readonly links: ReadonlyMap<string, TcpLink>
}

/** Body of `GET /metrics`. Times in simulated ms. */
export type SimulatorMetrics = Omit<RadioMetrics, 'perDevice'> & {
  readonly perDevice: Record<string, DeviceRadioMetrics>
  readonly gateways: Record<string, GatewayCounters>
}

const share = z.number().min(0).max(1).optional()
const lossBody = z.strictObject({ up: share, down: share })
const replayBody = z.strictObject({ device: z.string() })
const linkBody = z.strictObject({
  state: z.enum(['up', 'cut', 'blackhole']).optional(),
  delayMs: z.number().min(0).optional(),
})

/** Everything measured so far, as plain JSON. */
export function collectMetrics({
  radio,
  gateways,
}: Pick<ControlTarget, 'radio' | 'gateways'>): SimulatorMetrics {
  return {
    ...radio.metrics,
    perDevice: Object.fromEntries(radio.metrics.perDevice),
    gateways: Object.fromEntries(gateways.map((gateway) => [gateway.id, gateway.counters])),
  }
}

/**
 * The loopback control endpoint: `GET /metrics`, `GET /healthz`, `POST /loss {up, down}`, `POST /replay {device}`,
 * `POST /modems/<id>/reboot`, `POST /modems/<id>/faults {silence, garble, …}`, `POST /links/<id> {state, delayMs}`.
 * Answers JSON; 400 for a bad body, 404 for something unknown, 405 for a wrong method.
 */
export function createControlHandler(target: ControlTarget): FetchHandler {
  return async (request) => {
    const { pathname } = new URL(request.url)
    const [area = '', id = '', action = ''] = pathname.slice(1).split('/').map(decodeURIComponent)
    if (request.method === 'GET') {
      if (pathname === '/metrics') return Response.json(collectMetrics(target))
      return pathname === '/healthz' ? Response.json({ ok: true }) : problem(404, 'unknown-path')
    }
    if (request.method !== 'POST') return problem(405, 'method-not-allowed')
    const bytes = new Uint8Array(await request.arrayBuffer())
    const body = bytes.length === 0 ? {} : parseJsonObject(bytes)
    if (body === null) return problem(400, 'body-not-json')
    if (pathname === '/loss') return setLoss(target, body)
    if (pathname === '/replay') return replay(target, body)
    if (area === 'modems' && action === 'reboot') return rebootModem(target, id)
    if (area === 'modems' && action === 'faults') return setFaults(target, id, body)
    if (area === 'links' && action === '') return setLink(target, id, body)
    return problem(404, 'unknown-path')
  }
}

function setLoss({ radio }: ControlTarget, body: unknown): Response {
  const parsed = lossBody.safeParse(body)
  if (!parsed.success) return problem(400, 'loss-not-a-share')
  radio.loss.up = parsed.data.up ?? radio.loss.up
  radio.loss.down = parsed.data.down ?? radio.loss.down
  return Response.json({ ok: true, value: radio.loss })
}

function replay({ radio }: ControlTarget, body: unknown): Response {
  const parsed = replayBody.safeParse(body)
  if (!parsed.success) return problem(400, 'replay-without-device')
  return radio.replayLastUplink(parsed.data.device)
    ? Response.json({ ok: true })
    : problem(404, 'replay-nothing-recorded')
}

function rebootModem({ modems }: ControlTarget, id: string): Response {
  const modem = modems.get(id)
  if (modem === undefined) return problem(404, 'unknown-modem')
  void modem.reboot()
  return Response.json({ ok: true })
}

function setFaults({ modems }: ControlTarget, id: string, body: unknown): Response {
  const modem = modems.get(id)
  if (modem === undefined) return problem(404, 'unknown-modem')
  // What the body does not name stays as it is.
  const parsed = lineFaultsSchema.safeParse({ ...modem.faults, ...(body as object) })
  if (!parsed.success) return problem(400, 'faults-not-a-share')
  Object.assign(modem.faults, parsed.data)
  return Response.json({ ok: true, value: modem.faults })
}

function setLink({ links }: ControlTarget, id: string, body: unknown): Response {
  const link = links.get(id)
  if (link === undefined) return problem(404, 'unknown-link')
  const parsed = linkBody.safeParse(body)
  if (!parsed.success) return problem(400, 'link-state')
  const { state, delayMs } = parsed.data
  if (state === 'up') link.restore()
  if (state === 'cut') link.cut('reset')
  if (state === 'blackhole') link.cut('blackhole')
  if (delayMs !== undefined) link.setDelay(delayMs)
  return Response.json({ ok: true, value: { isUp: link.isUp } })
}

function problem(status: number, error: string): Response {
  return Response.json({ ok: false, error }, { status })
}
