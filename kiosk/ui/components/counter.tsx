import type { ContestView, SelectionView } from '../../src/contract/views.ts'
import { useText } from '../i18n/use-text.ts'
import { chosenOptions, costOf, selectionsLeft } from '../model/selection.ts'

/** Longest row of dots; beyond it the words alone say how many are left. */
const MOST_DOTS = 8

/** How many may be chosen and how many are left, in words and dots. */
export function Counter({ contest, selection }: { contest: ContestView; selection: SelectionView | null }) {
  const { t } = useText()
  const most = contest.maxSelections
  const left = selectionsLeft(contest, selection)
  const state =
    selection?.kind === 'blank' ? t.contest.leftBlank : left === 0 ? t.contest.complete : t.contest.left(left)
  const ask = contest.kind === 'rank' ? t.contest.rank : t.contest.choose
  const how =
    contest.budget === undefined
      ? `${ask(most, contest.minSelections === most)} · ${state}`
      : selection?.kind === 'blank'
        ? t.contest.leftBlank
        : t.contest.spent(costOf(contest, chosenOptions(selection)), contest.budget)
  return (
    <div className="counter" data-private="">
      {most > MOST_DOTS || contest.budget !== undefined ? null : (
        <span className="counter-dots" aria-hidden="true">
          {Array.from({ length: most }, (_, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: dots have no identity but their place
            <span key={at} className={at < most - left ? 'filled' : 'empty'} />
          ))}
        </span>
      )}
      <p role="status" className="numeric">
        {how}
      </p>
    </div>
  )
}
