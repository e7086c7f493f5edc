import type { Command } from '@hanpyo/platform/command.ts'
import { nodePorts, type Ports } from '../frame/ports.ts'
import { bundleCommands } from './commands/bundle.ts'
import { reportCommands } from './commands/report.ts'
import { selftestCommands } from './commands/selftest.ts'
import { slipsCommands } from './commands/slips.ts'
import { wipeCommands } from './commands/wipe.ts'
import { workLogCommands } from './commands/work-log.ts'

/** The commands about what runs on a kiosk, on the ports given. */
export function kioskCommands(ports: () => Ports): readonly Command[] {
  return [
    ...bundleCommands(ports),
    ...slipsCommands(ports),
    ...selftestCommands(ports),
    ...reportCommands(ports),
    ...wipeCommands(ports),
    ...workLogCommands(ports),
  ]
}

export const commands: readonly Command[] = kioskCommands(nodePorts)
