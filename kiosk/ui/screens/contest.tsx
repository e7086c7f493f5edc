import { useId } from 'react'
import type { ScreenOf } from '../../src/contract/views.ts'
import { Button } from '../components/button.tsx'
import { ChoiceCard, ChoiceList } from '../components/choice-list.tsx'
import { Counter } from '../components/counter.tsx'
import { Notice } from '../components/notice.tsx'
import { Screen } from '../components/screen.tsx'
import { useText } from '../i18n/use-text.ts'
import type { Notice as NoticeName } from '../model/local.ts'
import { isAnswered } from '../model/selection.ts'

export interface ContestProps {
  readonly screen: ScreenOf<'contest'>
  readonly place: string
  readonly notice: NoticeName | null
  /** Opened by "change" on the review: the way on leads back there. */
  readonly isChanging: boolean
  readonly onPress: (option: number) => void
  /** Set in the simple mode: the explanations stand on a page of their own. */
  readonly onDetails: (() => void) | undefined
  readonly onBlank: () => void
  readonly onBack: (() => void) | undefined
  readonly onNext: () => void
}

/** One contest, one question. Nothing moves on by itself. */
export function Contest({
  screen,
  place,
  notice,
  isChanging,
  onPress,
  onDetails,
  onBlank,
  onBack,
  onNext,
}: ContestProps) {
  const { t, say } = useText()
  const titleId = useId()
  const { contest, selection } = screen
  const isBrief = onDetails !== undefined
  const isLast = isChanging || screen.position === screen.count
  return (
    <Screen
      place={place}
      title={say(contest.title)}
      titleId={titleId}
      {...(isBrief ? {} : { lead: leadOf(say(contest.summary), t.contest.orderHow, contest.kind) })}
      step={2}
      stepLabel={t.contest.place(screen.position, screen.count)}
      above={
        <>
          <Counter contest={contest} selection={selection} />
          {notice === 'too-many' ? (
            <Notice tone="warning" text={t.contest.tooMany(contest.maxSelections)} />
          ) : null}
          {notice === 'over-budget' ? <Notice tone="warning" text={t.contest.overBudget} /> : null}
        </>
      }
      back={onBack === undefined ? undefined : { onPress: onBack }}
      next={{
        onPress: onNext,
        isReady: isAnswered(contest, selection),
        ...(isLast ? { label: t.contest.toReview } : {}),
      }}
    >
      <div className="stack">
        {onDetails === undefined ? null : (
          <Button tone="secondary" icon="text" onPress={onDetails}>
            {t.details.show}
          </Button>
        )}
        <ChoiceList
          contest={contest}
          selection={selection}
          labelledBy={titleId}
          isBrief={isBrief}
          onPress={onPress}
        />
        <ChoiceCard
          role="checkbox"
          isChosen={selection?.kind === 'blank'}
          title={t.contest.blank}
          isQuiet
          onPress={onBlank}
        />
      </div>
    </Screen>
  )
}

/** A ranking says how to rank, whatever its own summary says. */
function leadOf(summary: string, orderHow: string, kind: ScreenOf<'contest'>['contest']['kind']): string {
  return kind === 'rank' ? `${summary} ${orderHow}`.trim() : summary
}
