import { Button } from '../components/button.tsx'
import { Screen } from '../components/screen.tsx'
import { useText } from '../i18n/use-text.ts'
import { slipDigits } from '../model/flow.ts'

export interface SlipNumberProps {
  readonly slipNumber: number
  readonly place: string
  readonly onSame: () => void
  readonly onDifferent: () => void
}

/** The voter compares the number on the screen with the printed one, so that no kiosk can swap slips unseen. */
export function SlipNumber({ slipNumber, place, onSame, onDifferent }: SlipNumberProps) {
  const { t } = useText()
  const digits = slipDigits(slipNumber)
  return (
    <Screen place={place} title={t.number.title} lead={t.number.how} step={1}>
      <div className="center">
        <p className="slip-number numeric">
          <span aria-hidden="true">{digits}</span>
          <span className="visually-hidden">{t.number.spoken(digits)}</span>
        </p>
        <div className="answers">
          <Button large tone="secondary" onPress={onDifferent}>
            {t.number.different}
          </Button>
          <Button large tone="primary" keyName="next" onPress={onSame}>
            {t.number.same}
          </Button>
        </div>
      </div>
    </Screen>
  )
}
