import type { Command } from '@hanpyo/platform/command.ts'

/** A room with commands: the first words they have (two rooms may share one), and where they are. */
interface Room {
  readonly words: readonly string[]
  load(): Promise<{ readonly commands: readonly Command[] }>
}

/** One line per room, in the order of the overview. */
const ROOMS: readonly Room[] = [
  { words: ['demo'], load: () => import('@hanpyo/cli/commands.ts') },
  {
    words: ['election', 'trustee', 'mix', 'decrypt', 'result', 'proposal'],
    load: () => import('@hanpyo/authority/commands.ts'),
  },
  { words: ['kiosk'], load: () => import('@hanpyo/kiosk/commands.ts') },
  // Apart from the rest of its room, so that a kiosk core does not load a technician's tools.
  { words: ['kiosk'], load: () => import('@hanpyo/provisioning/kiosk/install/commands.ts') },
  { words: ['bridge'], load: () => import('@hanpyo/gateway-bridge/commands.ts') },
  { words: ['modem', 'device'], load: () => import('@hanpyo/devices/commands.ts') },
  { words: ['provision', 'device'], load: () => import('@hanpyo/provisioning/commands.ts') },
  { words: ['sim'], load: () => import('@hanpyo/firmware-sim/commands.ts') },
  {
    words: ['verify', 'copy', 'fsck', 'archive', 'witness', 'mirror', 'monitor'],
    load: () => import('@hanpyo/verifier/commands.ts'),
  },
]

/** The commands of the rooms that have the first word; those of all rooms when none has. */
export async function loadCommands(firstWord?: string): Promise<Command[]> {
  const owners = ROOMS.filter(({ words }) => firstWord !== undefined && words.includes(firstWord))
  const loaded = await Promise.all((owners.length === 0 ? ROOMS : owners).map(loadRoom))
  return loaded.flat()
}

async function loadRoom({ words, load }: Room): Promise<readonly Command[]> {
  const { commands } = await load()
  const stranger = commands.find(({ name }) => !words.includes(name.split(' ')[0]!))
  if (stranger !== undefined)
    throw new Error(`the room of "${words.join('", "')}" has a command "${stranger.name}"`)
  return commands
}
