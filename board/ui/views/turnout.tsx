import type { Bilingual } from '../../src/snapshot.ts'
import { type Bar, Bars } from '../components/bars.tsx'
import { Card } from '../components/basics.tsx'
import { Waiting } from '../components/waiting.tsx'
import { useText } from '../i18n/use-text.ts'
import { useSnapshot } from '../use-board.ts'

export function Turnout() {
  const { t, n, say, clock, day } = useText()
  const snapshot = useSnapshot()
  const turnout = snapshot?.turnout
  if (snapshot == null || turnout == null) return <Waiting />
  const { centres, hours, challenged, refused, ballots } = turnout
  const places = centres.map(({ names, ballots: value, issued, returned }): Bar => {
    const isMerged = names.length > 1
    return {
      key: names.map(({ en, ko }) => `${ko} ${en}`).join(),
      label: isMerged ? t.turnout.merged(names.length) : say(names[0] as Bilingual),
      value,
      cells: [n(value), issued === null ? '–' : n(issued), returned === null ? '–' : n(returned)],
      ...(isMerged ? { note: <Merged names={names.map(say)} /> } : {}),
    }
  })
  const times = (hours ?? []).map(({ from, to, ballots: value }): Bar => {
    const isNewDay = day(from) !== day(to - 1)
    const end = isNewDay ? `${day(to)} ${clock(to)}` : clock(to)
    return {
      key: String(from),
      label: t.turnout.hourRange(`${day(from)} ${clock(from)}`, end),
      value: value / ((to - from) / 3600),
      figure: n(value),
      cells: [n(value)],
    }
  })
  return (
    <>
      <p className="lead">{t.turnout.lead(n(ballots))}</p>
      <p>{t.turnout.minimum(snapshot.election?.minimumCount ?? 1)}</p>
      <Card title={t.turnout.centres}>
        <Bars
          title={t.turnout.centres}
          heads={[t.turnout.place, t.turnout.ballots, t.turnout.issued, t.turnout.returned]}
          bars={places}
          scale={t.turnout.scale}
        />
      </Card>
      <Card title={t.turnout.hours}>
        {hours === null ? <p>{t.turnout.hoursNone}</p> : null}
        {hours !== null && hours.length === 0 ? <p>{t.turnout.hoursEmpty}</p> : null}
        {hours === null || hours.length === 0 ? null : (
          <>
            <Bars
              title={t.turnout.hours}
              heads={[t.turnout.hours, t.turnout.ballots]}
              bars={times}
              scale={t.turnout.hoursScale}
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

/** Which places were added together. */
function Merged({ names }: { names: readonly string[] }) {
  const { t } = useText()
  return (
    <>
      <details className="no-paper">
        <summary>{t.turnout.mergedNames}</summary>
        {names.join(' · ')}
      </details>
      <span className="only-paper">{names.join(' · ')}</span>
    </>
  )
}
