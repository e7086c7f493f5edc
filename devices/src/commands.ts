import type { Command } from '@hanpyo/platform/command.ts'
import { modemProbe } from './modem/probe-command.ts'

/** Commands of this room. */
export const commands: Command[] = [modemProbe]
