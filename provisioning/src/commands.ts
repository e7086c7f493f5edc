import type { Command } from '@hanpyo/platform/command.ts'
import { commands as identity } from './identity/commands.ts'
import { commands as kiosk } from './kiosk/commands.ts'
import { commands as radio } from './radio/commands.ts'

/** `hanpyo provision …`: what a technician does with a terminal, from bare to ready and back. */
export const commands: readonly Command[] = [...identity, ...radio, ...kiosk]
