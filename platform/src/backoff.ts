import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'

/**
 * Milliseconds to wait before attempt number `attempt` + 1 (`attempt` starts at 1): exponential from `baseMs` up to
 * `maxMs`, of which between a half and the whole is taken at random, so that a fleet that lost its network
 * at once does not come back at once.
 */
export function backoffMs(options: {
  attempt: number
  baseMs: number
  maxMs: number
  random: RandomBytes
}): number {
  const { attempt, baseMs, maxMs, random } = options
  const ceilingMs = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30))
  const [high, low] = random(2)
  return ceilingMs * (0.5 + ((high! << 8) | low!) / 131_070)
}
