import type { KioskView, ScreenOf } from '../../src/contract/views.ts'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { Notice } from '../components/notice.tsx'
import { Qr } from '../components/qr.tsx'
import { Screen } from '../components/screen.tsx'
import { TrackerCard } from '../components/tracker-card.tsx'
import { useText } from '../i18n/use-text.ts'

/** The ballot is durably on this machine: that is what voting successfully means, with or without a network. */
export function Stored({ place, onNext }: { place: string; onNext: () => void }) {
  const { t } = useText()
  return (
    <Screen
      place={place}
      title={t.stored.title}
      lead={t.stored.how}
      step={4}
      badge={{ icon: 'check', tone: 'success' }}
      canLeave={false}
    >
      <p className="promise">
        <Icon name="shield" />
        <span>{t.stored.offline}</span>
      </p>
      <Button large tone="primary" icon="forward" iconLast keyName="next" onPress={onNext}>
        {t.stored.next}
      </Button>
    </Screen>
  )
}

export interface CheckedProps {
  readonly screen: ScreenOf<'checked'>
  readonly place: string
  readonly onAgain: () => void
  readonly onStop: () => void
}

/** The opened ballot: choices and randomness, for anybody's own computation. */
export function Checked({ screen, place, onAgain, onStop }: CheckedProps) {
  const { t } = useText()
  return (
    <Screen
      place={place}
      title={t.checked.title}
      lead={t.checked.how}
      step={4}
      canLeave={false}
      back={{ onPress: onStop, label: t.checked.stop, icon: 'home' }}
      next={{ onPress: onAgain, label: t.checked.again, icon: 'refresh' }}
    >
      <div className="stack loose middle">
        <Qr large text={screen.opening} label={t.checked.qr} />
        <TrackerCard tracker={screen.tracker} isPlain />
      </div>
    </Screen>
  )
}

export interface ReceiptProps {
  readonly screen: ScreenOf<'receipt'>
  readonly place: string
  readonly paper: KioskView['receipt']
  readonly onAgain: () => void
  readonly onFinish: () => void
}

/** The tracker to take away. It says nothing about the choices. */
export function Receipt({ screen, place, paper, onAgain, onFinish }: ReceiptProps) {
  const { t } = useText()
  const isCast = screen.kind === 'cast'
  return (
    <Screen
      place={place}
      title={isCast ? t.receipt.title : t.receipt.checkedTitle}
      lead={isCast ? t.receipt.how : t.receipt.checkedHow}
      step={null}
      canLeave={false}
      back={isCast ? undefined : { onPress: onAgain, label: t.checked.again, icon: 'refresh' }}
      next={{ onPress: onFinish, label: t.receipt.finish, icon: 'check' }}
    >
      <div className="stack loose">
        {paper === 'failed' ? <Notice tone="warning" text={t.receipt.notPrinted} /> : null}
        <TrackerCard tracker={screen.tracker} isTall />
        {paper === 'printed' ? (
          <p className="promise" role="status">
            <Icon name="check" />
            <span>{t.receipt.printed}</span>
          </p>
        ) : null}
        <p className="promise">
          <Icon name="lock" />
          <span>{t.receipt.secret}</span>
        </p>
      </div>
    </Screen>
  )
}

/** Good-bye. The core goes back to the first screen by itself. */
export function Done({ place, onFinish }: { place: string; onFinish: () => void }) {
  const { t } = useText()
  return (
    <Screen
      place={place}
      title={t.done.title}
      lead={t.done.how}
      step={null}
      badge={{ icon: 'hand', tone: 'plain' }}
      canLeave={false}
    >
      <Button large tone="secondary" icon="home" keyName="next" onPress={onFinish}>
        {t.done.finish}
      </Button>
    </Screen>
  )
}

/** The end of a practice: nothing of it is kept anywhere. */
export function PracticeDone({ place, onFinish }: { place: string; onFinish: () => void }) {
  const { t } = useText()
  return (
    <Screen
      place={place}
      title={t.practice.title}
      lead={t.practice.how}
      step={null}
      badge={{ icon: 'check', tone: 'success' }}
      canLeave={false}
    >
      <Button large tone="primary" icon="home" keyName="next" onPress={onFinish}>
        {t.practice.finish}
      </Button>
    </Screen>
  )
}
