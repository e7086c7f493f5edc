import { useEffect, useState } from 'react'
import type { Client } from '../../src/contract/define.ts'
import { ERROR_TEXT, type KioskErrorCode } from '../../src/contract/errors.ts'
import type { KioskContract } from '../../src/contract/kiosk-contract.ts'
import type { KioskView } from '../../src/contract/views.ts'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Notice } from '../components/notice.tsx'
import { useText } from '../i18n/use-text.ts'

export interface PinProps {
  readonly view: KioskView
  readonly kiosk: Client<KioskContract>
  /** Takes over the view that the kiosk answered with. */
  readonly accept: (view: KioskView) => void
}

const LONGEST_PIN = 12
const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9'] as const

/** Staff's way in on the voter's screen. What the voter chose is covered as long as it is open. */
export function PinDialog({ onClose, ...pin }: PinProps & { readonly onClose: () => void }) {
  const { t } = useText()
  return (
    <Dialog
      title={t.pin.title}
      icon="lock"
      isTall
      onEscape={onClose}
      actions={
        <Button large tone="secondary" onPress={onClose}>
          {t.help.close}
        </Button>
      }
    >
      <PinPad {...pin} />
    </Dialog>
  )
}

/** Ten digits. What was typed shows as dots only and is forgotten with every try. */
export function PinPad({ view, kiosk, accept }: PinProps) {
  const { t, language } = useText()
  const [pin, setPin] = useState('')
  const [error, setError] = useState<KioskErrorCode | null>(null)
  const waitSeconds = useCountdown(view.staff.waitSeconds, view.cursor)
  const add = (digit: string): void => setPin((before) => (before + digit).slice(0, LONGEST_PIN))
  const unlock = async (): Promise<void> => {
    if (pin === '') return
    setPin('')
    const answer = await kiosk['staff.unlock']({ secret: pin })
    setError(answer.ok ? null : answer.error)
    if (answer.ok) accept(answer.value)
  }
  return (
    <div className="pin">
      <p className="pin-dots numeric" role="status">
        <span>{pin === '' ? t.pin.empty : t.pin.typed(pin.length)}</span>{' '}
        <span aria-hidden="true">{'●'.repeat(pin.length)}</span>
      </p>
      {waitSeconds > 0 ? (
        <Notice tone="warning" text={t.pin.waiting(waitSeconds)} />
      ) : error === null ? null : (
        <Notice
          tone="warning"
          text={{ what: t.pin.wrong, next: ERROR_TEXT[error]?.staff[language] ?? error }}
        />
      )}
      <div className="pin-keys">
        {DIGITS.map((digit) => (
          <Button key={digit} tone="secondary" label={t.pin.digit(digit)} onPress={() => add(digit)}>
            {digit}
          </Button>
        ))}
        <Button tone="quiet" onPress={() => setPin('')}>
          {t.pin.erase}
        </Button>
        <Button tone="secondary" label={t.pin.digit('0')} onPress={() => add('0')}>
          0
        </Button>
        <Button tone="primary" isOff={pin === '' || waitSeconds > 0} onPress={() => void unlock()}>
          {t.pin.open}
        </Button>
      </div>
    </div>
  )
}

/** Seconds still to wait, counted down from what the kiosk said when it sent `cursor`. */
function useCountdown(seconds: number | null, cursor: string): number {
  const [left, setLeft] = useState(seconds ?? 0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another view counts from its own moment
  useEffect(() => {
    setLeft(seconds ?? 0)
    if (seconds === null) return
    const timer = setInterval(() => setLeft((before) => Math.max(0, before - 1)), 1_000)
    return () => clearInterval(timer)
  }, [seconds, cursor])
  return left
}
