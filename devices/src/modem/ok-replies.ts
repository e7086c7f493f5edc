import { err, ok } from '@hanpyo/protocol/result.ts'
import type { AtCommands, Matcher, Reply } from './at-commands.ts'

/** A command that is done when it is answered with `OK` or an error. */
export function acknowledged(at: AtCommands, command: string): Promise<Reply> {
  return at.exchange(command, (line) => {
    if (line.type === 'ok') return ok('')
    return line.type === 'error' ? err('refused', line.code) : undefined
  })
}

/**
 * A command with an immediate reply and a later event that ends it. The event alone is enough, should the reply have
 * been garbled.
 */
export function twoPhase(
  at: AtCommands,
  command: string,
  timeoutMs: number,
  onEvent: Matcher,
): Promise<Reply> {
  let isAccepted = false
  return at.exchange(
    command,
    (line) => {
      if (line.type === 'ok') isAccepted = true
      return line.type === 'error' && !isAccepted ? err('refused', line.code) : onEvent(line)
    },
    { timeoutMs, onTimeout: () => err(isAccepted ? 'event-timeout' : 'no-response') },
  )
}
