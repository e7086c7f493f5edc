import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Scenario } from '@hanpyo/firmware-sim/scenarios/scenario.ts'
import { createClient } from '@hanpyo/kiosk/contract/client.ts'
import type { Client } from '@hanpyo/kiosk/contract/define.ts'
import type { KioskContract } from '@hanpyo/kiosk/contract/kiosk-contract.ts'
import type { Child } from '@hanpyo/platform/child.ts'
import { type Clock, createRealClock } from '@hanpyo/platform/clock.ts'
import { writeDurable } from '@hanpyo/platform/durable-file.ts'
import { deviceAcl } from '@hanpyo/platform/mqtt/acl.ts'
import { type Broker, startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { issueBrokerCertificate } from '@hanpyo/provisioning/identity/device-authority.ts'
import { stringify } from 'smol-toml'
import { createOffices, type EnrolledKiosk, enrolKiosk, type Offices } from './election-setup.ts'
import { type KioskNetwork, openKioskNetwork } from './kiosk-network.ts'
import { HANPYO, runOnce, spawnHanpyo } from './processes.ts'
import { type ProvisionedKiosk, provisionKiosk } from './provision-kiosk.ts'
import { type RadioWorld, startRadio } from './radio-world.ts'
import { plainScenario } from './scenario.ts'
import { writeStaffFile } from './staff.ts'
import { startWatchers, type Watchers } from './watchers.ts'

/** How often a kiosk looks at the ledger, whatever the speed of the day. */
const LEDGER_EVERY_REAL_SECONDS = 10

export interface WorldOptions {
  /** A folder that may be deleted afterwards. */
  readonly dir: string
  /** `examples/demo.toml` or another election. */
  readonly electionFile: string
  readonly backend: CryptoBackend
  /** How many times faster than real the radio and all machine timers run. */
  readonly speed: number
  readonly seed: string
  readonly broker: 'mosquitto' | 'aedes' | 'auto'
  /** Share of radio frames lost in each direction; `null` leaves the radio out. Without effect beside `scenario`. */
  readonly frameLoss: number | null
  /** The air and what goes wrong there. */
  readonly scenario?: Scenario
  /** Contests with fewer ballots are not opened; at least 2. */
  readonly minimumCount: number
  /** Which kiosks start with Wi-Fi, by position. */
  readonly wifi: readonly boolean[]
  /** Whether four witnesses and a mirror watch the ledger. */
  readonly isWatched: boolean
  /** How many kiosks, the last ones, are set up with the technician's tool; none without radio. Default 0. */
  readonly provisionedCount?: number
}

/** One kiosk with its cable. `core` changes when it is started again. */
export interface KioskPlace {
  readonly enrolled: EnrolledKiosk
  readonly dir: string
  readonly configFile: string
  readonly link: KioskNetwork
  core: RunningCore
  /** Starts the core anew after it was stopped or killed. */
  restart(): Promise<void>
}

export interface RunningCore {
  readonly child: Child
  readonly client: Client<KioskContract>
  /** Address that opens the screens in a browser of this machine. */
  readonly entryUrl: string
}

/** Everything a district runs, each as a process of its own, on this machine. */
export interface World {
  readonly offices: Offices
  readonly clock: Clock
  readonly broker: Broker
  readonly radio: RadioWorld | null
  readonly kiosks: readonly KioskPlace[]
  /** How many of them the technician's tool set up. */
  readonly provisioned: number
  readonly bridge: { readonly url: string; readonly child: Child }
  /** `null` when nobody watches. */
  readonly watchers: Watchers | null
  /** Kills nothing by itself: call after the bridge ended. */
  restartBridge(): Promise<void>
  close(): Promise<void>
}

/** Starts broker, bridge, radio and kiosks of an election. On an error everything that was started is ended. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const closers: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next()
  }
  try {
    return { ...(await build(options, closers)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function build(
  options: WorldOptions,
  closers: (() => Promise<unknown>)[],
): Promise<Omit<World, 'close'>> {
  const { dir, backend, speed } = options
  const epochMs = Date.now()
  const clock = createRealClock({ speed, epochMs })
  const time = { speed, epochMs }
  const now = Math.floor(epochMs / 1000)
  const tickSeconds = Math.max(1, Math.round(2 * speed))
  const electionDir = join(dir, 'election')
  const watchers = options.isWatched ? await startWatchers(join(dir, 'watchers')) : null
  closers.push(async () => watchers?.close())
  const offices = await createOffices({
    ...(watchers === null ? {} : { watchers: watchers.config }),
    configFile: options.electionFile,
    dir: electionDir,
    backend,
    now,
    tickSeconds,
    minimumCount: options.minimumCount,
  })

  const tls = await issueBrokerCertificate(offices.ca, ['localhost', '127.0.0.1'])
  const broker = await startBroker({
    kind: options.broker,
    dir: join(dir, 'broker'),
    tls: { ca: offices.ca.cert, ...tls },
    acl: deviceAcl('hanpyo/v1/kiosk', []),
    plainPort: 0,
  })
  closers.push(() => broker.close())

  const slots = offices.election.manifest.kioskSlots
  const byTool = options.frameLoss === null ? 0 : (options.provisionedCount ?? 0)
  const enrolledSlots = slots.slice(0, Math.max(0, slots.length - byTool))
  const bareSlots = slots.slice(enrolledSlots.length)
  const enrolled = await Promise.all(
    enrolledSlots.map(({ id }) =>
      enrolKiosk({ offices, backend, kiosk: id, devEui: devEuiOf(id), dir: join(dir, `kiosk-${id}`), now }),
    ),
  )
  const radio =
    options.frameLoss === null
      ? null
      : await startRadio({
          hanpyo: HANPYO,
          dir: join(dir, 'radio'),
          brokerUrl: broker.plainUrl as string,
          mqttVersion: broker.mqttVersion,
          time,
          scenario:
            options.scenario ?? plainScenario({ seed: options.seed, speed, frameLoss: options.frameLoss }),
          devEuis: slots.map(({ id }) => devEuiOf(id)),
          unregistered: bareSlots.map(({ id }) => devEuiOf(id)),
        })
  if (radio !== null) closers.push(() => radio.close())

  const writeBridge = (port: number) => writeBridgeConfig({ options, offices, broker, radio, time, port })
  const bridgeConfig = await writeBridge(0)
  await runOnce(['bridge', 'init', '--config', bridgeConfig, '--election', electionDir])
  const bridge = await startBridge(bridgeConfig)
  // Started again it must be where the kiosks look for the ledger.
  await writeBridge(Number(new URL(bridge.url).port))
  const bridgeState = { ...bridge }
  closers.push(() => bridgeState.child.stop())
  const { manifest, manifestHash } = offices.election
  await watchers?.watch({ vkey: manifest.keys.log, url: bridge.url, manifestHash: toHex(manifestHash) })

  const provisioned: ProvisionedKiosk[] = []
  for (const { id } of bareSlots) {
    if (radio === null) break
    const at = { dir: join(dir, `kiosk-${id}`, 'device'), electionDir, broker, radio, ledger: bridge.url }
    provisioned.push(await provisionKiosk({ offices, kiosk: id, devEui: devEuiOf(id), ...at }))
  }

  const kiosks: KioskPlace[] = []
  const devices = [...enrolled.map((device) => ({ ...device, electionDir })), ...provisioned]
  for (const [i, device] of devices.entries()) {
    const link = await openKioskNetwork({
      broker: addressOf(broker.url as string),
      ledger: addressOf(bridge.url),
      clock,
    })
    closers.push(() => link.close())
    if (options.wifi[i] !== true) link.cut()
    const place = await startKiosk({
      device,
      dir: join(dir, `kiosk-${device.id}`),
      electionDir: device.electionDir,
      link,
      broker,
      radio,
      time,
    })
    kiosks.push(place)
    closers.push(() => place.core.child.stop())
  }
  return {
    offices,
    clock,
    broker,
    radio,
    kiosks,
    provisioned: provisioned.length,
    bridge: bridgeState,
    watchers,
    async restartBridge() {
      Object.assign(bridgeState, await startBridge(bridgeConfig))
    },
  }
}

interface Time {
  readonly speed: number
  readonly epochMs: number
}

async function startKiosk(input: {
  device: EnrolledKiosk
  dir: string
  electionDir: string
  link: KioskNetwork
  broker: Broker
  radio: RadioWorld | null
  time: Time
}): Promise<KioskPlace> {
  const { device, dir, link, broker, radio, time } = input
  const configFile = join(dir, 'kiosk.toml')
  const modem = radio?.modems.get(device.devEui)
  const staffFile = join(dir, 'staff.json')
  await mkdir(dir, { recursive: true })
  await writeStaffFile(staffFile)
  await writeToml(configFile, {
    kiosk: device.id,
    dataDir: join(dir, 'data'),
    electionDir: input.electionDir,
    ...time,
    keys: { device: device.deviceKey, staff: staffFile },
    wifi: {
      url: `mqtts://localhost:${link.brokerPort}`,
      mqttVersion: broker.mqttVersion,
      ca: device.caCert,
      cert: device.tlsCert,
      key: device.tlsKey,
    },
    ...(modem === undefined ? {} : { lora: { modem } }),
    ledger: {
      url: `http://127.0.0.1:${link.ledgerPort}`,
      everySeconds: LEDGER_EVERY_REAL_SECONDS * time.speed,
    },
    outbox: { holdMaxSeconds: 0, loraRetrySeconds: [10, 60] },
    log: { level: 'warn', file: join(dir, 'kiosk.log') },
  })
  const place: KioskPlace = {
    enrolled: device,
    dir,
    configFile,
    link,
    core: await startCore(configFile),
    async restart() {
      place.core = await startCore(configFile)
    },
  }
  return place
}

async function startCore(configFile: string): Promise<RunningCore> {
  const child = await spawnHanpyo(['kiosk', 'core', '--config', configFile, '--close-with-parent'])
  const { url, token, entryUrl } = child.ready as { url: string; token: string; entryUrl: string }
  const authorized = (input: string, init: RequestInit): Promise<Response> =>
    fetch(input, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } })
  return { child, client: createClient<KioskContract>(authorized, url.replace(/\/$/, '')), entryUrl }
}

async function startBridge(configFile: string): Promise<{ url: string; child: Child }> {
  const child = await spawnHanpyo(['bridge', 'run', '--config', configFile, '--close-with-parent'])
  return { url: (child.ready as { url: string }).url, child }
}

async function writeBridgeConfig(input: {
  readonly options: WorldOptions
  readonly offices: Offices
  readonly broker: Broker
  readonly radio: RadioWorld | null
  readonly time: Time
  /** 0: any. */
  readonly port: number
}): Promise<string> {
  const { options, offices, broker, radio, time, port } = input
  const dir = join(options.dir, 'bridge')
  const { folder } = offices.election
  const file = join(dir, 'bridge.toml')
  await writeToml(file, {
    dataDir: join(dir, 'data'),
    staticDir: join(dir, 'public'),
    keys: { log: folder.logKey, bridge: folder.bridgeKey('main') },
    mqtt: { url: broker.plainUrl, version: broker.mqttVersion, clientId: 'bridge-main', connections: 8 },
    ...(radio === null ? {} : { chirpstack: { applicationId: radio.applicationId } }),
    http: { port },
    admission: { workers: 1 },
    // Witnesses on the same machine answer at once; a mirror looks once a second.
    witnesses: { retrySeconds: time.speed, republishSeconds: 60 * time.speed },
    clock: time,
    log: { level: 'warn' },
  })
  return file
}

async function writeToml(file: string, value: Record<string, unknown>): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeDurable(file, new TextEncoder().encode(stringify(value)))
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port) }
}

function devEuiOf(kiosk: number): string {
  return `24e124ffff${kiosk.toString(16).padStart(6, '0')}`
}
