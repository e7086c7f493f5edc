import type { ScreenOf } from '../../src/contract/views.ts'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { SlipOverLight } from '../components/illustrations.tsx'
import { Notice } from '../components/notice.tsx'
import { ProposalCard, ProposalText } from '../components/proposal-text.tsx'
import { Screen } from '../components/screen.tsx'
import { useText } from '../i18n/use-text.ts'

/** Others said something alike: joining them may be what the person wants. */
export function ProposalSimilar(props: {
  readonly place: string
  readonly screen: ScreenOf<'proposal-similar'>
  readonly onShow: (id: string) => void
  readonly onBack: () => void
  readonly onNext: () => void
}) {
  const { place, screen, onShow, onBack, onNext } = props
  const { t } = useText()
  const { similar, step } = t.proposals
  return (
    <Screen
      place={place}
      title={similar.title}
      lead={similar.how}
      step={null}
      stepLabel={step}
      back={{ onPress: onBack }}
      next={{ onPress: onNext, label: similar.goOn }}
    >
      <div className="stack">
        {screen.similar.map((proposal) => (
          <ProposalCard key={proposal.id} proposal={proposal} onShow={() => onShow(proposal.id)} />
        ))}
      </div>
    </Screen>
  )
}

/** The text once more, to eye and ear, before anything is asked about it. */
export function ProposalReadBack(props: {
  readonly place: string
  readonly screen: ScreenOf<'proposal-read-back'>
  /** Says the text again, for somebody who listens. */
  readonly onReplay: (() => void) | null
  readonly onBack: () => void
  readonly onNext: () => void
}) {
  const { place, screen, onReplay, onBack, onNext } = props
  const { t, say } = useText()
  const { readBack, step } = t.proposals
  return (
    <Screen
      place={place}
      title={readBack.title}
      lead={readBack.how}
      step={null}
      stepLabel={`${step} · ${say(screen.topic.title)}`}
      back={{ onPress: onBack, label: readBack.fix, icon: 'pencil' }}
      next={{ onPress: onNext, label: readBack.right, icon: 'check' }}
    >
      <div className="stack">
        <ProposalText text={screen.text} />
        {onReplay === null ? null : (
          <Button tone="secondary" icon="headphones" onPress={onReplay}>
            {readBack.again}
          </Button>
        )}
      </div>
    </Screen>
  )
}

/** The last question before the slip: it will be public, without a name. */
export function ProposalConsent(props: {
  readonly place: string
  readonly screen: ScreenOf<'proposal-consent'>
  readonly onNo: () => void
  readonly onYes: () => void
}) {
  const { place, screen, onNo, onYes } = props
  const { t, say } = useText()
  const { consent, step } = t.proposals
  return (
    <Screen
      place={place}
      title={consent.title}
      lead={consent.how}
      step={null}
      stepLabel={`${step} · ${say(screen.topic.title)}`}
      back={{ onPress: onNo }}
    >
      <div className="stack loose">
        <ProposalText text={screen.text} />
        <p className="promise">
          <Icon name="lock" />
          <span>{consent.noName}</span>
        </p>
        <div className="answers">
          <Button large tone="secondary" onPress={onNo}>
            {consent.no}
          </Button>
          <Button large tone="primary" keyName="next" onPress={onYes}>
            {consent.yes}
          </Button>
        </div>
      </div>
    </Screen>
  )
}

/** Waiting for the slip, the last step before storing; why one was not accepted stands above the picture. */
export function ProposalSlip(props: {
  readonly place: string
  readonly screen: ScreenOf<'proposal-slip'>
  readonly onBack: () => void
}) {
  const { place, screen, onBack } = props
  const { t } = useText()
  const { slip, step } = t.proposals
  const { problem, purpose } = screen
  return (
    <Screen
      place={place}
      title={slip[purpose]}
      lead={slip.how}
      step={null}
      stepLabel={step}
      above={
        problem === null ? undefined : <Notice key={problem} tone="warning" text={slip.problems[problem]} />
      }
      back={{ onPress: onBack }}
    >
      <div className="center">
        <SlipOverLight label={t.slip.picture} />
      </div>
    </Screen>
  )
}
