import type { Command } from '@hanpyo/platform/command.ts'
import { nodePorts, type Ports } from '../frame/ports.ts'
import { deviceCommands } from './device-commands.ts'
import { revokeCommands } from './revoke-commands.ts'

/** The commands about keys, enrolment and revocation, on the ports given. */
export function identityCommands(ports: () => Ports): readonly Command[] {
  return [...deviceCommands(ports), ...revokeCommands(ports)]
}

export const commands: readonly Command[] = identityCommands(nodePorts)
