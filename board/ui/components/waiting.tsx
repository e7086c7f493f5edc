import { useText } from '../i18n/use-text.ts'
import { useSnapshot } from '../use-board.ts'
import { Meter } from './basics.tsx'

/** While there is nothing to show yet. Says nothing when a problem is shown already. */
export function Waiting() {
  const { t, n } = useText()
  const snapshot = useSnapshot()
  if (snapshot !== null && snapshot.problems.length > 0) return null
  const { done, total } = snapshot?.reading ?? { done: 0, total: 0 }
  return (
    <section className="card" aria-busy="true">
      <p>{t.loading.title}</p>
      {total === 0 ? null : <Meter done={done} total={total} label={t.loading.reading(n(done), n(total))} />}
    </section>
  )
}
