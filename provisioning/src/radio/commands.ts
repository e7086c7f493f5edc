import type { Command } from '@hanpyo/platform/command.ts'
import { nodePorts } from '../frame/ports.ts'
import { batchCommand } from './commands/batch.ts'
import { chirpstackCommand } from './commands/chirpstack.ts'
import { doctorCommand } from './commands/doctor.ts'
import { labelCommand } from './commands/label.ts'
import { modemCommand } from './commands/modem.ts'
import { rotateKeysCommand } from './commands/rotate-keys.ts'
import { wifiCommand } from './commands/wifi.ts'

export const commands: readonly Command[] = [
  doctorCommand(nodePorts),
  modemCommand(nodePorts),
  chirpstackCommand(nodePorts),
  rotateKeysCommand(nodePorts),
  wifiCommand(nodePorts),
  labelCommand(nodePorts),
  batchCommand(nodePorts),
]
