import { useContext } from 'react'
import { useText } from '../i18n/use-text.ts'
import { aheadOf } from '../standing.ts'
import { LinkContext, useSnapshot, useStore } from '../use-board.ts'
import { Notice, saveFile } from './basics.tsx'

/** What is wrong, above everything else and on every screen. */
export function Alarms() {
  const { t, n } = useText()
  const { calls } = useStore()
  const { isPinBroken } = useContext(LinkContext)
  const snapshot = useSnapshot()
  if (snapshot === null) return null
  const { problems, memory, pin, watchers, head } = snapshot
  const behind = aheadOf(snapshot)
  const forked = watchers.filter(({ direct }) => direct.status === 'fork')
  return (
    <>
      {memory.fork === null ? null : (
        <Notice tone="bad" title={t.fork.title}>
          <p>{t.fork.text}</p>
          <p className="row">
            <Save name="checkpoint-earlier.txt" label={t.fork.earlier} text={memory.fork.earlier} />
            <Save name="checkpoint-now.txt" label={t.fork.now} text={memory.fork.now} />
          </p>
        </Notice>
      )}
      {forked.map(({ name, direct }) => (
        <Notice key={name} tone="bad" title={t.fork.title}>
          <p>{t.fork.witness(name)}</p>
          <p>{t.fork.text}</p>
          <p className="row">
            {'note' in direct ? (
              <Save name={`checkpoint-${name}.txt`} label={name} text={direct.note} />
            ) : null}
            {head === null ? null : <Save name="checkpoint-now.txt" label={t.fork.now} text={head.note} />}
          </p>
        </Notice>
      ))}
      {pin === 'mismatch' ? <Notice tone="bad" title={t.overview.pin.mismatch} /> : null}
      {isPinBroken ? <Notice tone="warn" title={t.overview.pin.broken} /> : null}
      {memory.otherElection === null ? null : (
        <Notice tone="warn" title={t.otherElection(memory.otherElection.slice(0, 8))} />
      )}
      {behind === null ? null : (
        <Notice tone="warn" title={t.behind.title}>
          <p>{t.behind.text(behind.names.join(', '), n(behind.size))}</p>
        </Notice>
      )}
      {problems.map(({ code, detail }) => (
        <Notice key={code} tone={MILD.has(code) ? 'warn' : 'bad'} title={t.problems[code].title}>
          <p>{t.problems[code].text}</p>
          {detail === undefined ? null : <p className="fine">{t.detail(detail)}</p>}
          {ONCE_ONLY.has(code) ? (
            <button type="button" onClick={() => location.reload()}>
              {t.reload}
            </button>
          ) : (
            <button type="button" onClick={() => void calls.refresh()}>
              {t.again}
            </button>
          )}
        </Notice>
      ))}
    </>
  )
}

/** Troubles of a server that say nothing about the ledger. */
const MILD: ReadonlySet<string> = new Set([
  'host-unreachable',
  'host-slow',
  'host-status',
  'log-empty',
  'head-older',
  'log-too-large',
  'check-ended',
])

/** What is tried once only, so that it takes a new page to try it again. */
const ONCE_ONLY: ReadonlySet<string> = new Set(['proofs-missing', 'check-ended'])

function Save({ name, label, text }: { name: string; label: string; text: string }) {
  const { t } = useText()
  return (
    <button type="button" onClick={() => saveFile({ name, text })}>
      {t.save(label)}
    </button>
  )
}
