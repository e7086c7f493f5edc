import type { ContestView, SelectionView } from '../../src/contract/views.ts'
import { useText } from '../i18n/use-text.ts'
import { selectionsLeft } from '../model/selection.ts'

/** Longest row of dots; beyond it the words alone say how many are left. */
const MOST_DOTS = 8

/** How many may be chosen and how many are left, in words and dots. */
export function Counter({ contest, selection }: { contest: ContestView; selection: SelectionView | null }) {
  const { t } = useText()
  const most = contest.maxSelections
  const left = selectionsLeft(contest, selection)
  const state =
    selection?.kind === 'blank' ? t.contest.leftBlank : left === 0 ? t.contest.complete : t.contest.left(left)
  return (
    <div className="counter">
      {most > MOST_DOTS ? null : (
        <span className="counter-dots" aria-hidden="true">
          {Array.from({ length: most }, (_, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: dots have no identity but their place
            <span key={at} className={at < most - left ? 'filled' : 'empty'} />
          ))}
        </span>
      )}
      <p role="status">
        {t.contest.choose(most, contest.minSelections === most)} · {state}
      </p>
    </div>
  )
}
