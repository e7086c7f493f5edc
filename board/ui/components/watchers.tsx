import type { DirectWord, WatcherView } from '../../src/snapshot.ts'
import { useText } from '../i18n/use-text.ts'
import { useNow } from '../use-board.ts'

type WatcherState = 'good' | 'late' | 'bad' | 'off'

const SIGNS: Readonly<Record<WatcherState, string>> = { good: '✓', late: '…', bad: '✕', off: '–' }

/** A watcher that contradicts the host is bad; one that neither signed nor answers is off. */
export function stateOf({ cosignedAt, direct }: Pick<WatcherView, 'cosignedAt' | 'direct'>): WatcherState {
  if (direct.status === 'fork' || direct.status === 'invalid') return 'bad'
  if (cosignedAt !== null || direct.status === 'same' || direct.status === 'ahead') return 'good'
  return direct.status === 'behind' ? 'late' : 'off'
}

export function Watchers({ watchers }: { watchers: readonly WatcherView[] }) {
  const { t } = useText()
  if (watchers.length === 0) return <p>{t.overview.watchersNone}</p>
  return (
    <>
      <p>{t.overview.watchersHow}</p>
      <ul className="watchers">
        {watchers.map((watcher) => (
          <Watcher key={watcher.name} watcher={watcher} />
        ))}
      </ul>
    </>
  )
}

function Watcher({ watcher }: { watcher: WatcherView }) {
  const { t, ago } = useText()
  const now = useNow()
  const { name, kind, cosignedAt, direct, hostSays } = watcher
  const state = stateOf(watcher)
  return (
    <li>
      <p className={`state ${state}`}>
        <span className="sign" aria-hidden="true">
          {SIGNS[state]}
        </span>
        <strong>{name}</strong>
        <span className="soft">
          {t.watcher.kind[kind]} · {t.watcher.state[state]}
        </span>
      </p>
      <ul className="fine">
        <li>{cosignedAt === null ? t.watcher.notCosigned : t.watcher.cosigned(ago(cosignedAt, now))}</li>
        <li>
          <Direct word={direct} now={now} />
        </li>
        {hostSays === null ? null : (
          <li>
            <HostSays says={hostSays} now={now} />
          </li>
        )}
      </ul>
    </li>
  )
}

function Direct({ word, now }: { word: DirectWord; now: number }) {
  const { t, n, ago } = useText()
  const said = t.watcher.direct[word.status]
  if ('size' in word) return <>{`${said} · ${t.watcher.seen(n(word.size), ago(word.at, now))}`}</>
  return <>{'detail' in word ? `${said} (${word.detail})` : said}</>
}

function HostSays({ says, now }: { says: NonNullable<WatcherView['hostSays']>; now: number }) {
  const { t, n, ago } = useText()
  const { problem, size, at } = says
  const words = t.watcher.hostProblem
  const state =
    problem === null ? words.fine : problem === 'unreachable' ? words.unreachable : words.other(problem)
  const seen = size === null || at === null ? '' : ` · ${t.watcher.seen(n(size), ago(at, now))}`
  return <>{t.watcher.hostSays(`${state}${seen}`)}</>
}
