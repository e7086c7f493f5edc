import { Icon, type IconName } from './icon.tsx'

export interface WayProps {
  readonly icon: IconName
  readonly title: string
  readonly how?: string
  readonly isPrimary?: boolean
  /** Cannot be taken now; `how` says why. */
  readonly isOff?: boolean
  readonly lang?: string
  readonly onPress: () => void
}

/** One of a few ways to go on: what it is called, and what it means. */
export function Way({ icon, title, how, isPrimary = false, isOff = false, lang, onPress }: WayProps) {
  return (
    <button
      type="button"
      className={isPrimary ? 'way primary' : 'way'}
      onClick={isOff ? undefined : onPress}
      aria-disabled={isOff || undefined}
      lang={lang}
    >
      <Icon name={icon} />
      <span>
        <strong>{title}</strong>
        {how === undefined ? null : <span className="way-how">{how}</span>}
      </span>
    </button>
  )
}
