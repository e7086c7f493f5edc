import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Lifecycle } from '@hanpyo/platform/lifecycle.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import type { SimulatorConfig } from '../config.ts'
import { type SimulatorReady, startSimulator } from '../main.ts'
import type { Scenario } from './scenario.ts'
import { type NamedDevice, scenarioConfig, scenarioDevices } from './scenario-config.ts'

export interface ScenarioOptions {
  readonly scenario: Scenario
  /** A broker that is there; without it one is started that lives as long as the scenario. */
  readonly broker?: SimulatorConfig['broker']
  /** False when a real network server listens at the broker. */
  readonly hasNetworkServer: boolean
  readonly rest?: Partial<Omit<SimulatorConfig, 'networkServer'>>
  readonly lifecycle: Lifecycle
  readonly log: Logger
}

/** What a scenario prints when everything runs. */
export interface ScenarioReady extends SimulatorReady {
  readonly title: string
  readonly broker: string
  /** Identities and keys, to be registered at a server of one's own. They are made up and protect nothing. */
  readonly devices: readonly NamedDevice[]
}

/** Runs a scenario whose kiosks send by themselves. Files live in a temporary folder and end with the lifecycle. */
export async function runScenario(options: ScenarioOptions): Promise<ScenarioReady> {
  const { scenario, lifecycle, log, hasNetworkServer, rest = {} } = options
  const directory = await mkdtemp(join(tmpdir(), 'hanpyo-scenario-'))
  lifecycle.onClose('files', () => rm(directory, { recursive: true, force: true }))
  const broker = options.broker ?? (await ownBroker(directory, lifecycle, log))
  const devices = scenarioDevices(scenario)
  const config = scenarioConfig(scenario, {
    broker,
    dataDir: rest.dataDir ?? join(directory, 'sim'),
    devices,
    sendsByItself: true,
    hasNetworkServer,
    rest,
  })
  const ready = await startSimulator({ config, lifecycle, log })
  return { ...ready, title: scenario.title, broker: broker.url, devices }
}

async function ownBroker(
  directory: string,
  lifecycle: Lifecycle,
  log: Logger,
): Promise<Pick<SimulatorConfig['broker'], 'url' | 'protocolVersion'>> {
  const broker = await startBroker({ kind: 'auto', dir: join(directory, 'broker'), plainPort: 0, log })
  lifecycle.onClose('broker', () => broker.close())
  return { url: broker.plainUrl as string, protocolVersion: broker.mqttVersion }
}
