import { backoffMs } from '@hanpyo/platform/backoff.ts'
import type { Clock } from '@hanpyo/platform/clock.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { err, type Result } from '@hanpyo/protocol/result.ts'
import { joinRequestAirtimeMs } from './airtime.ts'
import type { JoinError, LoraModem } from './modem.ts'

export interface JoinLoopOptions {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly signal: AbortSignal
  /** Called after each failed attempt. */
  readonly onFailure?: (error: JoinError, attempt: number, delayMs: number) => void
}

const HOUR_MS = 3_600_000
const FIRST_PAUSE_MS = 5_000
/** As rare as a polling day can bear. */
const LONGEST_PAUSE_MS = HOUR_MS
/** From the eleventh hour on a device that does not get in may send join-requests for 8.7 s a day (TS001-1.0.4, 7). */
const FALL_OFF_AFTER_MS = 11 * HOUR_MS
const DAILY_AIRTIME_MS = 8_700

/**
 * Bounds of the pauses between join attempts, for `backoffMs`, which takes between half and the whole of them. TS001-1.0.4
 * section 7 allows 36 s on air in the first hour, 36 s in the ten hours after it, and 8.7 s a day from then on. Pauses that
 * double from 5 s to an hour keep to the first two at every data rate; the third makes them longer at the slow ones.
 * `dataRate` null counts as the slowest.
 */
export function joinBackoff(
  sinceFirstMs: number,
  dataRate: number | null,
): { baseMs: number; maxMs: number } {
  const airtimeMs = joinRequestAirtimeMs(dataRate ?? 0)
  // One attempt less, for a day may begin with one.
  const perAttemptMs = (24 * HOUR_MS * airtimeMs) / (DAILY_AIRTIME_MS - airtimeMs)
  const fallOffMs = sinceFirstMs < FALL_OFF_AFTER_MS ? 0 : 2 * perAttemptMs
  return { baseMs: FIRST_PAUSE_MS, maxMs: Math.max(LONGEST_PAUSE_MS, fallOffMs) }
}

/**
 * Joins, with growing pauses and jitter between the attempts, until it worked, the modem is gone (`closed`) or the
 * signal is aborted (`cancelled`).
 */
export async function joinPersistently(
  modem: Pick<LoraModem, 'join' | 'dataRate'>,
  options: JoinLoopOptions,
): Promise<Result<void, 'closed' | 'cancelled'>> {
  const { clock, random, signal, onFailure } = options
  const startMs = clock.now()
  for (let attempt = 1; !signal.aborted; attempt++) {
    const joined = await modem.join()
    if (joined.ok) return joined
    if (joined.error === 'closed') return err('closed')
    const dataRate = await modem.dataRate().catch(() => null)
    const delayMs = backoffMs({ attempt, ...joinBackoff(clock.now() - startMs, dataRate), random })
    onFailure?.(joined.error, attempt, delayMs)
    await clock.sleep(delayMs, signal).catch(() => {})
  }
  return err('cancelled')
}
