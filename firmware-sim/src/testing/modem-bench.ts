import { silentLogger } from '@hanpyo/platform/logger.ts'
import { createVolatileMemory, type DeviceMemory } from '../mac/memory.ts'
import type { LineFaults } from '../modem/line-faults.ts'
import type { SimulatedModem } from '../modem/simulated-modem.ts'
import { type ModemDialect, startModem } from '../modem/start-modem.ts'
import { createSeededRandom } from '../random.ts'
import { Terminal } from './terminal.ts'
import { createWorld, type TestWorld, testIdentity } from './world.ts'

export interface ModemBench {
  readonly world: TestWorld
  readonly modem: SimulatedModem
  readonly terminal: Terminal
  /** Sends a command and runs the clock until a line matches. */
  run(command: string, pattern: RegExp): Promise<string>
  readonly memories: ReadonlyMap<string, DeviceMemory>
}

/** A simulated modem with a terminal on its line, in a world with one gateway. */
export async function createModemBench(
  dialect: ModemDialect,
  options: Parameters<typeof createWorld>[0] & { dataRate?: number; faults?: Partial<LineFaults> } = {},
): Promise<ModemBench> {
  const { dataRate = 5, faults = {}, ...rest } = options
  const world = await createWorld(rest)
  const memories = new Map<string, DeviceMemory>()
  const modem = await startModem(dialect, {
    identity: testIdentity(1),
    dataRate,
    isAdrOn: false,
    faults,
    clock: world.clock,
    random: createSeededRandom('modem'),
    log: silentLogger,
    async createDevice(identity) {
      const memory = memories.get(identity.devEui) ?? createVolatileMemory()
      memories.set(identity.devEui, memory)
      const number = Number.parseInt(identity.devEui.slice(-6), 16)
      return world.device(number, { memory, settings: {} })
    },
  })
  const terminal = new Terminal((bytes) => modem.receive(bytes))
  modem.attach(terminal.receive)
  return {
    world,
    modem,
    terminal,
    memories,
    run: (command, pattern) => world.finish(terminal.ask(command, pattern)),
  }
}
