import type { ContestResult, ContestView, Snapshot } from '../../src/snapshot.ts'
import { Bars, DataTable } from '../components/bars.tsx'
import { Card, Meter, To } from '../components/basics.tsx'
import { Waiting } from '../components/waiting.tsx'
import { useText } from '../i18n/use-text.ts'
import { useSnapshot } from '../use-board.ts'

/** Lines that a result rests on. */
const COUNT_LINES: ReadonlySet<string> = new Set(['mixes', 'shares', 'plaintexts', 'count'])

export function Results() {
  const { t } = useText()
  const snapshot = useSnapshot()
  if (snapshot?.election == null || snapshot.turnout === null) return <Waiting />
  const { result, polls, election } = snapshot
  if (result === null) {
    return (
      <>
        <p className="lead">{t.results.notYet}</p>
        <p>{t.results.notYetWhen[polls]}</p>
      </>
    )
  }
  return (
    <>
      <p className="lead">
        {t.results.announced(result.record)}{' '}
        <To route={{ view: 'record', index: result.record }}>{t.ledger.go}</To>
      </p>
      <Verdict snapshot={snapshot} />
      {election.contests.map((contest) => (
        <Contest
          key={contest.id}
          contest={contest}
          result={result.contests.find(({ id }) => id === contest.id)}
        />
      ))}
    </>
  )
}

function Verdict({ snapshot }: { snapshot: Snapshot }) {
  const { t } = useText()
  const { checks, counting } = snapshot
  const lines = checks.filter(({ id }) => COUNT_LINES.has(id))
  const isBad = lines.some(({ status }) => status === 'FAIL')
  const isGood = lines.length > 0 && lines.every(({ status }) => status === 'PASS')
  const words = isBad ? t.results.checkedBad : isGood ? t.results.checkedAll : t.results.checkedPart
  return (
    <Card className={`checked ${isBad ? 'bad' : isGood ? 'good' : 'plain'}`}>
      <p className="strong">{words}</p>
      {isGood || isBad || counting === null ? null : (
        <Meter {...counting} label={t.results.counting(counting.done, counting.total)} />
      )}
      <p>
        <To route={{ view: 'checks' }}>{t.overview.checksLink}</To>
      </p>
    </Card>
  )
}

function Contest({ contest, result }: { contest: ContestView; result: ContestResult | undefined }) {
  const { t, n, say, language } = useText()
  if (result === undefined) return null
  const heading = `${say(contest.title)} · ${t.results.kinds[contest.kind]}`
  if ('withheld' in result) {
    return (
      <Card title={heading}>
        <p>{t.results.withheld(result.total)}</p>
      </Card>
    )
  }
  const { counts, total, blank } = result
  const invalid = Object.values(result.invalid).reduce<number>((sum, count) => sum + (count ?? 0), 0)
  const share = (value: number): string =>
    total === 0
      ? '–'
      : new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(value / total)
  const nameOf = (option: number): string => {
    const found = contest.options.find(({ id }) => id === option)
    return found === undefined ? String(option) : say(found.title)
  }
  const rows = [
    ...counts.map(({ option, votes }) => ({ label: nameOf(option), value: votes, more: [share(votes)] })),
    { label: t.results.blank, value: blank, more: [share(blank)] },
    { label: t.results.invalid, value: invalid, more: [share(invalid)] },
  ]
  const ranked = counts.filter(({ byRank }) => byRank !== undefined)
  const places = ranked[0]?.byRank?.length ?? 0
  return (
    <Card title={heading}>
      <p>{t.results.ballots(n(total))}</p>
      <Bars
        title={heading}
        heads={[t.results.option, t.results.votes, t.results.share]}
        bars={rows}
        full={total}
      />
      {places === 0 ? null : (
        <DataTable
          caption={t.results.kinds.rank}
          heads={[t.results.option, ...Array.from({ length: places }, (_, i) => t.results.rank(i + 1))]}
          rows={ranked.map(({ option, byRank = [] }) => [nameOf(option), ...byRank.map(n)])}
        />
      )}
    </Card>
  )
}
