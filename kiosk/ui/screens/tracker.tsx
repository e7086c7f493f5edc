import type { ScreenOf } from '../../src/contract/views.ts'
import { Notice } from '../components/notice.tsx'
import { Screen } from '../components/screen.tsx'
import { TrackerCard } from '../components/tracker-card.tsx'
import { Way } from '../components/way.tsx'
import type { ProblemText } from '../i18n/catalog.ts'
import { useText } from '../i18n/use-text.ts'
import type { Notice as NoticeName } from '../model/local.ts'

export interface TrackerProps {
  readonly screen: ScreenOf<'tracker'>
  readonly place: string
  readonly notice: NoticeName | null
  readonly onCast: () => void
  readonly onCheck: () => void
  readonly onBack: () => void
}

/** The tracker is shown before the kiosk knows what comes: cast or check. That is what makes the check worth it. */
export function Tracker({ screen, place, notice, onCast, onCheck, onBack }: TrackerProps) {
  const { t } = useText()
  const problem = useCastProblem(screen, notice)
  return (
    <Screen
      place={place}
      title={t.tracker.title}
      lead={t.tracker.how}
      step={4}
      above={problem === null ? undefined : <Notice tone="danger" text={problem} />}
      back={{ onPress: onBack }}
    >
      <div className="stack">
        <TrackerCard tracker={screen.tracker} />
        <Way icon="ballot" title={t.tracker.cast} how={t.tracker.castHow} isPrimary onPress={onCast} />
        <Way icon="search" title={t.tracker.check} how={t.tracker.checkHow} onPress={onCheck} />
      </div>
    </Screen>
  )
}

/** Why casting failed just now, in the voter's words; the ballot was not stored in any of these cases. */
function useCastProblem(screen: ScreenOf<'tracker'>, notice: NoticeName | null): ProblemText | null {
  const { t } = useText()
  if (notice === 'used-meanwhile') return t.problem.usedMeanwhile
  if (screen.problem === 'disk-full') return t.problem.diskFull
  if (screen.problem === 'box-failed') return t.problem.notStored
  return null
}
