import { useEffect, useState } from 'react'
import { useText } from '../i18n/use-text.ts'
import { useSnapshot } from '../use-board.ts'
import { Meter } from './basics.tsx'

/** Without anything new for so long, the page says that it waits for the server. */
const SLOW_AFTER_SECONDS = 5

/** While there is nothing to show yet. Says nothing when a problem is shown already. */
export function Waiting() {
  const { t, n } = useText()
  const snapshot = useSnapshot()
  const { done, total } = snapshot?.reading ?? { done: 0, total: 0 }
  const counted = snapshot?.counted ?? { done: 0, total: 0 }
  const isSlow = useStandstill(`${done} ${total} ${counted.done} ${snapshot?.election == null}`)
  if (snapshot !== null && snapshot.problems.length > 0) return null
  return (
    <section className="card" aria-busy="true">
      <p>{t.loading.title}</p>
      {counted.done === 0 ? null : (
        <Meter {...counted} label={t.loading.counting(n(counted.done), n(counted.total))} />
      )}
      {total === 0 || counted.done > 0 ? null : (
        <Meter done={done} total={total} label={t.loading.reading(n(done), n(total))} />
      )}
      <p role="status" className="strong">
        {isSlow ? t.loading.slow(SLOW_AFTER_SECONDS) : ''}
      </p>
    </section>
  )
}

/** Whether `progress` has been the same for a while. */
function useStandstill(progress: string): boolean {
  const [still, setStill] = useState<string | null>(null)
  useEffect(() => {
    const timer = setTimeout(() => setStill(progress), SLOW_AFTER_SECONDS * 1000)
    return () => clearTimeout(timer)
  }, [progress])
  return still === progress
}
