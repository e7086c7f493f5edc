import { createVirtualClock, type VirtualClock } from '@hanpyo/platform/clock.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { Gateway } from '../gateway/gateway.ts'
import { ClassADevice, type DeviceIdentity, type DeviceSettings } from '../mac/device.ts'
import { createVolatileMemory, type DeviceMemory } from '../mac/memory.ts'
import { createVolatileServerMemory } from '../network-server/memory.ts'
import { type GatewayRegister, NetworkServer } from '../network-server/server.ts'
import {
  DEFAULT_SERVER_SETTINGS,
  type RegisteredDevice,
  type ServerMemory,
  type ServerSettings,
} from '../network-server/types.ts'
import { type LossRates, RadioChannel } from '../radio/channel.ts'
import type { Position } from '../radio/propagation.ts'
import { createSeededRandom } from '../random.ts'
import { createMemoryBroker, type MemoryBroker } from './memory-broker.ts'

export const GATEWAY_ID = '0016c001f1500001'
export const APPLICATION = DEFAULT_SERVER_SETTINGS.application.id

/** A device of the test world; number 1 and up. */
export function testIdentity(number: number): DeviceIdentity {
  return {
    devEui: `24e124ffff${number.toString(16).padStart(6, '0')}`,
    joinEui: '24e124c0002a0001',
    appKey: number.toString(16).padStart(32, 'a'),
  }
}

export interface TestWorld {
  readonly clock: VirtualClock
  readonly radio: RadioChannel
  readonly broker: MemoryBroker
  readonly gateway: Gateway
  readonly server: NetworkServer
  /** A powered device, not joined. */
  device(
    number: number,
    options?: {
      settings?: Partial<DeviceSettings>
      position?: Position
      memory?: DeviceMemory
      keepsSession?: boolean
    },
  ): Promise<ClassADevice>
  /** Runs the virtual clock until the work is done. */
  finish<T>(work: Promise<T>): Promise<T>
  /** Puts a payload into a device's downlink queue. */
  enqueue(number: number, command: object): Promise<void>
}

/** Radio, one gateway and the network server on a virtual clock, all in memory. */
export async function createWorld(
  options: {
    seed?: string
    loss?: Partial<LossRates>
    settings?: Partial<ServerSettings>
    serverMemory?: ServerMemory
    deviceCount?: number
    gateways?: GatewayRegister
    losesEvent?: () => boolean
  } = {},
): Promise<TestWorld> {
  const clock = createVirtualClock()
  const random = createSeededRandom(options.seed ?? 'test')
  const radio = new RadioChannel({
    clock,
    random: random.fork('radio'),
    ...(options.loss === undefined ? {} : { loss: options.loss }),
  })
  const broker = createMemoryBroker()
  const devices: RegisteredDevice[] = Array.from({ length: options.deviceCount ?? 5 }, (_, i) => {
    const { devEui, appKey } = testIdentity(i + 1)
    return { devEui, appKey, name: `kiosk-${i + 1}`, tags: {} }
  })
  const server = await NetworkServer.start({
    settings: { ...DEFAULT_SERVER_SETTINGS, ...options.settings },
    devices,
    messaging: broker,
    ...(options.gateways === undefined ? {} : { gateways: options.gateways }),
    ...(options.losesEvent === undefined ? {} : { losesEvent: options.losesEvent }),
    memory: options.serverMemory ?? createVolatileServerMemory(),
    clock,
    random: random.fork('server'),
    log: silentLogger,
  })
  const gateway = await Gateway.start({
    id: GATEWAY_ID,
    position: { x: 0, y: 0 },
    radio,
    clock,
    random: random.fork('gateway'),
    messaging: broker,
    log: silentLogger,
  })
  return {
    clock,
    radio,
    broker,
    gateway,
    server,
    device: (
      number,
      { settings = {}, position = { x: 100, y: number }, memory, keepsSession = false } = {},
    ) =>
      ClassADevice.start({
        name: `kiosk-${number}`,
        identity: testIdentity(number),
        position,
        radio,
        clock,
        random: random.fork(`device/${number}`),
        memory: memory ?? createVolatileMemory(),
        settings: { dataRate: 5, ...settings },
        keepsSession,
      }),
    async finish(work) {
      let isDone = false
      const outcome = work.finally(() => {
        isDone = true
      })
      // Failures reach the caller through `outcome`; this only keeps Node from calling them unhandled meanwhile.
      outcome.catch(() => {})
      while (!isDone && (await clock.runNext()));
      return outcome
    },
    async enqueue(number, command) {
      const { devEui } = testIdentity(number)
      const topic = `application/${APPLICATION}/device/${devEui}/command/down`
      await broker.publish(topic, JSON.stringify({ devEui, ...command }))
    },
  }
}
