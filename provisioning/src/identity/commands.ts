import type { Command } from '@hanpyo/platform/command.ts'

export const commands: readonly Command[] = []
