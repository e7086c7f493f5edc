/** Where a person is while proposing, as a pure state machine; `proposal-session.ts` runs it. */
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { ProposalSlipProblem, ProposalView } from '../../contract/proposal-views.ts'

/** Where a proposal of somebody else was opened from. */
export type Origin =
  | { readonly step: 'similar'; readonly similar: readonly ProposalView[] }
  | { readonly step: 'list'; readonly page: number }

export type ProposalStep =
  | { readonly step: 'home' }
  | { readonly step: 'topic' }
  | { readonly step: 'write' }
  | { readonly step: 'read-back' }
  | { readonly step: 'consent' }
  | Origin
  | { readonly step: 'detail'; readonly proposal: ProposalView; readonly origin: Origin }
  | { readonly step: 'support'; readonly proposal: ProposalView; readonly origin: Origin }
  | { readonly step: 'slip'; readonly problem: ProposalSlipProblem | null; readonly from: SlipFrom }
  | { readonly step: 'stored'; readonly kind: 'proposed' | 'supported' }
  | { readonly step: 'expired' }

/** What the slip is for: the step that asked for it. */
export type SlipFrom =
  | { readonly step: 'consent' }
  | { readonly step: 'support'; readonly proposal: ProposalView; readonly origin: Origin }

export interface ProposalState {
  readonly at: ProposalStep
  /** Topic id; `null` before one was chosen. */
  readonly topic: number | null
  /** What was typed, in NFC. */
  readonly text: string
}

export const HOME: ProposalState = { at: { step: 'home' }, topic: null, text: '' }

export type ProposalEvent =
  | { readonly type: 'new' }
  | { readonly type: 'topic'; readonly topic: number }
  | { readonly type: 'text'; readonly text: string }
  /** Leaves the writing; `text` is the one that passed the check. */
  | { readonly type: 'written'; readonly text: string; readonly similar: readonly ProposalView[] }
  /** similar → read-back, read-back → consent. */
  | { readonly type: 'next' }
  | { readonly type: 'back' }
  | { readonly type: 'list'; readonly page: number }
  | { readonly type: 'show'; readonly proposal: ProposalView }
  | { readonly type: 'support'; readonly proposal: ProposalView }
  | { readonly type: 'confirm' }
  | { readonly type: 'slip-refused'; readonly problem: ProposalSlipProblem }
  | { readonly type: 'stored' }
  | { readonly type: 'expire' }

/** The state after an event; `null` is the end. `wrong-step`: the event makes no sense here. Total. */
export function reduceProposal(
  state: ProposalState,
  event: ProposalEvent,
): Result<ProposalState | null, 'wrong-step'> {
  const { at } = state
  const go = (step: ProposalStep): Result<ProposalState, never> => ok({ ...state, at: step })
  switch (event.type) {
    case 'new':
      return mayRoam(at) ? go({ step: 'topic' }) : err('wrong-step')
    case 'topic':
      return at.step === 'topic'
        ? ok({ ...state, topic: event.topic, at: { step: 'write' } })
        : err('wrong-step')
    case 'text':
      return at.step === 'write' ? ok({ ...state, text: event.text }) : err('wrong-step')
    case 'written': {
      if (at.step !== 'write') return err('wrong-step')
      const { text, similar } = event
      return ok({
        ...state,
        text,
        at: similar.length > 0 ? { step: 'similar', similar } : { step: 'read-back' },
      })
    }
    case 'next':
      if (at.step === 'similar') return go({ step: 'read-back' })
      return at.step === 'read-back' ? go({ step: 'consent' }) : err('wrong-step')
    case 'back': {
      const before = stepBefore(at)
      if (before === null) return err('wrong-step')
      return before === 'leave' ? ok(null) : go(before)
    }
    case 'list':
      return mayRoam(at) ? go({ step: 'list', page: event.page }) : err('wrong-step')
    case 'show': {
      const origin = originOf(at)
      return origin === null || at.step === 'detail'
        ? err('wrong-step')
        : go({ step: 'detail', proposal: event.proposal, origin })
    }
    case 'support': {
      const origin = originOf(at)
      return origin === null ? err('wrong-step') : go({ step: 'support', proposal: event.proposal, origin })
    }
    case 'confirm':
      if (at.step !== 'consent' && at.step !== 'support') return err('wrong-step')
      return go({ step: 'slip', problem: null, from: at })
    case 'slip-refused':
      return at.step === 'slip' ? go({ ...at, problem: event.problem }) : err('wrong-step')
    case 'stored':
      if (at.step !== 'slip') return err('wrong-step')
      return ok({
        ...HOME,
        at: { step: 'stored', kind: at.from.step === 'consent' ? 'proposed' : 'supported' },
      })
    case 'expire':
      return state.text.trim() === '' || at.step === 'expired'
        ? ok(null)
        : ok({ ...HOME, at: { step: 'expired' } })
  }
}

/** Steps from which one can go to the list or begin anew without losing anything typed. */
function mayRoam(at: ProposalStep): boolean {
  if (at.step === 'detail') return at.origin.step === 'list'
  return at.step === 'home' || at.step === 'list' || at.step === 'stored'
}

/** Where "back" leads from a proposal opened here; `null` where none can be opened. */
function originOf(at: ProposalStep): Origin | null {
  if (at.step === 'list' || at.step === 'similar') return at
  return at.step === 'detail' ? at.origin : null
}

function stepBefore(at: ProposalStep): ProposalStep | 'leave' | null {
  switch (at.step) {
    case 'home':
      return 'leave'
    case 'topic':
    case 'list':
      return { step: 'home' }
    case 'write':
      return { step: 'topic' }
    case 'similar':
    case 'read-back':
      return { step: 'write' }
    case 'consent':
      return { step: 'read-back' }
    case 'detail':
      return at.origin
    case 'support':
      return { step: 'detail', proposal: at.proposal, origin: at.origin }
    case 'slip':
      return at.from
    case 'stored':
    case 'expired':
      return null
  }
}
