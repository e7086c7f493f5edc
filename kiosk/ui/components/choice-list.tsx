import type { ContestView, SelectionView } from '../../src/contract/views.ts'
import { useText } from '../i18n/use-text.ts'
import { chosenOptions, isSingleChoice } from '../model/selection.ts'
import { Icon } from './icon.tsx'

export interface ChoiceListProps {
  readonly contest: ContestView
  readonly selection: SelectionView | null
  readonly labelledBy: string
  readonly onPress: (option: number) => void
}

/** The options as full-width cards; pressing is choosing, and nothing moves on by itself. */
export function ChoiceList({ contest, selection, labelledBy, onPress }: ChoiceListProps) {
  const { say } = useText()
  const chosen = chosenOptions(selection)
  const isSingle = isSingleChoice(contest)
  const group = { role: isSingle ? 'radiogroup' : 'group', 'aria-labelledby': labelledBy }
  return (
    <div className="choices" {...group}>
      {contest.options.map((option) => (
        <ChoiceCard
          key={option.id}
          option={option.id}
          role={isSingle ? 'radio' : 'checkbox'}
          isChosen={chosen.includes(option.id)}
          title={say(option.title)}
          summary={say(option.summary)}
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
  /** Set apart from the options: "continue without choosing". */
  readonly isQuiet?: boolean
  readonly onPress: () => void
}

/**
 * One card. A button with the role of a radio or checkbox rather than a native input, which would choose while arrow
 * keys only look around.
 */
export function ChoiceCard(props: ChoiceCardProps) {
  const { role, isChosen, title, summary = '', option, isQuiet = false, onPress } = props
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
        <Icon name="check" />
      </span>
      <span>
        <span className="choice-title">{title}</span>
        {summary === '' ? null : <span className="choice-summary">{summary}</span>}
      </span>
    </button>
  )
}
