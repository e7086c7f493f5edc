import type { Clock } from '@hanpyo/platform/clock.ts'
import { ok, type Result } from '@hanpyo/protocol/result.ts'
import type { ReplyError } from './at-commands.ts'
import type { ModemTime } from './dialect.ts'
import type { NetworkTime } from './modem.ts'
import { TICK_POLL_MS, TICK_POLLS } from './timing.ts'

/**
 * Compares a modem's clock, which was just set by the network, with ours. A modem that shows whole seconds is watched until
 * the next second begins, so that the answer is good to the time between two looks.
 */
export async function readNetworkTime(
  read: () => Promise<Result<ModemTime, ReplyError>>,
  clock: Clock,
  signal: AbortSignal,
): Promise<Result<NetworkTime, ReplyError>> {
  let askedMs = clock.now()
  const first = await read()
  if (!first.ok) return first
  const stepMs = first.value.stepMs
  let seen = { unixMs: first.value.unixMs, askedMs, atMs: clock.now() }
  for (let poll = 0; stepMs > TICK_POLL_MS && poll < TICK_POLLS && !signal.aborted; poll++) {
    await clock.sleep(TICK_POLL_MS, signal).catch(() => {})
    askedMs = clock.now()
    const next = await read()
    if (!next.ok) return next
    const atMs = clock.now()
    if (next.value.unixMs !== seen.unixMs) {
      return ok({
        offsetMs: next.value.unixMs - atMs,
        accuracyMs: Math.max(TICK_POLL_MS, atMs - seen.askedMs),
      })
    }
    seen = { unixMs: next.value.unixMs, askedMs, atMs }
  }
  return ok({ offsetMs: seen.unixMs - seen.atMs, accuracyMs: Math.max(stepMs, seen.atMs - seen.askedMs) })
}
