import { createVirtualClock, type VirtualClock } from '@hanpyo/platform/clock.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { FaultInjector } from '../faults/fault-injector.ts'
import { type FaultPatch, faultSettings } from '../faults/fault-settings.ts'
import { createInterruptible } from '../faults/interruptible.ts'
import { Gateway } from '../gateway/gateway.ts'
import { type MessageFormat, PROTOBUF_FORMAT } from '../gateway/message-format.ts'
import { ClassADevice } from '../mac/device.ts'
import { createVolatileMemory } from '../mac/memory.ts'
import { createVolatileServerMemory } from '../network-server/memory.ts'
import { NetworkServer } from '../network-server/server.ts'
import { DEFAULT_SERVER_SETTINGS } from '../network-server/types.ts'
import { RadioChannel } from '../radio/channel.ts'
import { createSeededRandom } from '../random.ts'
import { createMemoryBroker, type MemoryBroker } from './memory-broker.ts'
import { testIdentity } from './world.ts'

export const NEAR_GATEWAY = '0016c001f1500001'
export const FAR_GATEWAY = '0016c001f1500002'

export interface FaultyWorld {
  readonly clock: VirtualClock
  readonly radio: RadioChannel
  readonly broker: MemoryBroker
  readonly faults: FaultInjector
  readonly near: Gateway
  readonly far: Gateway
  /** `kiosk-1`, powered and not joined, with a modem that only counts its reboots. */
  readonly device: ClassADevice
  readonly modem: { readonly faults: { silence: number; garble: number }; reboots: number }
  /** Runs the virtual clock until the work is done. */
  finish<T>(work: Promise<T>): Promise<T>
}

/** Two gateways, a network server whose first window opens after 5 s, and one device, all under a fault injector. */
export async function createFaultyWorld(
  settings: FaultPatch = {},
  format: MessageFormat = PROTOBUF_FORMAT,
): Promise<FaultyWorld> {
  const clock = createVirtualClock()
  const random = createSeededRandom('faulty world')
  const radio = new RadioChannel({ clock, random: random.fork('radio') })
  const broker = createMemoryBroker()
  const log = silentLogger
  const faults = new FaultInjector({
    ...{ clock, radio, log },
    random: random.fork('faults'),
    settings: faultSettings.parse(settings),
  })
  const gateway = async (id: string, x: number): Promise<Gateway> => {
    const messaging = createInterruptible(broker, { keepsSession: false })
    const started = await Gateway.start({
      ...{ id, radio, clock, log, messaging, format },
      position: { x, y: 0 },
      random: random.fork(id),
      faults: faults.settings,
    })
    faults.addGateway(started, messaging)
    return started
  }
  const serverLink = createInterruptible(broker, { keepsSession: true })
  faults.addServer(serverLink)
  const region = { ...DEFAULT_SERVER_SETTINGS.region, rx1DelayS: 5 }
  await NetworkServer.start({
    settings: { ...DEFAULT_SERVER_SETTINGS, region, getDownlinkDataDelayMs: 2500 },
    devices: [{ devEui: testIdentity(1).devEui, appKey: testIdentity(1).appKey, name: 'kiosk-1', tags: {} }],
    messaging: serverLink,
    memory: createVolatileServerMemory(),
    ...{ clock, log },
    random: random.fork('server'),
    losesEvent: faults.losesEvent,
  })
  const near = await gateway(NEAR_GATEWAY, 0)
  const far = await gateway(FAR_GATEWAY, 900)
  const device = await ClassADevice.start({
    name: 'kiosk-1',
    identity: testIdentity(1),
    position: { x: 100, y: 0 },
    radio,
    clock,
    random: random.fork('device'),
    memory: createVolatileMemory(),
    settings: { dataRate: 5 },
  })
  const modem = {
    faults: { silence: 0, garble: 0 },
    reboots: 0,
    async reboot() {
      modem.reboots++
      await device.reboot()
    },
  }
  faults.addModem('kiosk-1', modem)
  return {
    ...{ clock, radio, broker, faults, near, far, device, modem },
    async finish(work) {
      let isDone = false
      const outcome = work.finally(() => {
        isDone = true
      })
      outcome.catch(() => {})
      while (!isDone && (await clock.runNext()));
      return outcome
    },
  }
}
