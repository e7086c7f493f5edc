import { useState } from 'react'
import type { ProposalText, ProposalView } from '../../src/snapshot.ts'
import { type Bar, Bars } from '../components/bars.tsx'
import { Card, To } from '../components/basics.tsx'
import { Waiting } from '../components/waiting.tsx'
import { useText } from '../i18n/use-text.ts'
import { useSnapshot, useStore } from '../use-board.ts'
import { useBeforePrint } from '../use-display.ts'

/** Cards that are shown before somebody asks for more. */
const AT_ONCE = 20

type Order = 'bySupport' | 'byTime'

export function Proposals() {
  const { t, n, say } = useText()
  const snapshot = useSnapshot()
  const [topic, setTopic] = useState(0)
  const [order, setOrder] = useState<Order>('bySupport')
  const [most, setMost] = useState(AT_ONCE)
  useBeforePrint(() => setMost(Number.POSITIVE_INFINITY))
  if (snapshot?.election == null || snapshot.turnout === null) return <Waiting />
  const { topics } = snapshot.election
  if (topics === null) return <p className="lead">{t.proposals.notOffered}</p>
  const shown = snapshot.proposals
    .filter((proposal) => topic === 0 || proposal.topic === topic)
    .sort((a, b) => (order === 'byTime' ? 0 : b.supports - a.supports) || b.record - a.record)
  return (
    <>
      <p className="lead">{t.proposals.lead}</p>
      <form className="filters">
        <label>
          {t.proposals.topic}
          <select value={topic} onChange={({ target }) => setTopic(Number(target.value))}>
            <option value={0}>{t.proposals.all}</option>
            {topics.map(({ id, title }) => (
              <option key={id} value={id}>
                {say(title)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t.proposals.order}
          <select value={order} onChange={({ target }) => setOrder(target.value as Order)}>
            <option value="bySupport">{t.proposals.bySupport}</option>
            <option value="byTime">{t.proposals.byTime}</option>
          </select>
        </label>
      </form>
      {topic !== 0 || snapshot.proposals.length === 0 ? null : (
        <Topics topics={topics} proposals={snapshot.proposals} />
      )}
      {shown.length === 0 ? <p>{t.proposals.none}</p> : null}
      <ul className="plain">
        {shown.slice(0, most).map((proposal) => (
          <Proposal key={proposal.id} proposal={proposal} topics={topics} />
        ))}
      </ul>
      {shown.length <= most ? null : (
        <button type="button" onClick={() => setMost(most + AT_ONCE)}>
          {t.more(n(shown.length - most))}
        </button>
      )}
    </>
  )
}

/** How many proposals and supports each topic has. */
function Topics({ topics, proposals }: { topics: NonNullable<Topics>; proposals: readonly ProposalView[] }) {
  const { t, n, say } = useText()
  const bars = topics.map(({ id, title }): Bar => {
    const own = proposals.filter(({ topic }) => topic === id)
    const value = own.reduce((sum, { supports }) => sum + supports, 0)
    return {
      key: String(id),
      label: say(title),
      value,
      figure: t.proposals.supports(n(value)),
      note: t.proposals.proposalsCount(n(own.length)),
      cells: [n(own.length), n(value)],
    }
  })
  return (
    <Card title={t.proposals.topics}>
      <Bars
        title={t.proposals.topics}
        heads={[t.proposals.topic, t.proposals.count, t.proposals.supportHead]}
        bars={bars}
        scale={t.proposals.topicsScale}
      />
    </Card>
  )
}

type Topics = NonNullable<NonNullable<ReturnType<typeof useSnapshot>>['election']>['topics']

function Proposal({ proposal, topics }: { proposal: ProposalView; topics: Topics }) {
  const { t, n, say } = useText()
  const { calls } = useStore()
  const [text, setText] = useState<ProposalText | 'reading' | null>(null)
  const { id, topic, centre, supports, isHidden, isErased, moderation, record } = proposal
  const title = topics?.find((one) => one.id === topic)?.title
  const read = async (): Promise<void> => {
    setText('reading')
    setText(await calls.proposalText(id))
  }
  return (
    <li className="card">
      <h2>
        {title === undefined ? String(topic) : say(title)}{' '}
        <span className="badge">{t.proposals.supports(n(supports))}</span>
      </h2>
      {isErased || isHidden ? (
        <p className="strong">{isErased ? t.proposals.erased : t.proposals.hidden}</p>
      ) : null}
      {moderation === null ? null : (
        <p>
          {t.proposals.reason(moderation.reason, t.proposals.by[moderation.by])}{' '}
          <To route={{ view: 'record', index: moderation.record }}>{t.ledger.record(moderation.record)}</To>
        </p>
      )}
      <div aria-live="polite">
        {text === 'reading' ? <p>{t.proposals.reading}</p> : null}
        {text !== null && text !== 'reading' && text.status !== 'matches' ? (
          <p>{t.proposals.texts[text.status]}</p>
        ) : null}
        {text !== null && text !== 'reading' && text.status === 'matches' ? (
          <>
            <p className="proposal-text">{text.text}</p>
            <p className="fine">✓ {t.proposals.matches}</p>
          </>
        ) : null}
      </div>
      {isHidden || isErased || (text !== null && text !== 'reading' && text.status === 'matches') ? null : (
        <button type="button" onClick={() => void read()}>
          {t.proposals.read}
        </button>
      )}
      <p className="fine">
        {t.proposals.centre(say(centre))} ·{' '}
        <To route={{ view: 'record', index: record }}>{t.ledger.record(record)}</To>
      </p>
    </li>
  )
}
