import type { ProblemText } from '../i18n/catalog.ts'
import { Icon, type IconName } from './icon.tsx'

export type NoticeTone = 'warning' | 'danger' | 'success' | 'info'

const ICONS: Readonly<Record<NoticeTone, IconName>> = {
  warning: 'warning',
  danger: 'warning',
  success: 'check',
  info: 'help',
}

/** What happened and what to do next, spoken at once. It covers nothing and needs no press to go away. */
export function Notice({ tone, text }: { tone: NoticeTone; text: ProblemText }) {
  return (
    <div className={`notice ${tone}`} role="alert">
      <Icon name={ICONS[tone]} />
      <div>
        <strong>{text.what}</strong>
        <p>{text.next}</p>
      </div>
    </div>
  )
}
