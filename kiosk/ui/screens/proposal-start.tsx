import type { ScreenOf } from '../../src/contract/views.ts'
import { Screen } from '../components/screen.tsx'
import { Way } from '../components/way.tsx'
import { useText } from '../i18n/use-text.ts'

/** The entry: write one, or read what the neighbours propose. */
export function ProposalEntry(props: {
  readonly place: string
  readonly screen: ScreenOf<'proposals'>
  readonly onWrite: () => void
  readonly onRead: () => void
  readonly onBack: () => void
}) {
  const { place, screen, onWrite, onRead, onBack } = props
  const { t } = useText()
  const { entry } = t.proposals
  return (
    <Screen place={place} title={entry.title} lead={entry.how} step={null} back={{ onPress: onBack }}>
      <div className="stack">
        <Way icon="pencil" title={entry.write.name} how={entry.write.how} isPrimary onPress={onWrite} />
        <Way
          icon="text"
          title={entry.read}
          how={screen.count === 0 ? entry.none : entry.count(screen.count)}
          onPress={onRead}
        />
      </div>
    </Screen>
  )
}

/** What it is about. Pressing goes on; the way back is always open. */
export function ProposalTopic(props: {
  readonly place: string
  readonly screen: ScreenOf<'proposal-topic'>
  readonly onChoose: (topic: number) => void
  readonly onBack: () => void
}) {
  const { place, screen, onChoose, onBack } = props
  const { t, say } = useText()
  const { topic, step } = t.proposals
  return (
    <Screen
      place={place}
      title={topic.title}
      lead={topic.how}
      step={null}
      stepLabel={step}
      back={{ onPress: onBack }}
    >
      <div className="stack">
        {screen.topics.map(({ id, title }) => (
          <Way
            key={id}
            icon={id === screen.chosen ? 'check' : 'forward'}
            title={say(title)}
            {...(id === screen.chosen ? { how: topic.chosen } : {})}
            onPress={() => onChoose(id)}
          />
        ))}
      </div>
    </Screen>
  )
}
