import type { ContestResult, ContestView, Snapshot } from '../../src/snapshot.ts'
import { Card, Meter, To } from '../components/basics.tsx'
import { ContestChart } from '../components/contest-chart.tsx'
import { Waiting } from '../components/waiting.tsx'
import { useText } from '../i18n/use-text.ts'
import { verdictOn, verdictText } from '../standing.ts'
import { useSnapshot } from '../use-board.ts'

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
      <p className="actions">
        <To route={{ view: 'paper' }} className="button">
          {t.results.paper}
        </To>
      </p>
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
  const { counting } = snapshot
  const verdict = verdictOn(snapshot)
  const tone = { bad: 'bad', good: 'good', missing: 'bad', open: 'unfinished' }[verdict]
  return (
    <Card className={`checked ${tone}`}>
      <p className="strong">{verdictText(t, verdict)}</p>
      {verdict !== 'open' || counting === null ? null : (
        <Meter {...counting} label={t.results.counting(counting.done, counting.total)} />
      )}
      <p>
        <To route={{ view: 'checks' }}>{t.overview.checksLink}</To>
      </p>
    </Card>
  )
}

function Contest({ contest, result }: { contest: ContestView; result: ContestResult | undefined }) {
  const { t, n, say } = useText()
  if (result === undefined) return null
  const heading = `${say(contest.title)} · ${t.results.kinds[contest.kind]}`
  return (
    <Card title={heading}>
      {'withheld' in result ? (
        <p>{t.results.withheld(n(result.total))}</p>
      ) : (
        <ContestChart title={heading} contest={contest} result={result} />
      )}
    </Card>
  )
}
