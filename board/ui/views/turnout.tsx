import { Bars, Columns } from '../components/bars.tsx'
import { Card } from '../components/basics.tsx'
import { Waiting } from '../components/waiting.tsx'
import { useText } from '../i18n/use-text.ts'
import { useSnapshot } from '../use-board.ts'

export function Turnout() {
  const { t, n, say, clock } = useText()
  const snapshot = useSnapshot()
  const turnout = snapshot?.turnout
  if (snapshot == null || turnout == null) return <Waiting />
  const { centres, hours, challenged, refused, ballots } = turnout
  const bars = centres.map(({ names, ballots: value, issued, returned }) => ({
    label:
      names.length === 1
        ? say(names[0] as never)
        : `${names.map(say).join(', ')} (${t.turnout.merged(names.length)})`,
    value,
    more: [issued === null ? '–' : n(issued), returned === null ? '–' : n(returned)],
  }))
  return (
    <>
      <p className="lead">{t.turnout.lead(n(ballots))}</p>
      <p>{t.turnout.minimum(snapshot.election?.minimumCount ?? 1)}</p>
      <Card title={t.turnout.centres}>
        <Bars
          title={t.turnout.centres}
          heads={[t.turnout.place, t.turnout.ballots, t.turnout.issued, t.turnout.returned]}
          bars={bars}
        />
      </Card>
      <Card title={t.turnout.hours}>
        {hours === null ? <p>{t.turnout.hoursNone}</p> : null}
        {hours !== null && hours.length === 0 ? <p>{t.turnout.hoursEmpty}</p> : null}
        {hours === null || hours.length === 0 ? null : (
          <>
            <Columns
              title={t.turnout.hours}
              heads={[t.turnout.hours, t.turnout.ballots]}
              columns={hours.map(({ from, to, ballots: value }) => ({
                from: clock(from),
                to: clock(to),
                value,
                width: (to - from) / 3600,
              }))}
            />
            <p className="fine">{t.turnout.hoursHow}</p>
          </>
        )}
      </Card>
      <Card title={t.turnout.others}>
        <ul>
          <li>{t.turnout.challenged(n(challenged))}</li>
          <li>{t.turnout.refused(n(refused))}</li>
        </ul>
      </Card>
    </>
  )
}
