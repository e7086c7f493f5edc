import { useContext, useState } from 'react'
import type { Snapshot } from '../../src/snapshot.ts'
import { Card, Meter, To, Value } from '../components/basics.tsx'
import { Waiting } from '../components/waiting.tsx'
import { Watchers } from '../components/watchers.tsx'
import { useText } from '../i18n/use-text.ts'
import { countLines } from '../standing.ts'
import { LinkContext, useNow, useSnapshot } from '../use-board.ts'
import { useBeforePrint } from '../use-display.ts'

export function Overview() {
  const { t } = useText()
  const snapshot = useSnapshot()
  if (snapshot?.election == null) return <Waiting />
  const { turnout } = snapshot
  return (
    <>
      {turnout === null ? <Waiting /> : <Numbers snapshot={snapshot} />}
      <p className="actions">
        <To route={{ view: 'receipt' }} className="button">
          {t.nav.receipt}
        </To>
        {snapshot.result === null ? null : (
          <To route={{ view: 'results' }} className="button">
            {t.nav.results}
          </To>
        )}
      </p>
      <Checked snapshot={snapshot} />
      <Freshness snapshot={snapshot} />
      <Card title={t.overview.watchers}>
        <Watchers watchers={snapshot.watchers} />
      </Card>
      <Incidents snapshot={snapshot} />
    </>
  )
}

function Numbers({ snapshot }: { snapshot: Snapshot }) {
  const { t, n, when } = useText()
  const { election, turnout, polls, result, head, batchCount } = snapshot
  if (election === null || turnout === null) return null
  const { opens, closes } = election.times
  return (
    <section className="card hero">
      <p className={`polls ${polls}`}>{result === null ? t.overview.polls[polls] : t.overview.announced}</p>
      <p className="big">
        <span className="big-number">{n(turnout.ballots)}</span> <span>{t.overview.ballots}</span>
      </p>
      <p className="soft">
        {t.overview.ofSlips(n(election.slipCount))} · {t.overview.size(n(head?.size ?? 0), n(batchCount))}
      </p>
      <p className="soft">{t.overview.times(when(opens), when(closes))}</p>
    </section>
  )
}

function Checked({ snapshot }: { snapshot: Snapshot }) {
  const { t, n, when, say } = useText()
  const { isPinBroken } = useContext(LinkContext)
  const { checks, proofs, pin, memory, election } = snapshot
  const { fail, skipped, running } = countLines(checks)
  const isWhole = snapshot.problems.length === 0
  const tone = fail > 0 ? 'bad' : running > 0 || !isWhole ? 'unfinished' : 'good'
  return (
    <Card title={t.overview.checks} className={`checked ${tone}`}>
      {fail > 0 ? <p className="strong">{t.overview.checksBad(fail)}</p> : null}
      {fail > 0 ? (
        <ul>
          {checks
            .filter(({ status }) => status === 'FAIL')
            .map(({ number, title }) => (
              <li key={number}>
                {number}. {say(title)}
              </li>
            ))}
        </ul>
      ) : null}
      {fail === 0 && running === 0 ? (
        <p className="strong">{isWhole ? t.overview.checksGood : t.overview.checksPart}</p>
      ) : null}
      {running > 0 ? (
        <Meter {...proofs} label={t.overview.checksRunning(n(proofs.done), n(proofs.total))} />
      ) : null}
      {running > 0 && proofs.isPaused ? <p className="strong">{t.overview.paused}</p> : null}
      {skipped > 0 ? <p>{t.overview.checksSkipped(skipped)}</p> : null}
      <p>
        <To route={{ view: 'checks' }}>{t.overview.checksLink}</To>
      </p>
      <p>{t.overview.pin[isPinBroken ? 'broken' : pin]}</p>
      {election === null ? null : (
        <p>
          {t.overview.manifest}
          <Value text={election.manifestHash} />
        </p>
      )}
      <p className="fine">
        {memory.status === 'consistent'
          ? t.overview.memory.consistent(when(memory.firstSeen ?? 0))
          : t.overview.memory[memory.status]}
      </p>
    </Card>
  )
}

/** Witnesses sign again every ten minutes at the latest; this leaves them two ticks more. */
const STALE_SECONDS = 15 * 60
/** Clocks of phones are rarely further off. */
const FUTURE_SECONDS = 120

function Freshness({ snapshot }: { snapshot: Snapshot }) {
  const { t, ago } = useText()
  const now = useNow()
  const { head, readAtMs, follows, election, polls, watchers } = snapshot
  const at = head?.at ?? null
  const limit = STALE_SECONDS + 2 * (election?.tickSeconds ?? 0)
  const without = watchers.length === 0 ? t.overview.watchersNone : t.overview.freshNone
  const isStale = at !== null && (polls === 'open' || polls === 'closed') && now - at > limit
  return (
    <Card title={t.overview.fresh}>
      <p>{at === null ? without : t.overview.freshHead(ago(at, now))}</p>
      {at !== null && at - now > FUTURE_SECONDS ? (
        <p className="strong warn-text">{t.overview.future}</p>
      ) : null}
      {isStale ? <p className="strong warn-text">{t.overview.stale}</p> : null}
      <p className="fine">
        {readAtMs === null ? '' : `${t.overview.read(ago(readAtMs / 1000, now))} `}
        {follows === 'events' ? t.overview.events : t.overview.polling}
      </p>
    </Card>
  )
}

/** The newest ones; the others on request. */
const INCIDENTS_AT_FIRST = 5

function Incidents({ snapshot }: { snapshot: Snapshot }) {
  const { t, n, when } = useText()
  const [isWhole, setWhole] = useState(false)
  useBeforePrint(() => setWhole(true))
  const { incidents } = snapshot
  const newest = incidents.toReversed()
  return (
    <Card title={t.overview.incidents}>
      {incidents.length === 0 ? <p>{t.overview.incidentsNone}</p> : null}
      <ul className="plain">
        {(isWhole ? newest : newest.slice(0, INCIDENTS_AT_FIRST)).map(({ record, text, at }) => (
          <li key={record}>
            <p>{text}</p>
            <p className="fine">
              {when(at)} · <To route={{ view: 'record', index: record }}>{t.overview.incident(record)}</To>
            </p>
          </li>
        ))}
      </ul>
      {incidents.length <= INCIDENTS_AT_FIRST ? null : (
        <button type="button" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? t.showFewer : t.showAll(n(incidents.length))}
        </button>
      )}
    </Card>
  )
}
