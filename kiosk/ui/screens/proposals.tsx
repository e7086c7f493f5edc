import type { Screen } from '../../src/contract/views.ts'
import type { ProblemText } from '../i18n/catalog.ts'
import { useText } from '../i18n/use-text.ts'
import { fitsTenColumns } from '../input/keyboard-layouts.ts'
import { keysOf, SCALE } from '../model/display.ts'
import { screenWidthMm } from '../model/physical-size.ts'
import type { VoterProps } from '../voter.tsx'
import { ProposalConsent, ProposalReadBack, ProposalSimilar, ProposalSlip } from './proposal-check.tsx'
import { ProposalExpired, ProposalStored } from './proposal-end.tsx'
import { ProposalDetail, ProposalList, ProposalSupport } from './proposal-read.tsx'
import { ProposalEntry, ProposalTopic } from './proposal-start.tsx'
import { ProposalWrite } from './proposal-write.tsx'

export type ProposalScreen = Extract<Screen, { screen: `proposal${string}` }>

/** The screens of handing in and supporting proposals: every press is one call, like in a vote. */
export function Proposals(props: VoterProps & { readonly screen: ProposalScreen; readonly place: string }) {
  const { screen, place, view, display, kiosk, call } = props
  const { t, language } = useText()
  const back = (): void => call(() => kiosk['proposal.back']({}))
  const next = (): void => call(() => kiosk['proposal.next']({}))
  const confirm = (): void => call(() => kiosk['proposal.confirm']({}))
  const finish = (): void => call(() => kiosk['session.finish']({}))
  const write = (): void => call(() => kiosk['proposal.new']({}))
  const list = (page: number): void => call(() => kiosk['proposal.list']({ page }))
  const show = (id: string): void => call(() => kiosk['proposal.show']({ id }))
  const problem = problemOf(props.local.notice, view.hint, t.proposals)
  switch (screen.screen) {
    case 'proposals':
      return (
        <ProposalEntry place={place} screen={screen} onWrite={write} onRead={() => list(1)} onBack={back} />
      )
    case 'proposal-topic':
      return (
        <ProposalTopic
          place={place}
          screen={screen}
          onChoose={(topic) => call(() => kiosk['proposal.topic']({ topic }))}
          onBack={back}
        />
      )
    case 'proposal-write': {
      const fitsTen = fitsTenColumns(screenWidthMm(view.kiosk.pxPerMm, innerWidth), SCALE[display.size])
      return (
        <ProposalWrite
          key={language}
          place={place}
          screen={screen}
          problem={problem}
          onProblemRead={() => props.dispatch({ kind: 'notice', notice: null })}
          fitsTen={fitsTen}
          layout={keysOf(display, fitsTen, language)}
          onLayout={(keys) => props.changeDisplay({ kind: 'keys', keys })}
          hasLimit={display.hasKeyLimit}
          onText={(text) => call(() => kiosk['proposal.text']({ text }))}
          onBack={back}
          onNext={next}
        />
      )
    }
    case 'proposal-similar':
      return <ProposalSimilar place={place} screen={screen} onShow={show} onBack={back} onNext={next} />
    case 'proposal-read-back':
      return (
        <ProposalReadBack
          place={place}
          screen={screen}
          onReplay={display.mode === 'audio' ? props.replay : null}
          onBack={back}
          onNext={next}
        />
      )
    case 'proposal-consent':
      return <ProposalConsent place={place} screen={screen} onNo={back} onYes={confirm} />
    case 'proposal-slip':
      return <ProposalSlip place={place} screen={screen} onBack={back} />
    case 'proposal-list':
      return (
        <ProposalList
          place={place}
          screen={screen}
          problem={problem}
          onShow={show}
          onPage={list}
          onWrite={write}
          onBack={back}
        />
      )
    case 'proposal-detail':
      return (
        <ProposalDetail
          place={place}
          screen={screen}
          onSupport={() => call(() => kiosk['proposal.support']({ id: screen.proposal.id }))}
          onBack={back}
        />
      )
    case 'proposal-support':
      return <ProposalSupport place={place} screen={screen} onNo={back} onYes={confirm} />
    case 'proposal-stored':
      return <ProposalStored place={place} screen={screen} onMore={() => list(1)} onFinish={finish} />
    case 'proposal-expired':
      return <ProposalExpired place={place} onFinish={finish} />
  }
}

/** What stands above the text or the list: why the last press did nothing, or that the slip comes later. */
function problemOf(
  notice: VoterProps['local']['notice'],
  hint: VoterProps['view']['hint'],
  t: { readonly problems: Readonly<Record<string, ProblemText>>; readonly hint: ProblemText },
): ProblemText | null {
  if (notice !== null && Object.hasOwn(t.problems, notice)) return t.problems[notice] ?? null
  return hint === 'slip-while-proposing' ? t.hint : null
}
