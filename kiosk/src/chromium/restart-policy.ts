export type RestartAction =
  | { readonly kind: 'restart'; readonly delayMs: number }
  | { readonly kind: 'give-up'; readonly exits: number }

const BACKOFF_MS = [1_000, 2_000, 5_000, 10_000, 20_000, 30_000]
const LONGEST_DELAY_MS = 30_000
/** A browser that ran this long counts as healthy: its exit starts the delays from the beginning. */
const HEALTHY_MS = 5 * 60_000
/** Exits in a row that came too soon; after that the service manager takes over and staff are told. */
const MOST_EXITS = 20

export interface BrowserRun {
  readonly startedMs: number
  readonly endedMs: number
}

/** What to do after the browser ended; `runs` are all runs so far, oldest first, the one that just ended last. */
export function restartPolicy(runs: readonly BrowserRun[]): RestartAction {
  const sinceHealthy = runs.length - 1 - runs.findLastIndex(isHealthy)
  if (sinceHealthy >= MOST_EXITS) return { kind: 'give-up', exits: sinceHealthy }
  return { kind: 'restart', delayMs: BACKOFF_MS[Math.max(0, sinceHealthy - 1)] ?? LONGEST_DELAY_MS }
}

function isHealthy(run: BrowserRun): boolean {
  return run.endedMs - run.startedMs >= HEALTHY_MS
}
