import type { ScreenOf } from '../../src/contract/views.ts'
import { Button } from '../components/button.tsx'
import { Notice } from '../components/notice.tsx'
import { ProposalCard, ProposalText, Supporters } from '../components/proposal-text.tsx'
import { Screen } from '../components/screen.tsx'
import type { ProblemText } from '../i18n/catalog.ts'
import { useText } from '../i18n/use-text.ts'

/** What the neighbours propose, a page at a time. */
export function ProposalList(props: {
  readonly place: string
  readonly screen: ScreenOf<'proposal-list'>
  readonly problem: ProblemText | null
  readonly onShow: (id: string) => void
  readonly onPage: (page: number) => void
  readonly onWrite: () => void
  readonly onBack: () => void
}) {
  const { place, screen, problem, onShow, onPage, onWrite, onBack } = props
  const { t } = useText()
  const { list } = t.proposals
  const { page, pages, items } = screen
  return (
    <Screen
      place={`${place} ${page}`}
      title={list.title}
      {...(items.length === 0 ? {} : { lead: list.how })}
      step={null}
      stepLabel={list.place(page, pages)}
      above={problem === null ? undefined : <Notice tone="warning" text={problem} />}
      back={{ onPress: onBack }}
      next={{ onPress: onWrite, label: list.write, icon: 'pencil', isReady: items.length === 0 }}
    >
      <div className="stack">
        {items.length === 0 ? <Notice tone="info" text={list.empty} /> : null}
        {items.map((proposal) => (
          <ProposalCard key={proposal.id} proposal={proposal} onShow={() => onShow(proposal.id)} />
        ))}
        {pages === 1 ? null : (
          <div className="answers">
            <Button tone="secondary" icon="back" isOff={page === 1} onPress={() => onPage(page - 1)}>
              {list.before}
            </Button>
            <Button
              tone="secondary"
              icon="forward"
              iconLast
              isOff={page === pages}
              onPress={() => onPage(page + 1)}
            >
              {list.after}
            </Button>
          </div>
        )}
      </div>
    </Screen>
  )
}

/** One proposal in full. */
export function ProposalDetail(props: {
  readonly place: string
  readonly screen: ScreenOf<'proposal-detail'>
  readonly onSupport: () => void
  readonly onBack: () => void
}) {
  const { place, screen, onSupport, onBack } = props
  const { t, say } = useText()
  const { detail } = t.proposals
  const { proposal } = screen
  return (
    <Screen
      place={place}
      title={detail.title}
      step={null}
      stepLabel={say(proposal.topic.title)}
      back={{ onPress: onBack }}
    >
      <div className="stack loose">
        <ProposalText text={proposal.text} />
        <p>
          <Supporters proposal={proposal} />
        </p>
        {proposal.isWaiting ? (
          <Notice tone="info" text={detail.waiting} />
        ) : (
          <Button large tone="primary" icon="hand" keyName="next" onPress={onSupport}>
            {detail.support}
          </Button>
        )}
      </div>
    </Screen>
  )
}

/** The last question before the slip. */
export function ProposalSupport(props: {
  readonly place: string
  readonly screen: ScreenOf<'proposal-support'>
  readonly onNo: () => void
  readonly onYes: () => void
}) {
  const { place, screen, onNo, onYes } = props
  const { t, say } = useText()
  const { support } = t.proposals
  return (
    <Screen
      place={place}
      title={support.title}
      lead={support.how}
      step={null}
      stepLabel={say(screen.proposal.topic.title)}
      back={{ onPress: onNo }}
    >
      <div className="stack loose">
        <ProposalText text={screen.proposal.text} />
        <div className="answers">
          <Button large tone="secondary" onPress={onNo}>
            {support.no}
          </Button>
          <Button large tone="primary" keyName="next" onPress={onYes}>
            {support.yes}
          </Button>
        </div>
      </div>
    </Screen>
  )
}
