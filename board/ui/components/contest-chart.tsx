import type { ContestView } from '../../src/snapshot.ts'
import { type ContestRow, contestRows, type OpenedResult, placesText } from '../contest-rows.ts'
import { useText } from '../i18n/use-text.ts'
import { type Bar, Bars } from './bars.tsx'

/** The count of one contest as bars, with what their length means and the same as a table. */
export function ContestChart({
  title,
  contest,
  result,
}: {
  readonly title: string
  readonly contest: ContestView
  readonly result: OpenedResult
}) {
  const text = useText()
  const { t, n, share } = text
  const { total } = result
  const { options, rest, places } = contestRows(contest, result, text)
  const hasCosts = contest.budget !== undefined
  const won = (amount: number): string => t.results.won(n(amount))
  const cells = ({ votes, cost, byRank }: ContestRow): string[] => [
    n(votes),
    share(votes, total),
    ...(hasCosts ? [cost === null ? '–' : won(cost)] : []),
    ...Array.from({ length: places }, (_, at) => (byRank === null ? '–' : n(byRank[at] ?? 0))),
  ]
  const barOf = (row: ContestRow): Bar => ({
    key: row.key,
    label: row.label,
    value: row.votes,
    figure: `${n(row.votes)} (${share(row.votes, total)})`,
    cells: cells(row),
    ...(row.byRank === null ? {} : { parts: row.byRank, note: placesText(text, row.byRank) }),
    ...(row.cost === null ? {} : { note: t.results.costs(won(row.cost)) }),
  })
  return (
    <>
      <p>
        {t.results.ballots(n(total))}
        {contest.budget === undefined ? '' : ` · ${t.results.budget(won(contest.budget))}`}
      </p>
      {places === 0 ? null : <p className="fine">{t.results.rankHow}</p>}
      <Bars
        title={title}
        heads={[
          t.results.option,
          places === 0 ? t.results.votes : t.results.ranked,
          t.results.share,
          ...(hasCosts ? [t.results.cost] : []),
          ...Array.from({ length: places }, (_, at) => t.results.rank(at + 1)),
        ]}
        bars={options.map(barOf)}
        rest={rest.map(barOf)}
        full={total}
        scale={scaleOf(contest, places, text, n(total))}
      />
    </>
  )
}

/** What the bars of a contest mean, in a sentence or two. */
export function scaleOf(
  contest: Pick<ContestView, 'maxSelections'>,
  places: number,
  { t }: Pick<ReturnType<typeof useText>, 't'>,
  total: string,
): string {
  const parts = [places === 0 ? null : t.results.rankScale, t.results.scale(total)]
  if (contest.maxSelections > 1) parts.push(t.results.sumOver)
  return parts.filter((part) => part !== null).join(' ')
}
