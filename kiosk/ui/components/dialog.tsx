import { type ReactNode, useId, useLayoutEffect, useRef } from 'react'
import { Icon, type IconName } from './icon.tsx'
import { Scroller } from './scroller.tsx'

export interface DialogProps {
  readonly title: string
  readonly icon: IconName
  readonly tone?: 'plain' | 'warning'
  /** Escape does the harmless thing. */
  readonly onEscape: () => void
  readonly children: ReactNode
  /** A page of its own rather than a question. */
  readonly isTall?: boolean
  /** Buttons, the affirmative one last. */
  readonly actions: ReactNode
}

/** A modal question. The native element keeps the focus inside and hides what is behind from assistive technology. */
export function Dialog(props: DialogProps) {
  const { title, icon, tone = 'plain', onEscape, isTall = false, children, actions } = props
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
      className={isTall ? 'tall' : undefined}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onEscape()
      }}
    >
      <div className="dialog-body">
        <Scroller place={title}>
          <div className="dialog-content">
            {isTall ? null : (
              <span className={tone === 'warning' ? 'badge warning' : 'badge'}>
                <Icon name={icon} />
              </span>
            )}
            <h1 id={titleId} tabIndex={-1}>
              {title}
            </h1>
            {children}
          </div>
        </Scroller>
        <div className="dialog-actions">{actions}</div>
      </div>
    </dialog>
  )
}
