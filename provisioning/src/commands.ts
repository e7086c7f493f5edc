import type { Command } from '@hanpyo/platform/command.ts'

/** `hanpyo provision …`: what a technician does with a terminal, from bare to ready and back. */
export const commands: readonly Command[] = []
