import type { ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'

export interface ButtonProps {
  readonly onPress: () => void
  readonly tone?: 'primary' | 'secondary' | 'quiet'
  readonly icon?: IconName
  /** The icon stands after the words, for "next". */
  readonly iconLast?: boolean
  readonly className?: string
  /** Full width and tall: the one thing to do on this screen. */
  readonly large?: boolean
  /** Named for keypads: arrow right presses "next", arrow left "back". */
  readonly keyName?: 'next' | 'back'
  /** Spoken instead of the visible words, when they need their context. */
  readonly label?: string
  readonly lang?: string
  /** Cannot be pressed now; stays where it is and says so. */
  readonly isOff?: boolean
  readonly children: ReactNode
}

export function Button(props: ButtonProps) {
  const {
    onPress,
    tone = 'secondary',
    icon,
    iconLast = false,
    className,
    large,
    keyName,
    label,
    lang,
    isOff,
  } = props
  const classes = ['button', tone, large ? 'large' : '', className ?? ''].filter(Boolean).join(' ')
  const drawn = icon === undefined ? null : <Icon name={icon} />
  return (
    <button
      type="button"
      className={classes}
      onClick={isOff ? undefined : onPress}
      data-key={keyName}
      aria-disabled={isOff || undefined}
      aria-label={label}
      lang={lang}
    >
      {iconLast ? null : drawn}
      <span>{props.children}</span>
      {iconLast ? drawn : null}
    </button>
  )
}
