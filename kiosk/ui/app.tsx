import { useCallback, useEffect, useMemo, useReducer, useRef, useSyncExternalStore } from 'react'
import type { Client } from '../src/contract/define.ts'
import type { KioskContract } from '../src/contract/kiosk-contract.ts'
import type { KioskView } from '../src/contract/views.ts'
import { ActionsContext } from './components/actions.ts'
import { CATALOGS, LanguageContext } from './i18n/use-text.ts'
import { DEFAULT_DISPLAY, type Display, reduceDisplay, showsIdlePrompt } from './model/display.ts'
import { helpTopicOf, isProposing, leavingErases, pageOf } from './model/flow.ts'
import { INITIAL_LOCAL, type Local, type LocalAction, localAt, reduceLocal } from './model/local.ts'
import type { ViewStore } from './model/store.ts'
import { HelpDialog, IdleDialog, LeaveDialog, MismatchDialog } from './screens/dialogs.tsx'
import { PinDialog } from './screens/pin.tsx'
import { Settings } from './screens/settings.tsx'
import { Waiting } from './screens/waiting.tsx'
import { createLiveVoice } from './speech/live-voice.ts'
import { useCalls } from './use-calls.ts'
import { useDisplay } from './use-display.ts'
import { useKeys } from './use-keys.ts'
import { type LoadIndex, useSpeech } from './use-speech.ts'
import { Banner, Voter } from './voter.tsx'

export interface AppProps {
  readonly store: ViewStore
  readonly kiosk: Client<KioskContract>
  /** Monotonic milliseconds, the store's clock. */
  readonly now: () => number
  readonly loadClips: LoadIndex
  /** Where the page starts instead of the beginning; the gallery shows every question and setting with it. */
  readonly start?: { readonly local: Local; readonly display: Display }
}

/** Draws the core's newest view, with the page's own questions (help, leave, idle, settings) on top. */
export function App({ store, kiosk, now, loadClips, start }: AppProps) {
  const { view, isUnreachable, receivedMs } = useSyncExternalStore(store.subscribe, store.snapshot)
  const [stored, dispatchStored] = useReducer(reduceLocal, start?.local ?? INITIAL_LOCAL)
  const [display, changeDisplay] = useReducer(reduceDisplay, start?.display ?? DEFAULT_DISPLAY)
  const dispatch = useCallback(
    (action: LocalAction) => {
      const newest = store.snapshot().view
      if (newest !== null) dispatchStored({ view: newest, action })
    },
    [store],
  )
  const call = useCalls(store, dispatch)
  const isTall = useDisplay(view, display)
  const liveVoice = useMemo(() => createLiveVoice(kiosk), [kiosk])
  const speech = useSpeech(view, display, loadClips, liveVoice)
  usePageLanguage(view)
  // The PIN pad that let staff in, or a dialog their card came upon, is not there any more when they lock.
  const isStaffHere = view?.staff.isUnlocked ?? false
  useEffect(() => {
    if (isStaffHere) dispatch({ kind: 'dialog', dialog: null })
  }, [isStaffHere, dispatch])
  useKeys({
    display,
    speech,
    change: changeDisplay,
    // Somebody who plugs headphones in at the first screen wants to listen: no screen has to be found first.
    onHeadphonesAtStart: () => {
      changeDisplay({ kind: 'mode', mode: 'audio' })
      call(() => kiosk['session.start']({}))
      call(() => {
        dispatch({ kind: 'mode-chosen', asksHeadphones: false })
        return kiosk['session.touch']({})
      })
    },
    isAtStart: view?.screen.screen === 'attract' && view.polls === 'open',
    headphones: view?.input.headphones ?? null,
  })
  const isAsking = useIdlePrompt({
    view,
    display,
    now,
    onStillHere: () => call(() => kiosk['session.touch']({})),
  })

  if (view === null) return <Waiting isUnreachable={isUnreachable} />
  const local = localAt(stored, view)
  const close = (): void => dispatch({ kind: 'dialog', dialog: null })
  const leave = (): void => call(() => kiosk['session.leave']({}))
  const actions = {
    switchLanguage: () =>
      call((newest) => kiosk['session.language']({ language: newest.language === 'ko' ? 'en' : 'ko' })),
    openSettings: view.session === null ? null : () => dispatch({ kind: 'dialog', dialog: 'settings' }),
    askHelp: () => dispatch({ kind: 'dialog', dialog: 'help' }),
    isPractice: view.isPractice,
    leave: () => (leavingErases(view) ? dispatch({ kind: 'dialog', dialog: 'leave' }) : leave()),
  }
  return (
    <LanguageContext value={view.language}>
      <ActionsContext value={actions}>
        <div className="page">
          <Voter
            view={view}
            local={local}
            display={display}
            canSpeak={speech.canSpeak}
            kiosk={kiosk}
            call={call}
            dispatch={dispatch}
            changeDisplay={changeDisplay}
            accept={store.accept}
            replay={speech.replay}
          />
        </div>
        {isUnreachable ? <Banner kind="unreachable" /> : null}
        {local.notice === 'unexpected' ? <Banner kind="unexpected" /> : null}
        {view.hint === 'slip-while-practising' ? <Banner kind="practiceSlip" /> : null}
        {local.dialog === 'help' ? (
          <HelpDialog
            topic={helpTopicOf(pageOf(view, local))}
            isProposing={isProposing(view)}
            isCalled={view.isHelpCalled}
            onCall={(isCalled) => call(() => kiosk['session.help']({ isCalled }))}
            onStaff={view.staff.isSetUp ? () => dispatch({ kind: 'dialog', dialog: 'staff' }) : null}
            onClose={close}
          />
        ) : null}
        {local.dialog === 'leave' ? (
          <LeaveDialog isProposing={isProposing(view)} onStay={close} onGo={leave} />
        ) : null}
        {local.dialog === 'mismatch' ? <MismatchDialog onBack={close} onGo={leave} /> : null}
        {local.dialog === 'staff' ? (
          <PinDialog view={view} kiosk={kiosk} accept={store.accept} onClose={close} />
        ) : null}
        {local.dialog === 'settings' ? (
          <Settings
            display={display}
            isTall={isTall}
            isWriting={view.screen.screen === 'proposal-write'}
            canSpeak={speech.canSpeak}
            onChange={changeDisplay}
            onReplay={speech.replay}
            onStop={speech.stop}
            onClose={close}
          />
        ) : null}
        {view.idle === null || !isAsking ? null : (
          <IdleDialog
            secondsLeft={view.idle.secondsLeft}
            receivedMs={receivedMs}
            now={now}
            isProposing={isProposing(view)}
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

/** Whether the idle question is shown now; to somebody who listens or scans the core's first one is not. */
function useIdlePrompt(input: {
  readonly view: KioskView | null
  readonly display: Display
  readonly now: () => number
  readonly onStillHere: () => void
}): boolean {
  const { view, display, now, onStillHere } = input
  const lastSignMs = useRef(now())
  useEffect(() => {
    const onSign = (): void => {
      lastSignMs.current = now()
    }
    const events = ['pointerdown', 'keydown'] as const
    for (const name of events) window.addEventListener(name, onSign, { capture: true })
    return () => {
      for (const name of events) window.removeEventListener(name, onSign, { capture: true })
    }
  }, [now])
  const isAsked = view !== null && view.idle !== null
  const isShown = isAsked && showsIdlePrompt(display, now() - lastSignMs.current)
  const isAnsweredForThem = isAsked && !isShown
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each time the core asks
  useEffect(() => {
    if (isAnsweredForThem) onStillHere()
  }, [isAnsweredForThem])
  return isShown
}
