import type { ContestResult, ContestView } from '../../src/snapshot.ts'
import { type ContestRow, contestRows, placesText } from '../contest-rows.ts'
import { useText } from '../i18n/use-text.ts'
import { BarPicture } from './bars.tsx'
import { scaleOf } from './contest-chart.tsx'
import { DataTable } from './data-table.tsx'

/** A column for each place, as long as all of them fit on the sheet. */
const MOST_PLACE_COLUMNS = 6

/** A contest on paper: one table with every option, its numbers, and a bar that fits the row. */
export function PaperContest({
  contest,
  result,
}: {
  readonly contest: ContestView
  readonly result: ContestResult | undefined
}) {
  const text = useText()
  const { t, n, say, share } = text
  if (result === undefined) return null
  const heading = `${say(contest.title)} · ${t.results.kinds[contest.kind]}`
  if ('withheld' in result) {
    return (
      <section className="part">
        <h3>{heading}</h3>
        <p>{t.results.withheld(n(result.total))}</p>
      </section>
    )
  }
  const { total } = result
  const { options, rest, places } = contestRows(contest, result, text)
  const hasCosts = contest.budget !== undefined
  const hasColumns = places > 0 && places <= MOST_PLACE_COLUMNS
  const rowOf = ({ key, label, votes, cost, byRank }: ContestRow) => [
    byRank === null || hasColumns ? (
      label
    ) : (
      <>
        {label}
        <div className="fine">{placesText(text, byRank) ?? '–'}</div>
      </>
    ),
    <BarPicture key={key} value={votes} parts={byRank ?? undefined} most={total} />,
    n(votes),
    share(votes, total),
    ...(hasCosts ? [cost === null ? '–' : t.results.won(n(cost))] : []),
    ...(hasColumns ? Array.from({ length: places }, (_, at) => (byRank ? n(byRank[at] ?? 0) : '–')) : []),
  ]
  return (
    <section className="part">
      <h3>{heading}</h3>
      <p>
        {t.results.ballots(n(total))}
        {contest.budget === undefined ? '' : ` · ${t.results.budget(t.results.won(n(contest.budget)))}`}
      </p>
      <DataTable
        caption={heading}
        isTitled
        heads={[
          t.results.option,
          t.paper.bar,
          places === 0 ? t.results.votes : t.results.ranked,
          t.results.share,
          ...(hasCosts ? [t.results.cost] : []),
          ...(hasColumns ? Array.from({ length: places }, (_, at) => t.results.rank(at + 1)) : []),
        ]}
        rows={[...options, ...rest].map(rowOf)}
      />
      <p className="fine">
        {places === 0 ? '' : `${t.results.rankHow} `}
        {scaleOf(contest, places, text, n(total))}
      </p>
    </section>
  )
}
