import { keyIntent, nextIndex } from './keys.ts'

const CONTROLS = 'button:not([disabled]), [tabindex="0"]'

/** Makes arrow keys walk the controls of `document`; returns a function that stops it. */
export function installKeyboard(document: Document): () => void {
  const onKeyDown = (event: KeyboardEvent): void => {
    const intent = keyIntent(event)
    if (intent === 'none') return
    event.preventDefault()
    if (intent === 'next-item') moveFocus(document, 1)
    if (intent === 'previous-item') moveFocus(document, -1)
    if (intent === 'forward') press(document, 'next')
    if (intent === 'back') press(document, 'back')
  }
  document.addEventListener('keydown', onKeyDown)
  return () => document.removeEventListener('keydown', onKeyDown)
}

/** The open dialog, or the page: controls behind a dialog cannot be reached. */
function scope(document: Document): ParentNode {
  return document.querySelector('dialog[open]') ?? document
}

function moveFocus(document: Document, step: 1 | -1): void {
  const controls = [...scope(document).querySelectorAll<HTMLElement>(CONTROLS)].filter(
    (control) => control.getClientRects().length > 0,
  )
  const from = startOf(controls, document.activeElement)
  const next = controls[nextIndex(from, controls.length, step)]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
}

/** From the title (which is no control) the walk goes on with the controls that follow it, not with the header's. */
function startOf(controls: readonly HTMLElement[], active: Element | null): number {
  if (active === null) return -1
  const index = controls.indexOf(active as HTMLElement)
  if (index !== -1) return index
  const preceding = controls.filter(
    (control) => active.compareDocumentPosition(control) & Node.DOCUMENT_POSITION_PRECEDING,
  )
  return preceding.length - 1
}

function press(document: Document, name: 'next' | 'back'): void {
  scope(document).querySelector<HTMLElement>(`[data-key="${name}"]`)?.click()
}
