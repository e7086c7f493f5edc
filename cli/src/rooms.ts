import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from '@hanpyo/platform/command.ts'

/** Every room that has commands, one line each, in the order of the overview. */
const ROOMS = [
  '@hanpyo/cli/commands.ts',
  '@hanpyo/authority/commands.ts',
  '@hanpyo/kiosk/commands.ts',
  '@hanpyo/gateway-bridge/commands.ts',
  '@hanpyo/firmware-sim/commands.ts',
  '@hanpyo/verifier/commands.ts',
]

/** The commands of all rooms. Two rooms with the same command name are a bug. */
export async function loadCommands(): Promise<Command[]> {
  const present = ROOMS.filter((room) => existsSync(fileURLToPath(import.meta.resolve(room))))
  const modules = await Promise.all(
    present.map((room) => import(room) as Promise<{ commands: readonly Command[] }>),
  )
  const commands = modules.flatMap((module) => module.commands)
  const names = commands.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new Error(`two rooms have a command "${twice}"`)
  return commands
}
