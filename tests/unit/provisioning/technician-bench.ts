import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openModem } from '@hanpyo/devices/modem/open-modem.ts'
import { createTransport } from '@hanpyo/devices/stream-transport.ts'
import { ClassADevice, type DeviceIdentity } from '@hanpyo/firmware-sim/mac/device.ts'
import { createVolatileMemory, type DeviceMemory } from '@hanpyo/firmware-sim/mac/memory.ts'
import { type ModemDialect, startModem } from '@hanpyo/firmware-sim/modem/start-modem.ts'
import { createSeededRandom } from '@hanpyo/firmware-sim/random.ts'
import { type Office, openOffice } from '@hanpyo/firmware-sim/testing/grpc-office.ts'
import { GATEWAY_ID } from '@hanpyo/firmware-sim/testing/world.ts'
import type { Command } from '@hanpyo/platform/command.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { err } from '@hanpyo/protocol/result.ts'
import { nodePorts, type Ports } from '@hanpyo/provisioning/frame/ports.ts'
import type { ModemPorts } from '@hanpyo/provisioning/radio/modem/find-modem.ts'

/** As a RAK3172 leaves the factory. */
export const FACTORY: DeviceIdentity = {
  devEui: 'ac1f09fffe00beef',
  joinEui: 'ac1f09fff9153172',
  appKey: 'ac1f09fffe00beefac1f09fff9153172',
}

export interface Printed {
  readonly exitCode: number
  readonly out: string
  /** Standard output as JSON lines. */
  readonly json: Record<string, unknown>[]
  readonly err: string
}

/** A technician's desk: a folder, ChirpStack's stand-in with a gateway in reach, modems on cables; all on one virtual clock. */
export interface Desk {
  readonly office: Office
  readonly dir: string
  readonly ports: Ports
  readonly modemPorts: ModemPorts
  readonly env: Record<string, string | undefined>
  /** Plugs a simulated modem in; its memory outlives a new identity, as flash does. */
  plugIn(
    uri: string,
    dialect: ModemDialect,
    identity?: DeviceIdentity,
    options?: { readonly distanceMetres?: number },
  ): Promise<void>
  /** Something that is no modem. */
  plugInSilence(uri: string): void
  unplug(uri: string): void
  run(command: Command, ...args: string[]): Promise<Printed>
  close(): Promise<void>
}

/** Without waiting for the disk: a simulated second would pass with every such wait. */
const quickFiles: Ports['files'] = {
  ...nodePorts().files,
  async write(path, bytes, options) {
    await writeFile(path, bytes, {
      mode: options?.mode ?? 0o644,
      flag: options?.exclusive === true ? 'wx' : 'w',
    })
  },
  async makeFolder(path, mode) {
    await mkdir(path, { recursive: true, ...(mode === undefined ? {} : { mode }) })
  },
}

export async function openDesk(): Promise<Desk> {
  const office = await openOffice()
  const { world } = office
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-desk-'))
  const ports: Ports = { ...nodePorts(), clock: world.clock, files: quickFiles }
  const cables = new Map<string, () => ReturnType<typeof createTransport>['transport']>()
  const modemPorts: ModemPorts = {
    list: async () => [...cables.keys()],
    async open(uri) {
      const cable = cables.get(uri)
      if (cable === undefined) return err('device-unavailable', 'ENOENT')
      // One rate only: the simulated line has none.
      const plain = uri.startsWith('serial:') ? `${uri}?baud=9600` : uri
      return openModem(plain, { clock: world.clock, purpose: 'inspect', open: async () => cable() })
    },
  }
  const env: Record<string, string | undefined> = { HANPYO_CHIRPSTACK_TOKEN: office.adminToken }
  return {
    office,
    dir,
    ports,
    modemPorts,
    env,
    async plugIn(uri, dialect, identity = FACTORY, { distanceMetres = 100 } = {}) {
      const memories = new Map<string, DeviceMemory>()
      const modem = await startModem(dialect, {
        identity,
        dataRate: 5,
        isAdrOn: false,
        clock: world.clock,
        random: createSeededRandom(uri),
        log: silentLogger,
        createDevice(wanted) {
          const memory = memories.get(wanted.devEui) ?? createVolatileMemory()
          memories.set(wanted.devEui, memory)
          return ClassADevice.start({
            name: uri,
            identity: wanted,
            position: { x: distanceMetres, y: 1 },
            radio: world.radio,
            clock: world.clock,
            random: createSeededRandom(`${uri}/${wanted.devEui}`),
            memory,
            settings: { dataRate: 5 },
            keepsSession: false,
          })
        },
      })
      cables.set(uri, () => {
        const line = createTransport(uri, {
          write: async (bytes) => modem.receive(bytes),
          close: async () => modem.detach(),
        })
        modem.attach((bytes) => line.received(bytes))
        return line.transport
      })
    },
    plugInSilence(uri) {
      cables.set(uri, () => createTransport(uri, { write: async () => {}, close: async () => {} }).transport)
    },
    unplug: (uri) => void cables.delete(uri),
    async run(command, ...args) {
      const out: string[] = []
      const errors: string[] = []
      const io = {
        stdout: (line: string) => void out.push(line),
        stderr: (line: string) => void errors.push(line),
        env,
        cwd: dir,
      }
      let isOver = false
      const running = command.run(args, io).finally(() => {
        isOver = true
      })
      running.catch(() => {})
      while (!isOver) {
        office.heardGateway(GATEWAY_ID)
        await world.clock.runNext()
      }
      const json = out.flatMap((line) =>
        line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : [],
      )
      return { exitCode: await running, out: out.join('\n'), json, err: errors.join('\n') }
    },
    async close() {
      office.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
