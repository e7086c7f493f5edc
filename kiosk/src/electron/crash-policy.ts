/** Why the page has to come back. `core-unreachable`: the page loaded, but the core behind it did not answer. */
export type GoneReason = 'renderer-gone' | 'unresponsive' | 'core-unreachable'

export type CrashAction =
  | { readonly kind: 'reload'; readonly delayMs: number }
  | { readonly kind: 'out-of-service'; readonly retryMs: number }

/** Delays before the first, second, … reload within one window of time. */
const BACKOFF_MS = [1_000, 2_000, 5_000, 10_000, 10_000]
const WINDOW_MS = 5 * 60_000
const OUT_OF_SERVICE_RETRY_MS = 30_000

/**
 * What to do after the page was lost. `history` holds the times (ms) of earlier losses, oldest first, this one not
 * included. After five losses in five minutes the kiosk says that it is out of service and tries again every 30 s.
 * The voter's session lives in the core, so a reload shows the same step again; the core's idle timer still runs.
 */
export function crashPolicy(history: readonly number[], nowMs: number): CrashAction {
  const recent = recentLosses(history, nowMs).length
  const delayMs = BACKOFF_MS[recent]
  return delayMs === undefined
    ? { kind: 'out-of-service', retryMs: OUT_OF_SERVICE_RETRY_MS }
    : { kind: 'reload', delayMs }
}

/** The losses that still count at `nowMs`; older ones are forgotten. */
export function recentLosses(history: readonly number[], nowMs: number): number[] {
  return history.filter((at) => nowMs - at < WINDOW_MS)
}
