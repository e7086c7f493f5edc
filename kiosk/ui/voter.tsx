import type { Client } from '../src/contract/define.ts'
import type { KioskContract } from '../src/contract/kiosk-contract.ts'
import type { KioskView } from '../src/contract/views.ts'
import { Notice } from './components/notice.tsx'
import { useText } from './i18n/use-text.ts'
import type { Display, DisplayAction } from './model/display.ts'
import { pageOf } from './model/flow.ts'
import { type Local, type LocalAction, placeOf } from './model/local.ts'
import { pressOption } from './model/selection.ts'
import { Checked, Done, PracticeDone, Receipt, Stored } from './screens/after.tsx'
import { Attract } from './screens/attract.tsx'
import { Confirm } from './screens/confirm.tsx'
import { Contest } from './screens/contest.tsx'
import { Details } from './screens/details.tsx'
import { Headphones, Mode } from './screens/mode.tsx'
import { Proposals } from './screens/proposals.tsx'
import { Review } from './screens/review.tsx'
import { Slip } from './screens/slip.tsx'
import { SlipNumber } from './screens/slip-number.tsx'
import { StaffDesk } from './screens/staff-desk.tsx'
import { StaffLanguage } from './screens/staff-language.tsx'
import { Technician } from './screens/technician.tsx'
import { Tracker } from './screens/tracker.tsx'
import type { Call } from './use-calls.ts'

export interface VoterProps {
  readonly view: KioskView
  readonly local: Local
  readonly display: Display
  readonly canSpeak: boolean
  readonly kiosk: Client<KioskContract>
  readonly call: Call
  readonly dispatch: (action: LocalAction) => void
  readonly changeDisplay: (action: DisplayAction) => void
  /** Takes over a view that staff's own calls answered with. */
  readonly accept: (view: KioskView) => void
  /** Says the page again, for somebody who listens. */
  readonly replay: () => void
}

/** The page for the core's view: every press is one call, and the core's answer draws the next page. */
export function Voter(props: VoterProps) {
  const { view, local, display, kiosk, call, dispatch } = props
  const page = pageOf(view, local)
  const place = placeOf(view)
  const { screen } = page
  const { notice } = local
  if (page.page === 'mode') return <ModeQuestion {...props} place={`${place} mode`} />
  if (page.page === 'headphones') {
    return (
      <Headphones
        place={`${place} headphones`}
        onAnswer={(isIn) => {
          props.changeDisplay({ kind: 'headphones', isIn })
          dispatch({ kind: 'headphones-answered' })
        }}
      />
    )
  }
  if (page.page === 'details') {
    return (
      <Details
        place={place}
        screen={page.screen}
        onClose={() => dispatch({ kind: 'reading', isOpen: false })}
      />
    )
  }
  if (page.page === 'confirm') {
    return (
      <Confirm
        place={place}
        onNo={() => dispatch({ kind: 'confirm', asking: false })}
        onYes={() =>
          call(async () => {
            const answer = await kiosk['session.cast']({})
            // Why it failed stands on the tracker screen, where the voter can try again or walk away.
            if (!answer.ok) dispatch({ kind: 'confirm', asking: false })
            return answer
          })
        }
      />
    )
  }
  if (page.page === 'number') {
    return (
      <SlipNumber
        place={`${place} number`}
        slipNumber={page.slipNumber}
        onSame={() => dispatch({ kind: 'number-compared' })}
        onDifferent={() => dispatch({ kind: 'dialog', dialog: 'mismatch' })}
      />
    )
  }
  switch (screen.screen) {
    case 'attract':
      return (
        <Attract
          view={view}
          onStart={() => call(() => kiosk['session.start']({}))}
          onPractise={() => call(() => kiosk['session.practise']({}))}
          onPropose={() => call(() => kiosk['proposal.start']({}))}
        />
      )
    case 'slip':
      return <Slip place={place} screen={screen} />
    case 'contest': {
      const { contest, position, contestIds } = screen
      const toReview = (): void => call(() => kiosk['session.review']({}))
      const show = (id: number | undefined): (() => void) | undefined =>
        id === undefined ? undefined : () => call(() => kiosk['session.show']({ contest: id }))
      return (
        <Contest
          place={place}
          screen={screen}
          notice={notice}
          isChanging={local.changing}
          onPress={(option) =>
            call((newest) => {
              const selection = selectionIn(newest, contest.id)
              const press = pressOption(contest, selection, option)
              if (press.kind !== 'select') return press.kind
              return kiosk['session.select']({ contest: contest.id, selection: press.selection })
            })
          }
          onDetails={
            display.mode === 'simple' ? () => dispatch({ kind: 'reading', isOpen: true }) : undefined
          }
          onBlank={() =>
            call((newest) => {
              const isBlank = selectionIn(newest, contest.id)?.kind === 'blank'
              const selection = isBlank ? null : ({ kind: 'blank' } as const)
              return kiosk['session.select']({ contest: contest.id, selection })
            })
          }
          onBack={local.changing ? toReview : show(contestIds[position - 2])}
          onNext={local.changing ? toReview : (show(contestIds[position]) ?? toReview)}
        />
      )
    }
    case 'review':
      return (
        <Review
          place={place}
          screen={screen}
          notice={notice}
          onChange={(contest) => {
            dispatch({ kind: 'changing' })
            call(() => kiosk['session.show']({ contest }))
          }}
          onNext={() => call(() => kiosk['session.prepare']({}))}
        />
      )
    case 'tracker':
      return (
        <Tracker
          place={place}
          screen={screen}
          notice={notice}
          onCast={() => dispatch({ kind: 'confirm', asking: true })}
          onCheck={() => call(() => kiosk['session.check']({}))}
          onBack={() => call(() => kiosk['session.review']({}))}
        />
      )
    case 'stored':
      return <Stored place={place} onNext={() => call(() => kiosk['session.receipt']({}))} />
    case 'checked':
      return (
        <Checked
          place={place}
          screen={screen}
          onAgain={() => call(() => kiosk['session.again']({}))}
          onStop={() => call(() => kiosk['session.finish']({}))}
        />
      )
    case 'receipt':
      return (
        <Receipt
          place={place}
          screen={screen}
          paper={view.receipt}
          onAgain={() => call(() => kiosk['session.again']({}))}
          onFinish={() => call(() => kiosk['session.finish']({}))}
        />
      )
    case 'done':
      return <Done place={place} onFinish={() => call(() => kiosk['session.finish']({}))} />
    case 'practice-done':
      return <PracticeDone place={place} onFinish={() => call(() => kiosk['session.finish']({}))} />
    case 'covered':
      return view.staff.role === 'technician' ? (
        <Technician view={view} kiosk={kiosk} accept={props.accept} />
      ) : (
        <StaffLanguage start={view.language}>
          <StaffDesk
            view={view}
            kiosk={kiosk}
            accept={props.accept}
            page={local.desk}
            onPage={(desk) => dispatch({ kind: 'desk', desk })}
          />
        </StaffLanguage>
      )
    default:
      return <Proposals {...props} screen={screen} place={place} />
  }
}

function ModeQuestion(props: VoterProps & { readonly place: string }) {
  const { view, display, canSpeak, kiosk, call, dispatch, changeDisplay } = props
  return (
    <Mode
      place={props.place}
      canSpeak={canSpeak}
      onChoose={(mode) => {
        changeDisplay({ kind: 'mode', mode })
        dispatch({ kind: 'mode-chosen', asksHeadphones: mode === 'audio' && !display.hasHeadphones })
      }}
      onOtherLanguage={() =>
        call(() => {
          dispatch({ kind: 'mode-chosen', asksHeadphones: false })
          return kiosk['session.language']({ language: view.language === 'ko' ? 'en' : 'ko' })
        })
      }
    />
  )
}

function selectionIn({ screen }: KioskView, contest: number) {
  return screen.screen === 'contest' && screen.contest.id === contest ? screen.selection : null
}

/** A sentence over any screen: something did not work, or the core is away. */
export function Banner({ kind }: { kind: 'unreachable' | 'unexpected' | 'practiceSlip' }) {
  const { t } = useText()
  return (
    <div className="banner">
      <Notice tone={kind === 'practiceSlip' ? 'info' : 'danger'} text={t.problem[kind]} />
    </div>
  )
}
