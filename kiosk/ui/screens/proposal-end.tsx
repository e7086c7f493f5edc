import type { ScreenOf } from '../../src/contract/views.ts'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { Screen } from '../components/screen.tsx'
import { useText } from '../i18n/use-text.ts'

/** Durably on this machine: that is what handing in successfully means, with or without a network. */
export function ProposalStored(props: {
  readonly place: string
  readonly screen: ScreenOf<'proposal-stored'>
  readonly onMore: () => void
  readonly onFinish: () => void
}) {
  const { place, screen, onMore, onFinish } = props
  const { t } = useText()
  const { stored } = t.proposals
  return (
    <Screen
      place={place}
      title={stored[screen.kind]}
      lead={stored.how}
      step={null}
      badge={{ icon: 'check', tone: 'success' }}
      canLeave={false}
      next={{ onPress: onFinish, label: stored.finish, icon: 'check' }}
    >
      <p className="promise">
        <Icon name="shield" />
        <span>{stored.offline}</span>
      </p>
      <Button tone="secondary" icon="text" onPress={onMore}>
        {stored.more}
      </Button>
    </Screen>
  )
}

/** Nobody answered: what was typed is erased, and the person who comes back is told so. */
export function ProposalExpired({ place, onFinish }: { place: string; onFinish: () => void }) {
  const { t } = useText()
  const { expired } = t.proposals
  return (
    <Screen
      place={place}
      title={expired.title}
      lead={expired.how}
      step={null}
      badge={{ icon: 'clock', tone: 'plain' }}
      canLeave={false}
    >
      <Button large tone="primary" icon="home" keyName="next" onPress={onFinish}>
        {expired.finish}
      </Button>
    </Screen>
  )
}
