import { type ReactNode, useId, useLayoutEffect, useRef } from 'react'
import { Icon, type IconName } from './icon.tsx'

export interface DialogProps {
  readonly title: string
  readonly icon: IconName
  readonly tone?: 'plain' | 'warning'
  /** Escape does the harmless thing. */
  readonly onEscape: () => void
  readonly children: ReactNode
  /** Buttons, the affirmative one last. */
  readonly actions: ReactNode
}

/** A modal question. The native element keeps the focus inside and hides what is behind from assistive technology. */
export function Dialog({ title, icon, tone = 'plain', onEscape, children, actions }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  // Before painting, while the control that had the focus still has it.
  useLayoutEffect(() => {
    const element = dialog.current
    const before = document.activeElement
    element?.showModal()
    element?.querySelector('h1')?.focus()
    return () => {
      element?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onEscape()
      }}
    >
      <div className="dialog-body">
        <span className={tone === 'warning' ? 'badge warning' : 'badge'}>
          <Icon name={icon} />
        </span>
        <h1 id={titleId} tabIndex={-1}>
          {title}
        </h1>
        {children}
        <div className="dialog-actions">{actions}</div>
      </div>
    </dialog>
  )
}
