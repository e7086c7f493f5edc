import type { Command } from '@hanpyo/platform/command.ts'
import { nodePorts, type Ports } from '../frame/ports.ts'
import { revocationAtChirpStack } from '../radio/chirpstack/revocation.ts'
import { deviceCommands } from './device-commands.ts'
import { deviceSetupCommands } from './device-setup-commands.ts'
import { peopleCommands } from './people-commands.ts'
import { replaceCommand } from './replace-command.ts'
import { type RevocationSteps, revokeCommands } from './revoke-commands.ts'
import { statusCommand } from './status-command.ts'

/** The commands about keys, enrolment and revocation, on the ports given. `more`: what else a revocation does. */
export function identityCommands(ports: () => Ports, more?: RevocationSteps): readonly Command[] {
  return [
    ...deviceSetupCommands(ports),
    ...deviceCommands(ports),
    ...revokeCommands(ports, more),
    replaceCommand(ports, more),
    ...peopleCommands(ports),
    statusCommand(ports),
  ]
}

export const commands: readonly Command[] = identityCommands(nodePorts, revocationAtChirpStack)
