import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Scenario } from '@hanpyo/firmware-sim/scenarios/scenario.ts'
import { scenarioConfig } from '@hanpyo/firmware-sim/scenarios/scenario-config.ts'
import { type Child, spawnChild } from '@hanpyo/platform/child.ts'
import { writeDurable } from '@hanpyo/platform/durable-file.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'

/** The simulated radio: modems, channel, gateway and network server in one process. */
export interface RadioWorld {
  /** URI of the modem of a DevEUI. */
  readonly modems: ReadonlyMap<string, string>
  readonly applicationId: string
  /** gRPC of the network server, and an administrator's key for it. */
  readonly chirpstack: { readonly url: string; readonly tokenFile: string }
  metrics(): Promise<RadioMetrics>
  /** Puts the device's last uplink on the air again, as somebody with a recorder would. False: nothing recorded yet. */
  replay(devEui: string): Promise<boolean>
  /** Starts what the scenario has planned; its times count from now. */
  startTimeline(): Promise<void>
  close(): Promise<void>
}

export interface RadioMetrics {
  readonly framesSent: number
  readonly framesLost: number
  readonly airtimeMs: number
}

export interface RadioOptions {
  readonly hanpyo: string
  readonly dir: string
  readonly brokerUrl: string
  readonly mqttVersion: 4 | 5
  readonly time: { readonly speed: number; readonly epochMs: number }
  /** The air and its faults. */
  readonly scenario: Scenario
  readonly devEuis: readonly string[]
  /** Modems as they come from the factory: the network server does not know them. */
  readonly unregistered: readonly string[]
}

const APPLICATION_ID = 'c5b1a3c2-6d0e-4f7a-9b1e-5a1d6f0e7c11'
const JOIN_EUI = '24e124c0002a0001'

/** Starts `hanpyo sim run` with one modem a DevEUI, each with an AppKey of its own. */
export async function startRadio(options: RadioOptions): Promise<RadioWorld> {
  const { dir, devEuis, scenario, time, unregistered } = options
  const tokenFile = join(dir, 'token')
  await mkdir(dir, { recursive: true })
  const file = join(dir, 'sim.json')
  const config = scenarioConfig(scenario, {
    broker: { url: options.brokerUrl, protocolVersion: options.mqttVersion },
    dataDir: join(dir, 'data'),
    devices: devEuis.map((devEui) => ({
      id: devEui,
      devEui,
      joinEui: JOIN_EUI,
      appKey: randomBytes(16).toString('hex'),
    })),
    sendsByItself: false,
    hasNetworkServer: true,
    applicationId: APPLICATION_ID,
    rest: { ...time, logLevel: 'warn', startsTimeline: false },
  })
  const networkServer = { ...config.networkServer, grpc: { tokenFile } }
  const modems = config.modems.map((one) => ({ ...one, registered: !unregistered.includes(one.devEui) }))
  await writeDurable(file, utf8(JSON.stringify({ ...config, networkServer, modems })))
  const args = [options.hanpyo, 'sim', 'run', file, '--close-with-parent']
  const child: Child = await spawnChild({ command: process.execPath, args, ready: 'json-line' })
  const ready = child.ready as { modems: { devEui: string; uri: string }[]; control: string; grpc: string }
  const { control, grpc } = ready
  const address = (path: string): URL => new URL(path, control)
  return {
    chirpstack: { url: `http://${grpc}`, tokenFile },
    modems: new Map(ready.modems.map(({ devEui, uri }) => [devEui, uri])),
    applicationId: APPLICATION_ID,
    async metrics() {
      return (await (await fetch(address('/metrics'))).json()) as RadioMetrics
    },
    async replay(devEui) {
      const body = JSON.stringify({ device: devEui })
      return (await fetch(address('/replay'), { method: 'POST', body })).ok
    },
    async startTimeline() {
      await fetch(address('/timeline'), { method: 'POST' })
    },
    async close() {
      await child.stop()
    },
  }
}
