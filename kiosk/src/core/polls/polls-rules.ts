import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { StaffAction } from '../../contract/staff-views.ts'
import type { Polls } from '../../contract/views.ts'

/** What the authority said in the ledger (0x02), as far as this kiosk has seen it. */
export type ElectionPolls = 'unknown' | 'not-open' | 'open' | 'closed' | 'sealed'
/** Where this machine's clock stands against the manifest's times. */
export type ElectionTime = 'before' | 'during' | 'after'

/** What limits this kiosk's polls from outside. */
export interface ElectionBound {
  readonly state: ElectionPolls
  readonly time: ElectionTime
}

export type BoundError = 'election-not-open' | 'election-closed' | 'outside-hours'

/**
 * Whether the polls may be opened or resumed. The ledger decides when it was seen. Without it this machine's clock does, but
 * a clock can be wrong: staff may then open `anyway`, knowingly.
 */
export function mayOpen(bound: ElectionBound, anyway: boolean): Result<void, BoundError> {
  switch (bound.state) {
    case 'open':
      return ok(undefined)
    case 'not-open':
      return err('election-not-open')
    case 'closed':
    case 'sealed':
      return err('election-closed')
    case 'unknown':
      return bound.time === 'during' || anyway ? ok(undefined) : err('outside-hours')
  }
}

/**
 * Whether somebody new may begin while this kiosk's polls are open. Only the authority's signed word stops voters: never
 * this machine's clock.
 */
export function electionEnded({ state }: ElectionBound): boolean {
  return state === 'closed' || state === 'sealed'
}

/** The one action staff most likely want: the big button. */
export function primaryAction(polls: Polls, bound: ElectionBound): StaffAction {
  const isOver = electionEnded(bound) || (bound.state === 'unknown' && bound.time === 'after')
  switch (polls) {
    case 'closed':
      return electionEnded(bound) ? 'lock' : 'open'
    case 'open':
      return isOver ? 'close' : 'lock'
    case 'paused':
      return isOver ? 'close' : 'resume'
    case 'final':
      return 'lock'
  }
}

/** @param nowMs unix ms; `opens` and `closes` are the manifest's, unix seconds. */
export function electionTime(nowMs: number, times: { opens: number; closes: number }): ElectionTime {
  if (nowMs < times.opens * 1000) return 'before'
  return nowMs < times.closes * 1000 ? 'during' : 'after'
}
