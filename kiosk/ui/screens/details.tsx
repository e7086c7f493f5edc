import type { ScreenOf } from '../../src/contract/views.ts'
import { Screen } from '../components/screen.tsx'
import { useText } from '../i18n/use-text.ts'

/** The explanations of a contest and its options as plain text, without anything to choose. */
export function Details({
  screen,
  place,
  onClose,
}: {
  screen: ScreenOf<'contest'>
  place: string
  onClose: () => void
}) {
  const { t, say } = useText()
  const { contest } = screen
  return (
    <Screen
      place={`${place} details`}
      title={say(contest.title)}
      lead={say(contest.summary)}
      step={2}
      stepLabel={t.details.title}
      next={{ onPress: onClose, label: t.details.close, icon: 'check' }}
    >
      <dl className="details" data-private="">
        {contest.options.map(({ id, title, summary, cost }) => (
          <div key={id}>
            <dt>{say(title)}</dt>
            {cost === undefined ? null : <dd className="numeric">{t.contest.money(cost)}</dd>}
            {say(summary) === '' ? null : <dd>{say(summary)}</dd>}
          </div>
        ))}
      </dl>
    </Screen>
  )
}
