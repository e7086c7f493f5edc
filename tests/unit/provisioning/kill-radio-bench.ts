/**
 * A device folder, ChirpStack's stand-in and a simulated modem, at which a command is cut off. The cuts are made in this process:
 * from one moment on nothing the command does reaches files, server, modem or timers, and it never goes on, not even its
 * `finally`; what is in its memory is lost with it, as with a SIGKILL. Its lock is that of a process that is gone.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import grpc from '@grpc/grpc-js'
import { openModem } from '@hanpyo/devices/modem/open-modem.ts'
import { createTransport, type TransportEnd } from '@hanpyo/devices/stream-transport.ts'
import { ClassADevice } from '@hanpyo/firmware-sim/mac/device.ts'
import { createVolatileMemory, type DeviceMemory } from '@hanpyo/firmware-sim/mac/memory.ts'
import type { SimulatedModem } from '@hanpyo/firmware-sim/modem/simulated-modem.ts'
import { type ModemDialect, startModem } from '@hanpyo/firmware-sim/modem/start-modem.ts'
import { createSeededRandom } from '@hanpyo/firmware-sim/random.ts'
import { type Office, openOffice } from '@hanpyo/firmware-sim/testing/grpc-office.ts'
import { GATEWAY_ID } from '@hanpyo/firmware-sim/testing/world.ts'
import type { Clock } from '@hanpyo/platform/clock.ts'
import { DurableWriteError } from '@hanpyo/platform/durable-file.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { type FilePort, nodeFiles, nodePorts, type Ports } from '@hanpyo/provisioning/frame/ports.ts'
import { kioskCommands } from '@hanpyo/provisioning/kiosk/commands.ts'
import { batchCommand } from '@hanpyo/provisioning/radio/commands/batch.ts'
import { chirpstackCommand } from '@hanpyo/provisioning/radio/commands/chirpstack.ts'
import { labelCommand } from '@hanpyo/provisioning/radio/commands/label.ts'
import { modemCommand } from '@hanpyo/provisioning/radio/commands/modem.ts'
import { rotateKeysCommand } from '@hanpyo/provisioning/radio/commands/rotate-keys.ts'
import type { ModemPorts } from '@hanpyo/provisioning/radio/modem/find-modem.ts'
import { CHANGES } from './cut-files.ts'
import { findCommand } from './desk-bench.ts'
import { FACTORY } from './technician-bench.ts'

export const PORT = 'serial:/dev/ttyUSB0'
/** No process has it: above what Linux gives. */
const DEAD_PROCESS = '99999999'

export const never = <T>(): Promise<T> => new Promise<T>(() => {})

/** One run of a command, which may be cut off at its n-th point. */
export class Cut {
  readonly died: Promise<void>
  /** What happened at each point so far. */
  readonly points: string[] = []
  readonly #at: number | null
  #isOver = false
  #die: () => void = () => {}

  constructor(at: number | null) {
    this.#at = at
    this.died = new Promise((resolve) => {
      this.#die = resolve
    })
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Counts a point; true when the run is over, here or before. */
  endsAt(what: string): boolean {
    if (!this.#isOver && this.points.push(what) - 1 === this.#at) {
      this.#isOver = true
      this.#die()
    }
    return this.#isOver
  }

  async pass(what: string): Promise<void> {
    if (this.endsAt(what)) await never()
  }
}

export interface KillWorld {
  readonly root: string
  readonly office: Office
  readonly modem: SimulatedModem
  /** The registry of the stand-in as it was last saved. */
  registry(): Record<string, unknown>
  /** Every AppKey given to the server, and to the modem, in order. */
  readonly given: { readonly server: string[]; readonly modem: string[] }
  /** DevNonces the modem went through; none may come twice. */
  readonly devNonces: number[]
  /** Runs a command line; `undefined` when it was cut off. */
  run(line: string, cut?: Cut): Promise<{ readonly code: number; readonly out: string } | undefined>
  modemPorts(cut: Cut): ModemPorts
  /** Runs the virtual clock until the work is done. */
  finish<T>(work: Promise<T>): Promise<T>
  close(): Promise<void>
}

const running = new AsyncLocalStorage<{ readonly cut: Cut; readonly clients: Set<grpc.Client> }>()

/** Puts the cuts into every gRPC call of commands run here; call what it returns to take them out. */
export function cutCalls(onKey: (key: string) => void): () => void {
  const { makeUnaryRequest } = grpc.Client.prototype
  const cutting = function (this: grpc.Client, ...args: unknown[]): unknown {
    const call = makeUnaryRequest as (...args: unknown[]) => unknown
    const store = running.getStore()
    if (store === undefined) return call.apply(this, args)
    const { cut, clients } = store
    clients.add(this)
    const name = String(args[0]).split('/').at(-1)
    if (cut.endsAt(`${name} not sent`)) return { on: () => {} }
    const keys = (args[3] as { getDeviceKeys?: () => { getNwkKey(): string } }).getDeviceKeys?.()
    if (keys !== undefined) onKey(keys.getNwkKey())
    const answered = args.at(-1) as (...answer: unknown[]) => void
    const cutAnswer = (...answer: unknown[]): void => {
      if (!cut.endsAt(`${name} answered`)) answered(...answer)
    }
    return call.apply(this, [...args.slice(0, -1), cutAnswer])
  }
  grpc.Client.prototype.makeUnaryRequest = cutting as typeof makeUnaryRequest
  return () => {
    grpc.Client.prototype.makeUnaryRequest = makeUnaryRequest
  }
}

function cutClock(clock: Clock, cut: Cut): Clock {
  return {
    now: () => clock.now(),
    setTimeout: (callback, delayMs) =>
      clock.setTimeout(() => {
        if (!cut.isOver) callback()
      }, delayMs),
    clearTimeout: (timer) => clock.clearTimeout(timer),
    async sleep(delayMs, signal) {
      await clock.sleep(delayMs, signal)
      if (cut.isOver) await never()
    },
  }
}

/** Files without the wait for the disk, cut before every change. */
function cutFilesOf(cut: Cut): FilePort {
  const quick: FilePort = {
    ...nodeFiles,
    async write(path, bytes, options) {
      const isLock = path.endsWith('.provision.lock')
      const content = isLock ? String(bytes).replace(/^\d+/, DEAD_PROCESS) : bytes
      const flag = options?.exclusive === true ? 'wx' : 'w'
      try {
        await writeFile(path, content, { mode: options?.mode ?? 0o644, flag })
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
        throw new DurableWriteError('file-exists', path, error)
      }
    },
  }
  const files: Record<string, unknown> = { ...quick }
  for (const name of CHANGES) {
    const real = quick[name] as (...args: unknown[]) => Promise<void>
    files[name] = async (...args: unknown[]) => {
      const path = String(args[0])
      if (name !== 'makeFolder' || !existsSync(path)) await cut.pass(`${name} ${path.split('/').at(-1)}`)
      return real(...args)
    }
  }
  return files as unknown as FilePort
}

export async function openKillWorld(dialect: ModemDialect): Promise<KillWorld> {
  let saved = '{}'
  const office = await openOffice({
    load: async () => null,
    save: async (text) => {
      saved = text
    },
  })
  const { world } = office
  const root = await mkdtemp(join(tmpdir(), 'hanpyo-kill-'))
  const given = { server: [] as string[], modem: [] as string[] }
  const devNonces: number[] = []
  const memories = new Map<string, DeviceMemory>()
  const memoryOf = (devEui: string): DeviceMemory => {
    const memory = memories.get(devEui) ?? createVolatileMemory()
    memories.set(devEui, memory)
    return {
      load: () => memory.load(),
      async save(state) {
        const before = (await memory.load())?.nextDevNonce ?? 0
        if (state.nextDevNonce !== before) devNonces.push(before)
        await memory.save(state)
      },
    }
  }
  const modem = await startModem(dialect, {
    identity: FACTORY,
    dataRate: 5,
    isAdrOn: false,
    clock: world.clock,
    random: createSeededRandom('modem'),
    log: silentLogger,
    createDevice(wanted) {
      if (given.modem.at(-1) !== wanted.appKey) given.modem.push(wanted.appKey)
      return ClassADevice.start({
        name: 'kiosk',
        identity: wanted,
        position: { x: 100, y: 1 },
        radio: world.radio,
        clock: world.clock,
        random: createSeededRandom(`kiosk/${wanted.devEui}`),
        memory: memoryOf(wanted.devEui),
        settings: { dataRate: 5 },
        keepsSession: false,
      })
    },
  })
  // The line stays on: half a command that a cut left in it is still there for the next run.
  let host: TransportEnd | undefined
  modem.attach((bytes) => host?.received(bytes))
  const random = createSeededRandom('technician')
  const clients = new Set<grpc.Client>()
  const restore = cutCalls((key) => void given.server.push(key))

  const modemPorts = (cut: Cut): ModemPorts => ({
    list: async () => [PORT],
    open: (uri) =>
      openModem(`${uri}?baud=9600`, {
        clock: cutClock(world.clock, cut),
        purpose: 'inspect',
        async open() {
          const end = createTransport(uri, {
            async write(bytes) {
              if (cut.isOver) await never()
              const text = Buffer.from(bytes).toString().trim().replace(/=.*$/, '=')
              if (cut.endsAt(`half of ${text}`)) {
                host = undefined
                modem.receive(bytes.subarray(0, bytes.length >> 1))
                await never()
              }
              if (cut.endsAt(`${text} unanswered`)) host = undefined
              modem.receive(bytes)
              if (cut.isOver) await never()
            },
            async close() {
              if (cut.isOver) await never()
              host = undefined
            },
          })
          host = end
          return end.transport
        },
      }),
  })

  const finish = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false
    const outcome = work.finally(() => {
      isDone = true
    })
    outcome.catch(() => {})
    while (!isDone) {
      office.heardGateway(GATEWAY_ID)
      await world.clock.runNext()
    }
    return outcome
  }

  return {
    root,
    office,
    modem,
    given,
    devNonces,
    registry: () => JSON.parse(saved) as Record<string, unknown>,
    modemPorts,
    finish,
    async run(line, cut = new Cut(null)) {
      const ports: Ports = {
        ...nodePorts(),
        clock: cutClock(world.clock, cut),
        files: cutFilesOf(cut),
        random: (length) => Uint8Array.from({ length }, () => random.integer(256)),
        run: async () => null,
      }
      const commands = [
        ...[modemCommand, rotateKeysCommand, batchCommand].map((make) =>
          make(
            () => ports,
            () => modemPorts(cut),
          ),
        ),
        ...[chirpstackCommand, labelCommand].map((make) => make(() => ports)),
        ...kioskCommands(() => ports),
      ]
      const command = findCommand(commands, line)
      const out: string[] = []
      const print = (text: string): void => void out.push(text)
      const env = { HANPYO_CHIRPSTACK_TOKEN: office.adminToken }
      const args = line.split(' ').slice(command.name.split(' ').length)
      const code = running.run({ cut, clients }, () =>
        command.run(args, { stdout: print, stderr: print, env, cwd: root }),
      )
      code.catch(() => {})
      const ended = await finish(Promise.race([code, cut.died.then(() => undefined)]))
      return ended === undefined ? undefined : { code: ended, out: out.join('\n') }
    },
    async close() {
      restore()
      for (const client of clients) client.close()
      office.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}
