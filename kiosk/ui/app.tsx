import { useCallback, useEffect, useReducer, useSyncExternalStore } from 'react'
import type { Client } from '../src/contract/define.ts'
import type { KioskContract } from '../src/contract/kiosk-contract.ts'
import type { KioskView } from '../src/contract/views.ts'
import { ActionsContext } from './components/actions.ts'
import { CATALOGS, LanguageContext } from './i18n/use-text.ts'
import { helpTopicOf, leavingErases, pageOf } from './model/flow.ts'
import { INITIAL_LOCAL, type LocalAction, localAt, reduceLocal } from './model/local.ts'
import type { ViewStore } from './model/store.ts'
import { HelpDialog, IdleDialog, LeaveDialog, MismatchDialog } from './screens/dialogs.tsx'
import { Waiting } from './screens/waiting.tsx'
import { useCalls } from './use-calls.ts'
import { usePhysicalSize } from './use-physical-size.ts'
import { Banner, Voter } from './voter.tsx'

export interface AppProps {
  readonly store: ViewStore
  readonly kiosk: Client<KioskContract>
  /** Monotonic milliseconds, the store's clock. */
  readonly now: () => number
}

/** Draws the core's newest view, with the page's own questions (help, leave, idle) on top. */
export function App({ store, kiosk, now }: AppProps) {
  const { view, isUnreachable, receivedMs } = useSyncExternalStore(store.subscribe, store.snapshot)
  const [stored, dispatchStored] = useReducer(reduceLocal, INITIAL_LOCAL)
  const dispatch = useCallback(
    (action: LocalAction) => {
      const newest = store.snapshot().view
      if (newest !== null) dispatchStored({ view: newest, action })
    },
    [store],
  )
  const call = useCalls(store, dispatch)
  usePageLanguage(view)
  usePhysicalSize(view)

  if (view === null) return <Waiting isUnreachable={isUnreachable} />
  const local = localAt(stored, view)
  const close = (): void => dispatch({ kind: 'dialog', dialog: null })
  const leave = (): void => call(() => kiosk['session.leave']({}))
  const actions = {
    switchLanguage: () =>
      call((newest) => kiosk['session.language']({ language: newest.language === 'ko' ? 'en' : 'ko' })),
    askHelp: () => dispatch({ kind: 'dialog', dialog: 'help' }),
    leave: () => (leavingErases(view) ? dispatch({ kind: 'dialog', dialog: 'leave' }) : leave()),
  }
  return (
    <LanguageContext value={view.language}>
      <ActionsContext value={actions}>
        <div className="page">
          <Voter view={view} local={local} kiosk={kiosk} call={call} dispatch={dispatch} />
        </div>
        {isUnreachable ? <Banner kind="unreachable" /> : null}
        {local.notice === 'unexpected' ? <Banner kind="unexpected" /> : null}
        {local.dialog === 'help' ? (
          <HelpDialog topic={helpTopicOf(pageOf(view, local))} onClose={close} />
        ) : null}
        {local.dialog === 'leave' ? <LeaveDialog onStay={close} onGo={leave} /> : null}
        {local.dialog === 'mismatch' ? <MismatchDialog onBack={close} onGo={leave} /> : null}
        {view.idle === null ? null : (
          <IdleDialog
            secondsLeft={view.idle.secondsLeft}
            receivedMs={receivedMs}
            now={now}
            onStay={() => call(() => kiosk['session.touch']({}))}
            onGo={leave}
          />
        )}
      </ActionsContext>
    </LanguageContext>
  )
}

function usePageLanguage(view: KioskView | null): void {
  const language = view?.language ?? 'ko'
  useEffect(() => {
    document.documentElement.lang = language
    document.title = CATALOGS[language].brand
  }, [language])
}
