import type { PreparedBallot } from '@hanpyo/protocol/ballot/create.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Language, SelectionView, SlipProblem } from '../../contract/views.ts'
import { checkSelection, reviewState, type SelectionError } from './selection.ts'
import {
  type AcceptedSlip,
  INITIAL,
  isSecret,
  type Selections,
  type SessionState,
  type SessionStep,
} from './state.ts'

/** What happened. Results of cryptography and storage come in as events; nothing is done in here. */
export type SessionEvent =
  | { readonly type: 'start' }
  | { readonly type: 'slip-accepted'; readonly slip: AcceptedSlip }
  | { readonly type: 'slip-refused'; readonly problem: SlipProblem }
  | { readonly type: 'select'; readonly contest: number; readonly selection: SelectionView | null }
  | { readonly type: 'show'; readonly contest: number }
  | { readonly type: 'review' }
  | { readonly type: 'prepared'; readonly prepared: PreparedBallot }
  | { readonly type: 'not-stored'; readonly problem: 'disk-full' | 'box-failed' }
  | { readonly type: 'stored' }
  | { readonly type: 'opened'; readonly opening: string }
  | { readonly type: 'receipt' }
  | { readonly type: 'again' }
  | { readonly type: 'finish' }
  | { readonly type: 'leave' }
  | { readonly type: 'expire' }
  | { readonly type: 'language'; readonly language: Language }

export type SessionError = 'wrong-step' | 'unknown-contest' | 'too-few-selected' | SelectionError

/** The errors that one kind of event can lead to. */
export type ErrorOfEvent<T extends SessionEvent['type']> = T extends 'language' | 'expire'
  ? never
  :
      | 'wrong-step'
      | (T extends 'select' | 'show' ? 'unknown-contest' : never)
      | (T extends 'select' ? SelectionError : never)
      | (T extends 'prepared' ? 'too-few-selected' : never)

const WRONG_STEP = err('wrong-step')

/** The voter's session as a pure function; an error leaves the state as it was. */
export function reduce(state: SessionState, event: SessionEvent): Result<SessionState, SessionError> {
  if (event.type === 'language') return ok({ ...state, language: event.language })
  if (event.type === 'expire') return ok(INITIAL)
  const next = step(state.at, event)
  if (!next.ok) return next
  // Nothing of one voter reaches the next, the language included.
  return ok(next.value.step === 'attract' ? INITIAL : { ...state, at: next.value })
}

type StepEvent = Exclude<SessionEvent, { type: 'language' | 'expire' }>

function step(at: SessionStep, event: StepEvent): Result<SessionStep, SessionError> {
  switch (event.type) {
    case 'start':
      return at.step === 'attract' ? ok({ step: 'slip', problem: null }) : WRONG_STEP
    case 'slip-accepted':
      if (!takesSlip(at)) return WRONG_STEP
      return ok({ step: 'contest', slip: event.slip, selections: new Map(), position: 0 })
    case 'slip-refused':
      return takesSlip(at) ? ok({ step: 'slip', problem: event.problem }) : WRONG_STEP
    case 'select':
      return select(at, event.contest, event.selection)
    case 'show':
      return show(at, event.contest)
    case 'review':
      if (at.step !== 'contest' && at.step !== 'prepared') return WRONG_STEP
      return ok({ step: 'review', slip: at.slip, selections: at.selections })
    case 'prepared':
      if (at.step !== 'review') return WRONG_STEP
      return isReady(at.slip, at.selections)
        ? ok({ ...at, step: 'prepared', prepared: event.prepared, problem: null })
        : err('too-few-selected')
    case 'not-stored':
      return at.step === 'prepared' ? ok({ ...at, problem: event.problem }) : WRONG_STEP
    case 'stored':
      if (at.step !== 'prepared') return WRONG_STEP
      return ok({ step: 'stored', slipNumber: at.slip.number, tracker: at.prepared.tracker })
    case 'opened': {
      if (at.step !== 'prepared') return WRONG_STEP
      const { slip, prepared } = at
      return ok({
        step: 'checked',
        slipNumber: slip.number,
        tracker: prepared.tracker,
        opening: event.opening,
      })
    }
    case 'receipt': {
      if (at.step !== 'stored' && at.step !== 'checked') return WRONG_STEP
      const kind = at.step === 'stored' ? 'cast' : 'checked'
      return ok({ step: 'receipt', slipNumber: at.slipNumber, tracker: at.tracker, kind })
    }
    case 'again': {
      const isChecked = at.step === 'checked' || (at.step === 'receipt' && at.kind === 'checked')
      return isChecked ? ok({ step: 'slip', problem: null }) : WRONG_STEP
    }
    case 'finish':
      if (at.step === 'done') return ok({ step: 'attract' })
      return at.step === 'stored' || at.step === 'checked' || at.step === 'receipt'
        ? ok({ step: 'done' })
        : WRONG_STEP
    case 'leave':
      return at.step === 'slip' || isSecret(at) ? ok({ step: 'attract' }) : WRONG_STEP
  }
}

/** Whether a scanned slip would be looked at now. */
export function takesSlip(at: SessionStep): boolean {
  return at.step === 'attract' || at.step === 'slip'
}

/** Whether every contest has an answer that counts or is blank. */
export function isReady(slip: AcceptedSlip, selections: Selections): boolean {
  return slip.contests.every((contest) => reviewState(contest, selections.get(contest.id)) !== 'short')
}

function select(
  at: SessionStep,
  contestId: number,
  selection: SelectionView | null,
): Result<SessionStep, SessionError> {
  if (at.step !== 'contest' && at.step !== 'review') return WRONG_STEP
  const contest = at.slip.contests.find(({ id }) => id === contestId)
  if (contest === undefined) return err('unknown-contest')
  const checked = selection === null ? ok(null) : checkSelection(contest, selection)
  if (!checked.ok) return checked
  const selections = new Map(at.selections)
  if (checked.value === null) selections.delete(contestId)
  else selections.set(contestId, checked.value)
  return ok({ ...at, selections })
}

function show(at: SessionStep, contestId: number): Result<SessionStep, SessionError> {
  if (at.step !== 'contest' && at.step !== 'review') return WRONG_STEP
  const position = at.slip.contests.findIndex(({ id }) => id === contestId)
  if (position < 0) return err('unknown-contest')
  return ok({ step: 'contest', slip: at.slip, selections: at.selections, position })
}
