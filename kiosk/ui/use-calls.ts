import type { Result } from '@hanpyo/protocol/result.ts'
import { useCallback, useRef } from 'react'
import type { KioskView } from '../src/contract/views.ts'
import type { LocalAction, Notice } from './model/local.ts'
import type { ViewStore } from './model/store.ts'

/** One press: looks at the newest view and either asks the core or names a notice. */
export type Press = (newest: KioskView) => Promise<Result<KioskView, string>> | Notice
export type Call = (press: Press) => void

/**
 * Sends presses to the core one after another, each seeing the answer to the one before: two quick taps on two
 * options are two choices, and a double tap on "next" goes on once (the second answer is `wrong-step`).
 */
export function useCalls(store: ViewStore, dispatch: (action: LocalAction) => void): Call {
  const queue = useRef<Promise<void>>(Promise.resolve())
  return useCallback(
    (press) => {
      const run = async (): Promise<void> => {
        const { view } = store.snapshot()
        if (view === null) return
        const answer = press(view)
        const notice = typeof answer === 'string' ? answer : await settle(answer, store)
        dispatch({ kind: 'notice', notice })
      }
      // A bug in one press is reported and must not make all later presses dead.
      queue.current = queue.current.then(run).catch(reportError)
    },
    [store, dispatch],
  )
}

async function settle(answer: Promise<Result<KioskView, string>>, store: ViewStore): Promise<Notice | null> {
  const result = await answer
  if (!result.ok) return noticeFor(result.error)
  store.accept(result.value)
  return null
}

/** Errors the screen itself shows, or that only mean "the page was a moment behind", need no notice. */
function noticeFor(error: string): Notice | null {
  switch (error) {
    case 'wrong-step':
    case 'unknown-contest':
    case 'polls-not-open':
    case 'disk-full':
    case 'box-failed':
    case 'core-unreachable':
    case 'slip-damaged':
    case 'slip-not-ours':
    case 'slip-foreign':
    case 'slip-two-part':
      return null
    case 'text-empty':
    case 'text-character':
    case 'text-marks':
    case 'proposal-waiting':
    case 'unknown-proposal':
      return error
    // The page explains it before the core has to.
    case 'text-too-long':
    case 'slip-while-practising':
    case 'slip-while-proposing':
      return null
    case 'slip-used':
      return 'used-meanwhile'
    case 'too-many-selected':
      return 'too-many'
    case 'over-budget':
      return 'over-budget'
    case 'too-few-selected':
      return 'too-few'
    default:
      return 'unexpected'
  }
}
