import { backoffMs } from '@hanpyo/platform/backoff.ts'
import type { Clock } from '@hanpyo/platform/clock.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { err, type Result } from '@hanpyo/protocol/result.ts'
import type { JoinError, LoraModem } from './modem.ts'

export interface JoinLoopOptions {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly signal: AbortSignal
  /** Called after each failed attempt. */
  readonly onFailure?: (error: JoinError, attempt: number, delayMs: number) => void
}

/** The LoRa Alliance wants join requests to get rarer; an hour is as rare as a polling day can bear. */
const FIRST_PAUSE_MS = 5_000
const LONGEST_PAUSE_MS = 3_600_000

/**
 * Joins, with growing pauses and jitter between the attempts, until it worked, the modem is gone (`closed`) or the
 * signal is aborted (`cancelled`).
 */
export async function joinPersistently(
  modem: Pick<LoraModem, 'join'>,
  options: JoinLoopOptions,
): Promise<Result<void, 'closed' | 'cancelled'>> {
  const { clock, random, signal, onFailure } = options
  for (let attempt = 1; !signal.aborted; attempt++) {
    const joined = await modem.join()
    if (joined.ok) return joined
    if (joined.error === 'closed') return err('closed')
    const delayMs = backoffMs({ attempt, baseMs: FIRST_PAUSE_MS, maxMs: LONGEST_PAUSE_MS, random })
    onFailure?.(joined.error, attempt, delayMs)
    await clock.sleep(delayMs, signal).catch(() => {})
  }
  return err('cancelled')
}
