/** The ways from this kiosk to the bridges of its election, put together from the configuration. */
import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { connectMqtt, type MqttOptions } from '@hanpyo/platform/mqtt/client.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { BrokerConfig, KioskConfig } from './config.ts'
import type { ClockWatch } from './core/clock-watch.ts'
import { readTlsFiles } from './load-files.ts'
import { openModem } from './open-devices.ts'
import type { ModemWatch } from './open-technician.ts'
import { createLoraRoute } from './routes/lora.ts'
import type { Route } from './routes/route.ts'
import { createWifiRoute } from './routes/wifi.ts'

/** A bridge and the broker that it listens to. */
export interface Endpoint {
  readonly bridge: string
  readonly broker: BrokerConfig
}

export interface BridgePlan {
  /** In the order in which they are tried: `[wifi]`, then `[[bridges]]`. */
  readonly endpoints: readonly Endpoint[]
  /** Bridges that hear this kiosk's radio. */
  readonly overLora: readonly string[]
  /** All of them, the first one first. */
  readonly bridges: readonly string[]
}

/**
 * Which bridges this kiosk sends to. `[wifi]` leads to the manifest's first bridge unless it names another; so does the radio.
 * `bridge-unknown`: a name that the manifest does not hold, or one that stands twice.
 */
export function planBridges(
  { wifi, bridges, lora }: Pick<KioskConfig, 'wifi' | 'bridges' | 'lora'>,
  manifest: Manifest,
): Result<BridgePlan, 'bridge-unknown'> {
  const known = manifest.keys.bridges.map(({ id }) => id)
  const first = known[0] as string
  const endpoints: Endpoint[] = [
    ...(wifi === undefined ? [] : [{ bridge: wifi.bridge ?? first, broker: wifi }]),
    ...bridges.map(({ id, ...broker }) => ({ bridge: id, broker })),
  ]
  const overWifi = endpoints.map(({ bridge }) => bridge)
  const overLora = lora === undefined ? [] : (lora.bridges ?? [overWifi[0] ?? first])
  const strange = [...overWifi, ...overLora].find((id) => !known.includes(id))
  if (strange !== undefined) return err('bridge-unknown', `the manifest has no bridge "${strange}"`)
  const twice = overWifi.find((id, at) => overWifi.indexOf(id) !== at)
  if (twice !== undefined) return err('bridge-unknown', `"${twice}" stands twice`)
  const all = [...new Set([...overWifi, ...overLora])]
  return ok({ endpoints, overLora, bridges: all.length === 0 ? [first] : all })
}

export interface RouteSurroundings {
  readonly clock: Clock
  readonly log: Logger
  readonly clockWatch: ClockWatch
  readonly modemWatch: ModemWatch
}

/** One route for each broker, and the radio. Nothing connects before `start`. */
export async function openRoutes(
  config: KioskConfig,
  plan: BridgePlan,
  around: RouteSurroundings,
): Promise<Result<readonly Route[], 'wifi-files-missing'>> {
  const routes: Route[] = []
  for (const [at, { bridge, broker }] of plan.endpoints.entries()) {
    const tls = await readTlsFiles(broker)
    if (!tls.ok) return tls
    const isFirst = at === 0
    const options: MqttOptions = {
      url: broker.url,
      // Two bridges may listen to one broker, which knows one client of a name.
      clientId: isFirst ? `kiosk-${config.kiosk}` : `kiosk-${config.kiosk}-${bridge}`,
      protocolVersion: broker.mqttVersion,
      clean: false,
      clock: around.clock,
      log: around.log,
      ...(tls.value === null ? {} : { tls: tls.value }),
      ...(broker.username === undefined ? {} : { username: broker.username }),
      ...(broker.keepAliveSeconds === undefined ? {} : { keepAliveSeconds: broker.keepAliveSeconds }),
      ...(broker.publishTimeoutMs === undefined ? {} : { publishTimeoutMs: broker.publishTimeoutMs }),
      ...(broker.reconnectMaxMs === undefined ? {} : { reconnectMaxMs: broker.reconnectMaxMs }),
    }
    const to = { id: isFirst ? 'wifi' : `wifi:${bridge}`, bridge }
    routes.push(createWifiRoute(() => connectMqtt(options), config.kiosk, to))
  }
  if (config.lora !== undefined) routes.push(loraRoute(config.lora, plan.overLora, around))
  return ok(routes)
}

function loraRoute(
  lora: NonNullable<KioskConfig['lora']>,
  bridges: readonly string[],
  { clock, log, clockWatch, modemWatch }: RouteSurroundings,
): Route {
  const { modem, reservedBytes, askTime } = lora
  const { maxAckRequests, retransmissionSeconds } = lora.fragments
  const onTime = askTime ? (aheadMs: number) => clockWatch.compared('lora', aheadMs) : null
  return createLoraRoute({
    bridges,
    openModem: () => openModem(modem, clock, log, onTime, modemWatch.opened),
    clock,
    random: nodeRandom,
    log,
    reservedBytes,
    fragments: { maxAckRequests, retransmissionMs: retransmissionSeconds * 1000 },
  })
}
