/** What waits at one kiosk, as far as the release rule looks. */
export interface KioskBacklog {
  /** Accepted ballots waiting; of proposals and supports the slips behind them. */
  readonly ballotCount: number
  /** Earliest promised deadline of anything waiting, unix seconds; tick-aligned, so no acceptance time. */
  readonly deadline: number
  /** A final manifest of this kiosk waits to be logged. */
  readonly hasFinalManifest: boolean
}

export interface ReleaseRule {
  readonly minPerKiosk: number
  readonly tickSeconds: number
}

/**
 * Whether a kiosk's waiting records are published at this tick: all together or not at all, so that a small
 * batch does not show who stood at the kiosk. They go when they are `minPerKiosk` or more, when waiting for the
 * next tick would break a promise, or at the kiosk's final manifest.
 */
export function isReleased(backlog: KioskBacklog, rule: ReleaseRule, tickAtSeconds: number): boolean {
  if (backlog.hasFinalManifest) return true
  if (backlog.ballotCount >= rule.minPerKiosk) return true
  return backlog.deadline <= tickAtSeconds + 2 * rule.tickSeconds
}

/** The next tick after `nowMs`, unix milliseconds; ticks lie on the grid of `tickSeconds` since 1970. */
export function nextTickMs(nowMs: number, tickSeconds: number): number {
  const tickMs = tickSeconds * 1000
  return (Math.floor(nowMs / tickMs) + 1) * tickMs
}
