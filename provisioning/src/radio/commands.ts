import type { Command } from '@hanpyo/platform/command.ts'
import { nodePorts } from '../frame/ports.ts'
import { chirpstackCommand } from './commands/chirpstack.ts'
import { modemCommand } from './commands/modem.ts'

export const commands: readonly Command[] = [modemCommand(nodePorts), chirpstackCommand(nodePorts)]
