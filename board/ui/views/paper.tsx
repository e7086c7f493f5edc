import { type ReactNode, useContext } from 'react'
import type { Snapshot } from '../../src/snapshot.ts'
import { Meter, Value } from '../components/basics.tsx'
import { DataTable } from '../components/data-table.tsx'
import { PaperContest } from '../components/paper-contest.tsx'
import { PaperTurnout } from '../components/paper-turnout.tsx'
import { Waiting } from '../components/waiting.tsx'
import { useText } from '../i18n/use-text.ts'
import { countLines, verdictOn, verdictText } from '../standing.ts'
import { LinkContext, useNow, useSnapshot } from '../use-board.ts'

/** Results and facts on A4: everything in words, numbers and tables, nothing behind a button. */
export function Paper() {
  const { t, n } = useText()
  const snapshot = useSnapshot()
  if (snapshot?.election == null || snapshot.turnout === null) return <Waiting />
  const { proofs, checks } = snapshot
  return (
    <div className="paper">
      <div className="no-paper">
        <p className="lead">{t.paper.lead}</p>
        <p className="actions">
          <button type="button" className="main" onClick={() => print()}>
            {t.paper.print}
          </button>
        </p>
        {countLines(checks).running === 0 ? null : (
          <>
            <p className="strong">{t.paper.wait}</p>
            <Meter {...proofs} label={t.overview.checksRunning(n(proofs.done), n(proofs.total))} />
          </>
        )}
      </div>
      <Facts snapshot={snapshot} />
      <Results snapshot={snapshot} />
      <PaperTurnout snapshot={snapshot} />
      <Checked snapshot={snapshot} />
      <Watchers snapshot={snapshot} />
      <Incidents snapshot={snapshot} />
    </div>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="part">
      <h2>{title}</h2>
      {children}
    </section>
  )
}

function Facts({ snapshot }: { snapshot: Snapshot }) {
  const { t, n, when } = useText()
  const now = useNow(60_000)
  const { isPinBroken } = useContext(LinkContext)
  const { election, turnout, head, host, pin, polls, result, batchCount } = snapshot
  if (election === null || turnout === null) return null
  const { opens, closes } = election.times
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const facts: readonly (readonly [string, ReactNode])[] = [
    ...(election.isTest ? [[t.paper.test, t.test] as const] : []),
    [t.paper.state, result === null ? t.overview.polls[polls] : t.overview.announced],
    [t.paper.ballots, n(turnout.ballots)],
    [t.paper.slips, n(election.slipCount)],
    [t.paper.times, `${when(opens)} ~ ${when(closes)} (${zone})`],
    [t.paper.records, t.overview.size(n(head?.size ?? 0), n(batchCount))],
    [t.overview.manifest, <Value key="manifest" text={election.manifestHash} />],
    [t.paper.compared, t.overview.pin[isPinBroken ? 'broken' : pin]],
    [t.paper.root, head === null ? t.paper.none : <Value key="root" text={head.root} />],
    [t.paper.signed, head?.at == null ? t.paper.none : when(head.at)],
    [t.paper.host, host],
    [t.paper.printed, `${when(now)} (${zone})`],
  ]
  return (
    <Section title={t.paper.facts}>
      <dl className="fields facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  )
}

function Results({ snapshot }: { snapshot: Snapshot }) {
  const { t } = useText()
  const { result, polls, election } = snapshot
  if (result === null) {
    return (
      <Section title={t.results.title}>
        <p>
          {t.results.notYet} {t.results.notYetWhen[polls]}
        </p>
      </Section>
    )
  }
  return (
    <Section title={t.results.title}>
      <p>{t.results.announced(result.record)}</p>
      <p className="strong">{verdictText(t, verdictOn(snapshot))}</p>
      {election?.contests.map((contest) => (
        <PaperContest
          key={contest.id}
          contest={contest}
          result={result.contests.find(({ id }) => id === contest.id)}
        />
      ))}
    </Section>
  )
}

/** How the lines stand, and each that could not be said to hold. */
function Checked({ snapshot }: { snapshot: Snapshot }) {
  const { t, say } = useText()
  const { checks } = snapshot
  const { pass, fail, skipped, running } = countLines(checks)
  const open = checks.filter(({ status }) => status !== 'PASS')
  return (
    <Section title={t.checks.title}>
      <p>
        {t.checks.summary(pass, fail, skipped + running)}
        {open.length === 0 ? ` · ${t.paper.allGood}` : ''}
      </p>
      {open.length === 0 ? null : (
        <DataTable
          caption={t.paper.openLines}
          heads={[t.paper.line, t.paper.status]}
          isText
          rows={open.map(({ number, title, status, remark, failures }) => [
            `${number}. ${say(title)}`,
            [
              t.checks.status[status],
              ...(remark === null ? [] : [say(remark)]),
              ...failures.slice(0, 3).map(({ text }) => say(text)),
            ].join(' · '),
          ])}
        />
      )}
    </Section>
  )
}

function Watchers({ snapshot }: { snapshot: Snapshot }) {
  const { t, when } = useText()
  const { watchers } = snapshot
  return (
    <Section title={t.overview.watchers}>
      {watchers.length === 0 ? <p>{t.overview.watchersNone}</p> : null}
      {watchers.length === 0 ? null : (
        <DataTable
          caption={t.overview.watchers}
          isTitled
          heads={[t.paper.watcher, t.paper.kind, t.paper.cosigned, t.paper.answer]}
          isText
          rows={watchers.map(({ name, kind, cosignedAt, direct }) => [
            name,
            t.watcher.kind[kind],
            cosignedAt === null ? t.watcher.notCosigned : when(cosignedAt),
            t.watcher.direct[direct.status],
          ])}
        />
      )}
    </Section>
  )
}

function Incidents({ snapshot }: { snapshot: Snapshot }) {
  const { t, when } = useText()
  const { incidents } = snapshot
  return (
    <Section title={t.overview.incidents}>
      {incidents.length === 0 ? <p>{t.overview.incidentsNone}</p> : null}
      <ul>
        {incidents.map(({ record, text, at }) => (
          <li key={record}>
            {text} ({when(at)}, {t.overview.incident(record)})
          </li>
        ))}
      </ul>
    </Section>
  )
}
