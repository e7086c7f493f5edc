import { Notice } from '../components/notice.tsx'
import { useText } from '../i18n/use-text.ts'

/** Before the core's first answer: nothing, and a sentence only if the answer stays away. */
export function Waiting({ isUnreachable }: { isUnreachable: boolean }) {
  const { t } = useText()
  return (
    <main className="waiting" aria-label={t.brand}>
      {isUnreachable ? <Notice tone="info" text={t.problem.unreachable} /> : null}
    </main>
  )
}
