import type { ContestView, SelectionView } from '../../src/contract/views.ts'
import { useText } from '../i18n/use-text.ts'
import { chosenOptions, isSingleChoice } from '../model/selection.ts'
import { Icon } from './icon.tsx'

export interface ChoiceListProps {
  readonly contest: ContestView
  readonly selection: SelectionView | null
  readonly labelledBy: string
  /** Titles alone; the explanations stand on a page of their own. */
  readonly isBrief?: boolean
  readonly onPress: (option: number) => void
}

/** The options as full-width cards; pressing is choosing, and nothing moves on by itself. */
export function ChoiceList({ contest, selection, labelledBy, isBrief = false, onPress }: ChoiceListProps) {
  const { t, say } = useText()
  const chosen = chosenOptions(selection)
  const isSingle = isSingleChoice(contest)
  const group = { role: isSingle ? 'radiogroup' : 'group', 'aria-labelledby': labelledBy }
  return (
    <div className="choices" data-private="" {...group}>
      {contest.options.map((option) => (
        <ChoiceCard
          key={option.id}
          option={option.id}
          role={isSingle ? 'radio' : 'checkbox'}
          isChosen={chosen.includes(option.id)}
          title={say(option.title)}
          summary={isBrief ? '' : say(option.summary)}
          {...(option.cost === undefined ? {} : { cost: t.contest.money(option.cost) })}
          {...(contest.kind === 'rank' && chosen.includes(option.id)
            ? { place: chosen.indexOf(option.id) + 1 }
            : {})}
          onPress={() => onPress(option.id)}
        />
      ))}
    </div>
  )
}

export interface ChoiceCardProps {
  readonly role: 'radio' | 'checkbox'
  readonly isChosen: boolean
  readonly title: string
  readonly summary?: string
  readonly option?: number
  /** In a budget: the price, in words. */
  readonly cost?: string
  /** In a ranking: the place this option has. */
  readonly place?: number
  /** Set apart from the options: "continue without choosing". */
  readonly isQuiet?: boolean
  readonly onPress: () => void
}

/**
 * One card. A button with the role of a radio or checkbox rather than a native input, which would choose while arrow
 * keys only look around.
 */
export function ChoiceCard(props: ChoiceCardProps) {
  const { role, isChosen, title, summary = '', option, cost, place, isQuiet = false, onPress } = props
  const { t } = useText()
  const state = { role, 'aria-checked': isChosen }
  return (
    <button
      type="button"
      className={isQuiet ? 'choice quiet' : 'choice'}
      data-option={option}
      onClick={onPress}
      {...state}
    >
      <span className={role === 'radio' ? 'mark' : 'mark square'}>
        {place === undefined ? <Icon name="check" /> : <b aria-hidden="true">{place}</b>}
      </span>
      <span>
        {place === undefined ? null : <span className="choice-place">{t.contest.inPlace(place)}</span>}
        <span className="choice-title">{title}</span>
        {cost === undefined ? null : <span className="choice-cost numeric">{cost}</span>}
        {summary === '' ? null : <span className="choice-summary">{summary}</span>}
      </span>
    </button>
  )
}
