import type { Clock } from '@hanpyo/platform/clock.ts'
import type { FetchHandler } from '@hanpyo/platform/http-server.ts'
import { z } from 'zod'
import type { FaultInjector } from '../faults/fault-injector.ts'
import { faultPatch, type TimelineEvent } from '../faults/fault-settings.ts'
import type { GatewayCounters } from '../gateway/counters.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { parseJsonObject } from '../messaging.ts'
import { lineFaultsSchema } from '../modem/line-faults.ts'
import type { SimulatedModem } from '../modem/simulated-modem.ts'
import type { TcpLink } from '../network/tcp-link.ts'
import type { RadioChannel } from '../radio/channel.ts'
import type { DeviceRadioMetrics, RadioMetrics } from '../radio/metrics.ts'
import type { TrafficCounters } from '../scenarios/traffic.ts'
import type { ChannelStatistics, createAirStatistics } from './air-statistics.ts'

/** What the control endpoint steers. */
export interface ControlTarget {
  readonly clock: Clock
  readonly radio: RadioChannel
  readonly air: ReturnType<typeof createAirStatistics>
  readonly gateways: readonly Gateway[]
  /** By modem id, which is also the name of its device on the radio channel. */
  readonly modems: ReadonlyMap<string, SimulatedModem>
  readonly links: ReadonlyMap<string, TcpLink>
  readonly faults: FaultInjector
  /** By modem id, of those that send by themselves. */
  readonly traffic: ReadonlyMap<string, TrafficCounters>
  /** What `POST /timeline` plays. */
  readonly timeline: readonly TimelineEvent[]
}

/** Body of `GET /metrics`. Times in simulated ms. */
export type SimulatorMetrics = Omit<RadioMetrics, 'perDevice'> & {
  /** Since the gateways were switched on. */
  readonly elapsedMs: number
  readonly perDevice: Record<string, DeviceRadioMetrics>
  /** Uplinks by frequency in Hz. */
  readonly perChannel: Record<number, ChannelStatistics>
  /** `dutyPercent`: share of the time in which the gateway sent and so was deaf. */
  readonly gateways: Record<
    string,
    GatewayCounters & { readonly dutyPercent: number; readonly isOn: boolean }
  >
  readonly faults: FaultInjector['counts']
  readonly traffic: Record<string, TrafficCounters>
}

const share = z.number().min(0).max(1).optional()
const lossBody = z.strictObject({ up: share, down: share })
const replayBody = z.strictObject({ device: z.string() })
const gatewayBody = z.strictObject({ state: z.enum(['on', 'off', 'no-backhaul']) })
const brokerBody = z.strictObject({ state: z.enum(['up', 'down']) })
const linkBody = z.strictObject({
  state: z.enum(['up', 'cut', 'blackhole']).optional(),
  delayMs: z.number().min(0).optional(),
})

/** Everything measured so far, as plain JSON. */
export function collectMetrics(
  target: Omit<ControlTarget, 'modems' | 'links' | 'timeline'>,
  startedMs: number,
): SimulatorMetrics {
  const { clock, radio, air, gateways, faults, traffic } = target
  const elapsedMs = clock.now() - startedMs
  const perGateway = gateways.map((gateway) => {
    const dutyPercent = elapsedMs === 0 ? 0 : (gateway.counters.downlinkAirtimeMs / elapsedMs) * 100
    return [gateway.id, { ...gateway.counters, dutyPercent, isOn: gateway.isOn }] as const
  })
  return {
    ...radio.metrics,
    elapsedMs,
    perDevice: Object.fromEntries(radio.metrics.perDevice),
    perChannel: air.perChannel,
    gateways: Object.fromEntries(perGateway),
    faults: faults.counts,
    traffic: Object.fromEntries(traffic),
  }
}

/**
 * The loopback control endpoint: `GET /metrics`, `GET /healthz`, `POST /loss {up, down}`, `POST /replay {device}`,
 * `POST /faults {…}` as in the configuration, `POST /timeline`, `POST /gateways/<id> {state: on|off|no-backhaul}`,
 * `POST /broker {state: up|down}`, `POST /modems/<id>/reboot`, `POST /modems/<id>/faults {silence, garble, …}`,
 * `POST /links/<id> {state, delayMs}`.
 * Answers JSON; 400 for a bad body, 404 for something unknown, 405 for a wrong method.
 */
export function createControlHandler(target: ControlTarget): FetchHandler {
  const startedMs = target.clock.now()
  return async (request) => {
    const { pathname } = new URL(request.url)
    const [area = '', id = '', action = ''] = pathname.slice(1).split('/').map(decodeURIComponent)
    if (request.method === 'GET') {
      if (pathname === '/metrics') return Response.json(collectMetrics(target, startedMs))
      return pathname === '/healthz' ? Response.json({ ok: true }) : problem(404, 'unknown-path')
    }
    if (request.method !== 'POST') return problem(405, 'method-not-allowed')
    const bytes = new Uint8Array(await request.arrayBuffer())
    const body = bytes.length === 0 ? {} : parseJsonObject(bytes)
    if (body === null) return problem(400, 'body-not-json')
    if (pathname === '/loss') return setLoss(target, body)
    if (pathname === '/replay') return replay(target, body)
    if (pathname === '/faults') return applyFaults(target, body)
    if (pathname === '/timeline') return startTimeline(target)
    if (pathname === '/broker') return setBroker(target, body)
    if (area === 'gateways' && action === '') return setGateway(target, id, body)
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

function applyFaults({ faults }: ControlTarget, body: unknown): Response {
  const parsed = faultPatch.safeParse(body)
  return parsed.success
    ? Response.json({ ok: true, value: faults.apply(parsed.data) })
    : problem(400, 'faults-malformed')
}

function startTimeline({ faults, timeline }: ControlTarget): Response {
  faults.play(timeline)
  return Response.json({ ok: true, value: { events: timeline.length } })
}

function setBroker({ faults }: ControlTarget, body: unknown): Response {
  const parsed = brokerBody.safeParse(body)
  if (!parsed.success) return problem(400, 'broker-state')
  faults.setBroker(parsed.data.state === 'down')
  return Response.json({ ok: true })
}

async function setGateway({ faults }: ControlTarget, id: string, body: unknown): Promise<Response> {
  const parsed = gatewayBody.safeParse(body)
  if (!parsed.success) return problem(400, 'gateway-state')
  const isKnown = await faults.setGateway(id, parsed.data.state)
  return isKnown ? Response.json({ ok: true }) : problem(404, 'unknown-gateway')
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
