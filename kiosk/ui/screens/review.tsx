import type { ReviewItem, ScreenOf } from '../../src/contract/views.ts'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { Notice } from '../components/notice.tsx'
import { Screen } from '../components/screen.tsx'
import { useText } from '../i18n/use-text.ts'
import type { Notice as NoticeName } from '../model/local.ts'
import { chosenOptions, costOf, selectionsLeft } from '../model/selection.ts'

export interface ReviewProps {
  readonly screen: ScreenOf<'review'>
  readonly place: string
  readonly notice: NoticeName | null
  readonly onChange: (contest: number) => void
  readonly onNext: () => void
}

/** Everything chosen, with a way back to each. Blanks are marked, never blocked. */
export function Review({ screen, place, notice, onChange, onNext }: ReviewProps) {
  const { t } = useText()
  const short = screen.items.find(({ state }) => state === 'short')
  const isReady = short === undefined
  return (
    <Screen
      place={place}
      title={t.review.title}
      lead={t.review.how}
      step={3}
      above={
        notice === 'too-few' && short !== undefined ? (
          <Notice tone="warning" text={t.contest.tooFew(short.contest.minSelections)} />
        ) : undefined
      }
      back={{ onPress: () => onChange(screen.items.at(-1)?.contest.id ?? 0) }}
      next={{ onPress: onNext, label: t.review.next, icon: 'check', isReady }}
    >
      <div className="stack" data-private="">
        {screen.items.map((item) => (
          <Item key={item.contest.id} item={item} onChange={() => onChange(item.contest.id)} />
        ))}
      </div>
    </Screen>
  )
}

function Item({ item, onChange }: { item: ReviewItem; onChange: () => void }) {
  const { t, say } = useText()
  const { contest, state } = item
  const chosen = chosenOptions(item.selection).flatMap((id) => contest.options.find((o) => o.id === id) ?? [])
  const isFlagged = state === 'blank' || state === 'short'
  return (
    <section className={isFlagged ? 'review-item flagged' : 'review-item'} data-state={state}>
      <h2>{say(contest.title)}</h2>
      <Button
        tone="secondary"
        icon="pencil"
        onPress={onChange}
        label={t.review.changeWhat(say(contest.title))}
      >
        {t.review.change}
      </Button>
      <ul>
        {chosen.map((option, at) => (
          <li key={option.id}>
            {contest.kind === 'rank' ? <b>{t.contest.inPlace(at + 1)}</b> : <Icon name="check" />}
            <span>{say(option.title)}</span>
          </li>
        ))}
        {state === 'blank' ? (
          <li>
            <Icon name="minus" />
            <span>{t.review.nothing}</span>
          </li>
        ) : null}
      </ul>
      {contest.budget === undefined || chosen.length === 0 ? null : (
        <p className="soft numeric">
          {t.contest.spent(
            costOf(
              contest,
              chosen.map(({ id }) => id),
            ),
            contest.budget,
          )}
        </p>
      )}
      {state === 'under' && contest.budget === undefined ? (
        <p className="soft">{t.review.under(selectionsLeft(contest, item.selection))}</p>
      ) : null}
      {state === 'short' ? <p>{t.review.short(contest.minSelections)}</p> : null}
    </section>
  )
}
