import type { Command } from '@hanpyo/platform/command.ts'
import { deviceList } from './commands/device-list.ts'
import { deviceTest } from './commands/device-test.ts'
import { modemProbe } from './modem/probe-command.ts'

/** Commands of this room. */
export const commands: Command[] = [modemProbe, deviceTest, deviceList]
