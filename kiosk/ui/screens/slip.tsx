import type { ScreenOf } from '../../src/contract/views.ts'
import { SlipOverLight } from '../components/illustrations.tsx'
import { Notice } from '../components/notice.tsx'
import { Screen } from '../components/screen.tsx'
import { useText } from '../i18n/use-text.ts'

/** Waiting for the slip. A slip that was not accepted gets its own sentence and next step above the picture. */
export function Slip({ screen, place }: { screen: ScreenOf<'slip'>; place: string }) {
  const { t } = useText()
  const { problem } = screen
  return (
    <Screen
      place={place}
      title={t.slip.title}
      lead={t.slip.how}
      step={1}
      above={
        problem === null ? undefined : <Notice key={problem} tone="warning" text={t.slip.problems[problem]} />
      }
    >
      <div className="center">
        <SlipOverLight label={t.slip.picture} />
      </div>
    </Screen>
  )
}
