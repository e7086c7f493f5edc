import { INITIAL, type SessionState } from './state.ts'

/** Real time, because people live in it: 90 s without a sign of life, then 60 s to answer, as often as wanted. */
export interface IdleTimes {
  readonly promptAfterMs: number
  readonly answerWithinMs: number
  /** How long a result stays on the screen when nobody touches it. */
  readonly resultMs: number
  readonly doneMs: number
}

export const IDLE_TIMES: IdleTimes = {
  promptAfterMs: 90_000,
  answerWithinMs: 60_000,
  resultMs: 60_000,
  doneMs: 15_000,
}

/** What silence leads to at a screen: a question first, the end of the session, or nothing. */
export function idleRule(
  state: SessionState,
  times: IdleTimes,
): { readonly kind: 'ask' | 'expire'; readonly afterMs: number } | null {
  switch (state.at.step) {
    case 'attract':
      // Somebody chose a language and went away.
      return state.language === INITIAL.language ? null : { kind: 'expire', afterMs: times.resultMs }
    case 'slip':
    case 'contest':
    case 'review':
    case 'prepared':
      return { kind: 'ask', afterMs: times.promptAfterMs }
    case 'stored':
    case 'checked':
    case 'receipt':
      return { kind: 'expire', afterMs: times.resultMs }
    case 'done':
      return { kind: 'expire', afterMs: times.doneMs }
  }
}
