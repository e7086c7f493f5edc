import type { TrackerView } from '../../src/contract/views.ts'
import { useText } from '../i18n/use-text.ts'
import { Qr } from './qr.tsx'

export interface TrackerCardProps {
  readonly tracker: TrackerView
  /** Without the QR code, where another one is on the screen. */
  readonly isPlain?: boolean
  /** QR code above the groups, both large: for a photograph. */
  readonly isTall?: boolean
}

/** The tracker for eyes (five groups of four) and for phones (QR). */
export function TrackerCard({ tracker, isPlain = false, isTall = false }: TrackerCardProps) {
  const { t } = useText()
  const groups = tracker.text.split('-')
  return (
    <div className={isTall ? 'tracker-card tall' : 'tracker-card'} data-private="">
      {isPlain ? null : <Qr text={tracker.qr} label={t.tracker.qr} />}
      <div>
        <p className="soft">{t.tracker.label}</p>
        <p className="tracker-groups numeric" data-spell="">
          {groups.map((group, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two groups may be equal
            <span key={at}>{group} </span>
          ))}
        </p>
      </div>
    </div>
  )
}
