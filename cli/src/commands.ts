import type { Command } from '@hanpyo/platform/command.ts'
import { demoCommand } from './demo/command.ts'

export const commands: Command[] = [demoCommand]
