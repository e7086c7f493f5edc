import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { makeDurableDirectory } from '@hanpyo/platform/durable-file.ts'
import { serveFetch } from '@hanpyo/platform/http-server.ts'
import type { Lifecycle } from '@hanpyo/platform/lifecycle.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { connectMqtt, type MqttOptions, type MqttPort } from '@hanpyo/platform/mqtt/client.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import type { SimulatorConfig } from './config.ts'
import { createAirStatistics } from './control/air-statistics.ts'
import { createControlHandler } from './control/control.ts'
import { FaultInjector } from './faults/fault-injector.ts'
import { createInterruptible, type InterruptibleMessaging } from './faults/interruptible.ts'
import { Gateway } from './gateway/gateway.ts'
import { JSON_FORMAT, PROTOBUF_FORMAT } from './gateway/message-format.ts'
import { ClassADevice } from './mac/device.ts'
import { openFileMemory } from './mac/memory.ts'
import { serveModemOverPty } from './modem/pty-port.ts'
import type { SimulatedModem } from './modem/simulated-modem.ts'
import { startModem as startModemWith } from './modem/start-modem.ts'
import { serveModemOverTcp } from './modem/tcp-port.ts'
import { openTcpLink, type TcpLink } from './network/tcp-link.ts'
import { openServerRegistration } from './network-server/grpc/endpoint.ts'
import { openServerMemory } from './network-server/memory.ts'
import { NetworkServer } from './network-server/server.ts'
import { DEFAULT_SERVER_SETTINGS, type ServerSettings } from './network-server/types.ts'
import { RadioChannel } from './radio/channel.ts'
import { PROPAGATION_MODELS, type PropagationOptions } from './radio/propagation.ts'
import { createSeededRandom, type SeededRandom } from './random.ts'
import { startTraffic, type TrafficCounters } from './scenarios/traffic.ts'
import { openAirTrace } from './trace/air-trace.ts'

/** The one line a simulator prints when everything listens. */
export interface SimulatorReady {
  readonly ready: true
  readonly modems: readonly { id: string; uri: string; devEui: string; pty?: string }[]
  /** Base URL of the control endpoint. */
  readonly control: string
  readonly gateways: readonly string[]
  readonly links: readonly { id: string; port: number }[]
  readonly applicationId: string
  /** Address of the network server's gRPC services, when they are switched on. */
  readonly grpc?: string
  readonly speed: number
}

interface Parts {
  readonly config: SimulatorConfig
  readonly access: BrokerAccess
  readonly clock: ReturnType<typeof createRealClock>
  readonly random: SeededRandom
  readonly radio: RadioChannel
  readonly faults: FaultInjector
  readonly log: Logger
  readonly lifecycle: Lifecycle
}

/** The named model with the numbers that the configuration replaces. */
function propagationOf(settings: SimulatorConfig['radio']): PropagationOptions {
  const model = PROPAGATION_MODELS[settings.model]
  const { exponent, shadowingDb, fadingDb } = settings
  return {
    ...model,
    ...(exponent === undefined ? {} : { exponent }),
    ...(shadowingDb === undefined ? {} : { shadowingDb }),
    ...(fadingDb === undefined ? {} : { fadingDb }),
  }
}

/** How every connection to the broker is made. */
type BrokerAccess = Pick<MqttOptions, 'url' | 'protocolVersion' | 'username' | 'password' | 'tls'>

/** Modems stand in a row in one hall unless the configuration says where they are. */
const HALL = { distanceM: 60, spacingM: 2 } as const

/**
 * The composition root: modems, radio, gateways and, if wanted, the network server, in one process. Everything is
 * closed by the lifecycle; rejects when the broker, a port or a file cannot be had.
 */
export async function startSimulator(options: {
  config: SimulatorConfig
  lifecycle: Lifecycle
  log: Logger
}): Promise<SimulatorReady> {
  const { config, lifecycle, log } = options
  const { speed, epochMs } = config
  const clock = createRealClock(epochMs === undefined ? { speed } : { speed, epochMs })
  const random = createSeededRandom(config.seed)
  const { lossUp, lossDown } = config.radio
  const radio = new RadioChannel({
    clock,
    random: random.fork('radio'),
    loss: { up: lossUp, down: lossDown },
    propagation: propagationOf(config.radio),
  })
  const access = await brokerAccess(config.broker)
  const faults = new FaultInjector({
    clock,
    random: random.fork('faults'),
    radio,
    settings: config.faults,
    log: log.child({ part: 'faults' }),
  })
  const parts: Parts = { config, access, clock, random, radio, faults, log, lifecycle }

  await makeDurableDirectory(resolve(config.dataDir), 0o700)
  const air = createAirStatistics()
  radio.observe(air)
  if (config.pcap !== undefined) {
    const trace = await openAirTrace({ path: resolve(config.pcap), radio, clock })
    lifecycle.onClose('trace', () => trace.close())
  }
  const grpc = config.networkServer.enabled ? await startServer(parts) : undefined
  const gateways = await Promise.all(config.gateways.map((one) => startGateway(parts, one)))
  const modems = new Map<string, SimulatedModem>()
  const ports: SimulatorReady['modems'][number][] = []
  const traffic = new Map<string, TrafficCounters>()
  for (const [index, one] of config.modems.entries()) {
    const modem = await startModem(parts, one, index)
    modems.set(one.id, modem)
    faults.addModem(one.id, modem)
    if (one.traffic !== undefined) traffic.set(one.id, sendByItself(parts, modem, one.id, one.traffic))
    ports.push(await offerModem(parts, modem, one))
  }
  const links = await openLinks(parts)
  const control = await serveFetch(
    createControlHandler({
      ...{ clock, radio, air, gateways, modems, links, faults, traffic },
      timeline: config.timeline,
    }),
    {
      port: config.control.port,
      log,
    },
  )
  lifecycle.onClose('control endpoint', () => control.close())
  lifecycle.onClose('faults', () => faults.close())
  if (config.startsTimeline) faults.play(config.timeline)
  return {
    ready: true,
    modems: ports,
    control: control.url,
    gateways: gateways.map((gateway) => gateway.id),
    links: [...links].map(([id, link]) => ({ id, port: link.port })),
    applicationId: config.networkServer.applicationId,
    ...(grpc === undefined ? {} : { grpc }),
    speed,
  }
}

async function brokerAccess(broker: SimulatorConfig['broker']): Promise<BrokerAccess> {
  const { url, protocolVersion, username, password } = broker
  const read = (path: string | undefined) =>
    path === undefined ? undefined : readFile(resolve(path), 'utf8')
  const [ca, cert, key] = await Promise.all([broker.ca, broker.cert, broker.key].map(read))
  return {
    url,
    protocolVersion,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined
      ? {}
      : { tls: { ca, ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) } }),
  }
}

function openMessaging(parts: Parts, clientId: string, isKept: boolean): MqttPort {
  const { config, access, clock, log, lifecycle } = parts
  const port = connectMqtt({
    ...access,
    clientId,
    clean: !isKept,
    ...(isKept ? { sessionExpirySeconds: 3600 } : {}),
    concurrency: 32,
    reconnectMaxMs: 2000 * config.speed,
    clock,
    log,
  })
  lifecycle.onClose(`MQTT ${clientId}`, () => port.close())
  return port
}

function interruptible(parts: Parts, clientId: string, isKept: boolean): InterruptibleMessaging {
  return createInterruptible(openMessaging(parts, clientId, isKept), { keepsSession: isKept })
}

/** The address of the gRPC services, if they are wanted. */
async function startServer(parts: Parts): Promise<string | undefined> {
  const { config, clock, random, log, lifecycle, faults } = parts
  const messaging = interruptible(parts, 'network-server', true)
  faults.addServer(messaging)
  const settings = serverSettings(config)
  const directory = resolve(config.dataDir, 'network-server')
  const memory = await openServerMemory(directory)
  const registration = await openServerRegistration({
    grpc: config.networkServer.grpc,
    directory,
    settings,
    devices: config.modems
      .filter((modem) => modem.registered)
      .map(({ id, devEui, appKey }) => ({ devEui, appKey, name: id, tags: {} })),
    gateways: config.gateways.map(({ id }) => id),
    clock,
    log: log.child({ part: 'grpc' }),
  })
  const server = await NetworkServer.start({
    ...registration.registered,
    settings,
    messaging,
    losesEvent: faults.losesEvent,
    memory,
    clock,
    // DevAddr and ids must not repeat after a restart, so the seed alone is not enough here.
    random: random.fork(`network-server/${clock.now()}`),
    log: log.child({ part: 'network-server' }),
  })
  lifecycle.onClose('network server', () => server.close())
  const endpoint = await registration.serve(server)
  if (endpoint !== undefined) lifecycle.onClose('gRPC services', async () => endpoint.close())
  return endpoint?.address
}

/** What the configuration says, in ChirpStack's terms. */
export function serverSettings(config: SimulatorConfig): ServerSettings {
  const server = config.networkServer
  const base = DEFAULT_SERVER_SETTINGS
  const located = config.gateways.flatMap(({ id, location }) =>
    location === undefined ? [] : [[id, location] as const],
  )
  return {
    ...base,
    topicPrefix: config.broker.topicPrefix,
    tenant: { id: server.tenantId, name: server.tenantName },
    application: { id: server.applicationId, name: server.applicationName },
    deviceProfile: { ...base.deviceProfile, rx1DelayS: server.rx1DelayS },
    region: {
      ...base.region,
      rx1DelayS: server.regionRx1DelayS,
      isAdrDisabled: !server.adr,
      extraChannelsHz: server.extraChannelsHz,
    },
    deduplicationDelayMs: server.deduplicationDelayMs,
    getDownlinkDataDelayMs: server.getDownlinkDataDelayMs,
    gatewayLocations: Object.fromEntries(located),
  }
}

/** The way to the broker of a gateway, which may have a door and a certificate of its own. */
async function gatewayAccess(
  { config, access }: Parts,
  { brokerUrl, cert, key }: SimulatorConfig['gateways'][number],
): Promise<BrokerAccess> {
  if (brokerUrl === undefined && cert === undefined) return access
  const { broker } = config
  const own = cert === undefined ? {} : { cert, key }
  return brokerAccess({ ...broker, ...own, url: brokerUrl ?? broker.url })
}

async function startGateway(parts: Parts, one: SimulatorConfig['gateways'][number]): Promise<Gateway> {
  const { config, clock, random, radio, log, lifecycle, faults } = parts
  const [x, y] = one.position
  const access = await gatewayAccess(parts, one)
  const messaging = interruptible({ ...parts, access }, `gateway-${one.id}`, false)
  const gateway = await Gateway.start({
    id: one.id,
    position: { x, y },
    topicPrefix: config.broker.topicPrefix,
    radio,
    clock,
    random: random.fork(`gateway/${one.id}/${clock.now()}`),
    messaging,
    faults: faults.settings,
    format: one.json ? JSON_FORMAT : PROTOBUF_FORMAT,
    log: log.child({ part: 'gateway' }),
    ...(one.channelsHz === undefined ? {} : { channelsHz: one.channelsHz }),
  })
  faults.addGateway(gateway, messaging)
  lifecycle.onClose(`gateway ${one.id}`, () => gateway.close())
  return gateway
}

async function startModem(
  parts: Parts,
  one: SimulatorConfig['modems'][number],
  index: number,
): Promise<SimulatedModem> {
  const { config, clock, random, radio, log } = parts
  const [x, y] = one.position ?? [HALL.distanceM, index * HALL.spacingM]
  const { devEui, joinEui, appKey } = one
  return startModemWith(one.dialect, {
    identity: { devEui, joinEui, appKey },
    dataRate: one.dataRate,
    isAdrOn: one.adr,
    faults: one.faults,
    clock,
    random: random.fork(`modem/${one.id}`),
    log: log.child({ part: 'modem', modem: one.id }),
    createDevice: async (identity) =>
      ClassADevice.start({
        name: one.id,
        identity,
        position: { x, y },
        radio,
        clock,
        random: random.fork(`device/${one.id}`),
        memory: await openFileMemory(join(resolve(config.dataDir), 'modems'), identity.devEui),
        keepsSession: one.keepsSession,
      }),
  })
}

function sendByItself(
  { clock, random, lifecycle }: Parts,
  modem: SimulatedModem,
  id: string,
  settings: NonNullable<SimulatorConfig['modems'][number]['traffic']>,
): TrafficCounters {
  const traffic = startTraffic({
    device: () => modem.device,
    settings,
    clock,
    random: random.fork(`traffic/${id}`),
  })
  lifecycle.onClose(`traffic of ${id}`, () => traffic.stop())
  return traffic.counters
}

async function offerModem(
  { lifecycle }: Parts,
  modem: SimulatedModem,
  one: SimulatorConfig['modems'][number],
): Promise<SimulatorReady['modems'][number]> {
  const tcp = await serveModemOverTcp(modem, { port: one.port })
  lifecycle.onClose(`modem ${one.id}`, () => tcp.close())
  const listed = { id: one.id, uri: tcp.uri, devEui: one.devEui }
  if (one.pty === undefined) return listed
  const pty = expectOk(await serveModemOverPty(modem, resolve(one.pty)))
  lifecycle.onClose(`pty of modem ${one.id}`, () => pty.close())
  return { ...listed, pty: pty.path }
}

async function openLinks({ config, clock, lifecycle }: Parts): Promise<Map<string, TcpLink>> {
  const links = new Map<string, TcpLink>()
  for (const { id, port, host, targetPort } of config.links) {
    const link = await openTcpLink({ target: { host, port: targetPort }, port, clock })
    lifecycle.onClose(`link ${id}`, () => link.close())
    links.set(id, link)
  }
  return links
}
