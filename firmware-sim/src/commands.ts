import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import type { ConfigError } from '@hanpyo/platform/config.ts'
import { createLifecycle, type Lifecycle } from '@hanpyo/platform/lifecycle.ts'
import { createLogger, type Logger, type LogLevel } from '@hanpyo/platform/logger.ts'
import { ok, type Result } from '@hanpyo/protocol/result.ts'
import { loadSimulatorConfig, type SimulatorConfig } from './config.ts'
import { simDevices } from './devices/command.ts'
import { simFleet } from './fleet/command.ts'
import { startSimulator } from './main.ts'
import { runScenario } from './scenarios/run-scenario.ts'
import { loadScenario } from './scenarios/scenario.ts'

const simRun: Command = {
  name: 'sim run',
  summary:
    'Runs simulated modems, radio, gateways and network server against an MQTT broker, or a whole scenario.',
  usage: `Usage: hanpyo sim run <config.toml|config.json> [options]
       hanpyo sim run <scenario.toml> [--broker URL | --chirpstack URL] [options]

A configuration names a broker, modems and keys: modems on TCP ports, the KR920 radio channel, one or more
gateways and, unless networkServer.enabled is false, a stand-in for ChirpStack. A scenario (examples/*-hall.toml …)
describes the air and what goes wrong; its kiosks join and send by themselves, and a broker is started for it.
Prints one JSON line when ready: {"ready":true,"modems":[{"id","uri","devEui"}],"control":"http://127.0.0.1:…",…}.

  --speed N            run simulated time N times as fast (overrides the file)
  --epoch MS           unix ms at which simulated and real time agree (overrides the file)
  --pcap FILE          write every frame to FILE for Wireshark (LoRaTap)
  --broker URL         scenario: use the broker at mqtt://host:port
  --chirpstack URL     scenario: a real ChirpStack listens at this broker, so no stand-in is started; register the
                       gateways and devices that are printed (topic prefix kr920)
  --mqtt 4|5           scenario: protocol version of that broker (default 5)
  --ca FILE, --cert FILE, --key FILE
                       scenario: PEM files for an mqtts: broker; a user goes into the URL, mqtt://user:password@host
  --data-dir DIR       scenario: keep DevNonces and sessions here; a server of your own refuses a DevNonce it saw before
                       (default: a temporary folder)
  --close-with-parent  end when standard input ends

Exit codes: 0 ended by a signal, its parent or the scenario's durationSeconds, 1 could not start, 2 wrong arguments.`,
  async run(args, io) {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: RUN_OPTIONS })
    const [path] = positionals
    if (path === undefined || positionals.length > 1) throw new UsageError('one configuration file expected')
    const overrides = {
      ...(values.speed === undefined ? {} : { speed: positive('--speed', values.speed) }),
      ...(values.epoch === undefined ? {} : { epochMs: positive('--epoch', values.epoch) }),
      ...(values['data-dir'] === undefined ? {} : { dataDir: resolve(io.cwd, values['data-dir']) }),
      ...(values.pcap === undefined ? {} : { pcap: resolve(io.cwd, values.pcap) }),
    }
    const file = resolve(io.cwd, path)
    const plan = (await isScenario(file))
      ? await planScenario(file, { ...values, cwd: io.cwd }, overrides)
      : await planConfig(file, io.env, overrides)
    if (!plan.ok) {
      io.stderr(plan.detail ?? plan.error)
      return EXIT.failed
    }
    const log = createLogger({ name: 'firmware-sim', level: plan.value.logLevel })
    const lifecycle = createLifecycle({ log, closeWithParent: values['close-with-parent'] })
    try {
      io.stdout(JSON.stringify(await plan.value.start(lifecycle, log)))
    } catch (error) {
      io.stderr(error instanceof Error ? error.message : String(error))
      await lifecycle.close('start failed')
      return EXIT.failed
    }
    const { durationMs } = plan.value
    if (durationMs !== undefined) {
      const end = setTimeout(() => void lifecycle.close('the scenario is over'), durationMs)
      lifecycle.onClose('duration', () => clearTimeout(end))
    }
    await lifecycle.closed
    return EXIT.ok
  },
}

const RUN_OPTIONS = {
  speed: { type: 'string' },
  epoch: { type: 'string' },
  pcap: { type: 'string' },
  'data-dir': { type: 'string' },
  broker: { type: 'string' },
  chirpstack: { type: 'string' },
  mqtt: { type: 'string', default: '5' },
  ca: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  'close-with-parent': { type: 'boolean', default: false },
} as const

/** A scenario has a title, a configuration has none. A file that cannot be read is for `loadSimulatorConfig` to name. */
async function isScenario(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return path.endsWith('.toml') && /^title\s*=/m.test(text)
}

/** What `sim run` is about to start. `durationMs` in real time. */
interface Plan {
  readonly logLevel: LogLevel
  readonly durationMs: number | undefined
  start(lifecycle: Lifecycle, log: Logger): Promise<object>
}

async function planConfig(
  path: string,
  env: CommandIo['env'],
  overrides: Partial<SimulatorConfig>,
): Promise<Result<Plan, ConfigError>> {
  const loaded = await loadSimulatorConfig(path, env)
  if (!loaded.ok) return loaded
  const config = { ...loaded.value, ...overrides }
  return ok({
    logLevel: config.logLevel,
    durationMs: undefined,
    start: (lifecycle, log) => startSimulator({ config, lifecycle, log }),
  })
}

async function planScenario(
  path: string,
  values: BrokerOptions,
  overrides: Partial<SimulatorConfig>,
): Promise<Result<Plan, ConfigError>> {
  const broker = brokerOf(values)
  const loaded = await loadScenario(path)
  if (!loaded.ok) return loaded
  const scenario = loaded.value
  const speed = overrides.speed ?? scenario.speed
  const { durationSeconds } = scenario
  return ok({
    logLevel: 'warn',
    durationMs: durationSeconds === undefined ? undefined : (durationSeconds * 1000) / speed,
    start: (lifecycle, log) =>
      runScenario({
        scenario,
        ...(broker === undefined ? {} : { broker }),
        hasNetworkServer: values.chirpstack === undefined,
        rest: overrides,
        lifecycle,
        log,
      }),
  })
}

interface BrokerOptions {
  readonly cwd: string
  readonly broker?: string
  readonly chirpstack?: string
  readonly mqtt: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** The broker that the arguments name; undefined when the scenario is to start one. */
function brokerOf(values: BrokerOptions): SimulatorConfig['broker'] | undefined {
  if (values.broker !== undefined && values.chirpstack !== undefined) {
    throw new UsageError('--broker and --chirpstack exclude each other')
  }
  if (values.mqtt !== '4' && values.mqtt !== '5') throw new UsageError('--mqtt is 4 or 5')
  const text = values.broker ?? values.chirpstack
  if (text === undefined) return undefined
  const url = URL.parse(text)
  if (url === null || !/^mqtts?:$/.test(url.protocol)) throw new UsageError('mqtt://host:port expected')
  const { username, password, protocol, host } = url
  const file = (name: 'ca' | 'cert' | 'key') =>
    values[name] === undefined ? {} : { [name]: resolve(values.cwd, values[name]) }
  return {
    url: `${protocol}//${host}`,
    protocolVersion: values.mqtt === '4' ? 4 : 5,
    topicPrefix: 'kr920',
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...file('ca'),
    ...file('cert'),
    ...file('key'),
  }
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0) throw new UsageError(`${name} takes a number above 0`)
  return value
}

/** Commands of this room. */
export const commands: Command[] = [simRun, simFleet, simDevices]
