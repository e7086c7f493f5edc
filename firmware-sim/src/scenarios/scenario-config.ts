import { toHex } from '@hanpyo/protocol/bytes.ts'
import { type SimulatorConfig, simulatorConfig } from '../config.ts'
import type { DeviceIdentity } from '../mac/device.ts'
import { createSeededRandom } from '../random.ts'
import type { Scenario } from './scenario.ts'

const JOIN_EUI = '24e124c0002a0001'

export interface NamedDevice extends DeviceIdentity {
  readonly id: string
}

/** The devices of a scenario: those it names, or as many as it wants, made up from its seed. */
export function scenarioDevices({ hall, seed }: Pick<Scenario, 'hall' | 'seed'>): NamedDevice[] {
  if (hall.devices !== undefined) return hall.devices.map((one, i) => ({ id: `kiosk-${i + 1}`, ...one }))
  return Array.from({ length: hall.kiosks }, (_, i) => ({
    id: `kiosk-${i + 1}`,
    devEui: `24e124ffff${(i + 1).toString(16).padStart(6, '0')}`,
    joinEui: JOIN_EUI,
    appKey: toHex(createSeededRandom(`${seed}/app-key/${i}`).bytes(16)),
  }))
}

/** What a scenario leaves to whoever runs it. */
export interface ScenarioSurroundings {
  readonly broker: Pick<SimulatorConfig['broker'], 'url' | 'protocolVersion'> &
    Partial<SimulatorConfig['broker']>
  readonly dataDir: string
  readonly devices: readonly NamedDevice[]
  /** Whether the kiosks send by themselves or wait for a host on their serial lines. */
  readonly sendsByItself: boolean
  /** False when a real network server listens at the broker. */
  readonly hasNetworkServer: boolean
  readonly applicationId?: string
  readonly rest?: Partial<Omit<SimulatorConfig, 'networkServer'>>
}

/** The simulator's configuration for a scenario in given surroundings. */
export function scenarioConfig(scenario: Scenario, surroundings: ScenarioSurroundings): SimulatorConfig {
  const { hall, radio, gateways, faults, timeline, network, seed, speed, pcap } = scenario
  const { broker, dataDir, devices, sendsByItself, hasNetworkServer, applicationId, rest } = surroundings
  const [x, y] = hall.position
  const [stepX, stepY] = hall.spacing
  return simulatorConfig.parse({
    seed,
    speed,
    dataDir,
    broker,
    radio,
    gateways,
    faults,
    timeline,
    ...(pcap === undefined ? {} : { pcap }),
    ...rest,
    networkServer: {
      ...network,
      enabled: hasNetworkServer,
      ...(applicationId === undefined ? {} : { applicationId }),
    },
    modems: devices.map((device, i) => ({
      ...device,
      position: [x + i * stepX, y + i * stepY],
      dataRate: hall.dataRate,
      adr: hall.adr,
      dialect: hall.dialects[i % hall.dialects.length],
      ...(sendsByItself ? { traffic: scenario.traffic } : {}),
    })),
  })
}
