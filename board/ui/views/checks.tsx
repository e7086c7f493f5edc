import type { CheckLine, LineStatus } from '../../src/snapshot.ts'
import { Meter, To } from '../components/basics.tsx'
import { Waiting } from '../components/waiting.tsx'
import { useText } from '../i18n/use-text.ts'
import { countLines } from '../standing.ts'
import { useSnapshot, useStore } from '../use-board.ts'

const SIGNS: Readonly<Record<LineStatus, string>> = { PASS: '✓', FAIL: '✕', SKIPPED: '–', RUNNING: '…' }

export function Checks() {
  const { t, n } = useText()
  const snapshot = useSnapshot()
  const { calls } = useStore()
  if (snapshot === null || snapshot.checks.length === 0) return <Waiting />
  const { proofs, counting, checks } = snapshot
  const { pass, fail, skipped, running } = countLines(checks)
  return (
    <>
      <p className="lead">{t.checks.lead}</p>
      <p className="strong" role="status">
        {t.checks.summary(pass, fail, skipped + running)}
        {proofs.isPaused && running > 0 ? ` · ${t.checks.paused}` : ''}
      </p>
      <Meter {...proofs} label={t.checks.progress(n(proofs.done), n(proofs.total))} />
      {proofs.done >= proofs.total ? null : (
        <>
          <p className="fine">{t.checks.pauseHow}</p>
          <p className="actions">
            <button type="button" onClick={() => void calls.pauseProofs(!proofs.isPaused)}>
              {proofs.isPaused ? t.checks.resume : t.checks.pause}
            </button>
          </p>
        </>
      )}
      {counting === null || counting.done >= counting.total ? null : (
        <Meter {...counting} label={t.results.counting(counting.done, counting.total)} />
      )}
      <ol className="lines">
        {checks.map((line) => (
          <Line key={line.id} line={line} />
        ))}
      </ol>
      <p className="fine">{t.checks.tool}</p>
    </>
  )
}

function Line({ line }: { line: CheckLine }) {
  const { t, say } = useText()
  const { number, status, title, explain, remark, failures, failureCount } = line
  return (
    <li className={`line ${status}`} value={number}>
      <p className="verdict">
        <span className="sign" aria-hidden="true">
          {SIGNS[status]}
        </span>
        <span>
          {number}. {t.checks.status[status]}
        </span>
      </p>
      <div>
        <h2>{say(title)}</h2>
        <p className="fine">{say(explain)}</p>
        {remark === null ? null : <p>{say(remark)}</p>}
        {failures.length === 0 ? null : (
          <ul className="failures">
            {failures.map(({ record, number: rule, text, detail }) => (
              <li key={`${record} ${rule} ${text.en} ${detail}`}>
                {say(text)}
                <span className="fine">
                  {record === null ? null : (
                    <>
                      {' '}
                      <To route={{ view: 'record', index: record }}>{t.checks.record(record)}</To>
                    </>
                  )}
                  {rule === null ? '' : ` · ${t.checks.rule(rule)}`}
                  {detail === null ? '' : ` · ${detail}`}
                </span>
              </li>
            ))}
            {failureCount > failures.length ? <li>{t.checks.more(failureCount - failures.length)}</li> : null}
          </ul>
        )}
      </div>
    </li>
  )
}
