import { REQUIREMENTS } from '../accessibility/requirements.ts'
import { createDebounce, type KeyIntent, keyIntent, nextIndex } from './keys.ts'

const CONTROLS = 'button:not([disabled]), [tabindex="0"]'

/** What the page itself has to do: sound, blanking, headphones. */
export type PageIntent = Extract<
  KeyIntent,
  | 'louder'
  | 'softer'
  | 'faster'
  | 'slower'
  | 'replay'
  | 'stop-speech'
  | 'blank'
  | 'headphones-in'
  | 'headphones-out'
>

export interface KeyboardOptions {
  /** Takes the keys that are not about moving and pressing. */
  readonly onIntent?: (intent: PageIntent) => void
  /** While the focus walks by itself, either switch presses. */
  readonly isScanning?: () => boolean
}

/** Makes keypad and switches walk and press the controls of `document`; returns a function that stops it. */
export function installKeyboard(document: Document, options: KeyboardOptions = {}): () => void {
  const { onIntent = () => {}, isScanning = () => false } = options
  const debounce = createDebounce(REQUIREMENTS.switchDebounce.ours)
  const bySwitch = (event: KeyboardEvent, act: () => void): void => {
    if (debounce.isNew(event.key, event.timeStamp)) act()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const intent = keyIntent(event)
    if (intent === 'none') return
    event.preventDefault()
    if (intent === 'next-item') moveFocus(document, 1)
    else if (intent === 'previous-item') moveFocus(document, -1)
    else if (intent === 'forward') press(document, 'next')
    else if (intent === 'back') press(document, 'back')
    else if (intent === 'move-switch')
      bySwitch(event, () => (isScanning() ? pressFocused(document) : moveFocus(document, 1)))
    else if (intent === 'select-switch') bySwitch(event, () => pressFocused(document))
    else if (intent !== 'swallow') onIntent(intent)
  }
  document.addEventListener('keydown', onKeyDown)
  return () => document.removeEventListener('keydown', onKeyDown)
}

/** The open dialog, or the page: controls behind a dialog cannot be reached. */
function scope(document: Document): ParentNode {
  return document.querySelector('dialog[open]') ?? document
}

/** Moves the focus to the next control that can be seen, round and round. */
export function moveFocus(document: Document, step: 1 | -1): void {
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

function pressFocused(document: Document): void {
  const { activeElement } = document
  if (activeElement instanceof HTMLElement && activeElement.matches(CONTROLS)) activeElement.click()
}

/**
 * Walks the focus on by itself every `periodMs`, for a person with one switch. A press starts the period anew, so that
 * what it did can be taken in; there is no time-out. Returns a function that stops it.
 */
export function installScan(document: Document, periodMs: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const wait = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      moveFocus(document, 1)
      wait()
    }, periodMs)
  }
  document.addEventListener('keydown', wait, { capture: true })
  wait()
  return () => {
    clearTimeout(timer)
    document.removeEventListener('keydown', wait, { capture: true })
  }
}
