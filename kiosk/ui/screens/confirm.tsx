import { Button } from '../components/button.tsx'
import { Screen } from '../components/screen.tsx'
import { useText } from '../i18n/use-text.ts'

export interface ConfirmProps {
  readonly place: string
  readonly onYes: () => void
  readonly onNo: () => void
}

/** The last question. Affirmative on the right; everything before it can be undone. */
export function Confirm({ place, onYes, onNo }: ConfirmProps) {
  const { t } = useText()
  return (
    <Screen
      place={`${place} confirm`}
      title={t.confirm.title}
      lead={t.confirm.how}
      step={4}
      badge={{ icon: 'ballot', tone: 'plain' }}
      back={{ onPress: onNo }}
    >
      <div className="answers">
        <Button large tone="secondary" onPress={onNo}>
          {t.confirm.no}
        </Button>
        <Button large tone="primary" keyName="next" onPress={onYes}>
          {t.confirm.yes}
        </Button>
      </div>
    </Screen>
  )
}
