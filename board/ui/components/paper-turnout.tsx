import type { Snapshot } from '../../src/snapshot.ts'
import { useText } from '../i18n/use-text.ts'
import { DataTable } from './data-table.tsx'

/** Turnout by place and by hour, and support by topic, as tables. */
export function PaperTurnout({ snapshot }: { snapshot: Snapshot }) {
  const { t, n, say, clock, day } = useText()
  const { turnout, election, proposals } = snapshot
  if (turnout === null || election === null) return null
  const { centres, hours, challenged, refused } = turnout
  const topics = election.topics ?? []
  return (
    <section className="part">
      <h2>{t.turnout.title}</h2>
      <p>{t.turnout.minimum(election.minimumCount)}</p>
      <DataTable
        caption={t.turnout.centres}
        heads={[t.turnout.place, t.turnout.ballots, t.turnout.issued, t.turnout.returned]}
        rows={centres.map(({ names, ballots, issued, returned }) => [
          names.length === 1 ? (
            names.map(say)
          ) : (
            <>
              {t.turnout.merged(names.length)}
              <div className="fine">{names.map(say).join(' · ')}</div>
            </>
          ),
          n(ballots),
          issued === null ? '–' : n(issued),
          returned === null ? '–' : n(returned),
        ])}
      />
      {hours === null ? <p>{t.turnout.hoursNone}</p> : null}
      {hours === null || hours.length === 0 ? null : (
        <>
          <DataTable
            caption={t.turnout.hours}
            heads={[t.turnout.hours, t.turnout.ballots]}
            rows={hours.map(({ from, to, ballots }) => [
              `${day(from)} ${t.turnout.hourRange(clock(from), clock(to))}`,
              n(ballots),
            ])}
          />
          <p className="fine">{t.turnout.hoursHow}</p>
        </>
      )}
      <p>
        {t.turnout.challenged(n(challenged))} · {t.turnout.refused(n(refused))}
      </p>
      {topics.length === 0 || proposals.length === 0 ? null : (
        <DataTable
          caption={t.proposals.topics}
          heads={[t.proposals.topic, t.proposals.count, t.proposals.supportHead]}
          rows={topics.map(({ id, title }) => {
            const own = proposals.filter(({ topic }) => topic === id)
            return [say(title), n(own.length), n(own.reduce((sum, { supports }) => sum + supports, 0))]
          })}
        />
      )}
    </section>
  )
}
