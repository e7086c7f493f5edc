import { REQUIREMENTS } from '../accessibility/requirements.ts'
import { type Arrow, neighbour } from './grid.ts'
import { createDebounce, type KeyIntent, keyIntent, nextIndex } from './keys.ts'

const CONTROLS = 'button:not([disabled]), [tabindex="0"]'
/** Rows of keys: a person with switches enters one with a press, and leaves it by walking past its end. */
const ROW = '[data-row]'

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
    const arrow = ARROWS[intent]
    if (arrow !== undefined && moveInGrid(document, arrow)) return
    if (intent === 'next-item') moveFocus(document, 1)
    else if (intent === 'previous-item') moveFocus(document, -1)
    else if (intent === 'forward') press(document, 'next')
    else if (intent === 'back') press(document, 'back')
    else if (intent === 'move-switch')
      bySwitch(event, () => (isScanning() ? switchPress(document) : switchMove(document)))
    else if (intent === 'select-switch') bySwitch(event, () => switchPress(document))
    else if (intent !== 'swallow') onIntent(intent)
  }
  document.addEventListener('keydown', onKeyDown)
  return () => document.removeEventListener('keydown', onKeyDown)
}

/** The open dialog, or the page: controls behind a dialog cannot be reached. */
function scope(document: Document): ParentNode {
  return document.querySelector('dialog[open]') ?? document
}

const ARROWS: Partial<Record<KeyIntent, Arrow>> = {
  'next-item': 'down',
  'previous-item': 'up',
  forward: 'right',
  back: 'left',
}

/**
 * On a key of a keyboard the four arrows move over the keys as they lie. Answers whether the key was used: above the
 * first row and below the last the walk through the page goes on.
 */
function moveInGrid(document: Document, arrow: Arrow): boolean {
  const active = document.activeElement
  const grid = active?.closest('[data-grid]')
  if (!(active instanceof HTMLElement) || grid == null || active.matches(ROW)) return false
  const rows = [...grid.querySelectorAll(ROW)].map((row) => [...row.querySelectorAll<HTMLElement>(CONTROLS)])
  const boxes = rows.map((row) => row.map((key) => key.getBoundingClientRect()))
  const y = rows.findIndex((row) => row.includes(active))
  const found = neighbour(boxes, { row: y, key: rows[y]?.indexOf(active) ?? 0 }, arrow)
  if (found === null) {
    const all = rows.flat()
    const edge = arrow === 'down' ? all.at(-1) : all[0]
    stepFrom(edge ?? active, arrow === 'down' ? 1 : -1, visibleControls(document))
    return true
  }
  rows[found.row]?.[found.key]?.focus()
  return true
}

/** One step of a switch or of the walk by itself: rows of keys first, the keys of the row that was entered then. */
function switchMove(document: Document): void {
  const active = document.activeElement
  const row = active?.matches(ROW) === true ? null : active?.closest(ROW)
  if (active !== null && row != null) {
    const keys = [...row.querySelectorAll<HTMLElement>(CONTROLS)]
    const next = keys[keys.indexOf(active as HTMLElement) + 1] ?? (row as HTMLElement)
    next.focus()
    return
  }
  const rows = [...scope(document).querySelectorAll<HTMLElement>(`${CONTROLS}, ${ROW}`)]
  const stops = rows.filter((one) => isVisible(one) && (one.matches(ROW) || one.closest(ROW) === null))
  if (active !== null) stepFrom(active, 1, stops)
}

/** Enters a row, or presses; after a key of a row the walk begins at the first row again. */
function switchPress(document: Document): void {
  const active = document.activeElement
  if (active?.matches(ROW) === true) {
    active.querySelector<HTMLElement>(CONTROLS)?.focus()
    return
  }
  const grid = active?.closest('[data-grid]')
  pressFocused(document)
  // The press may show other keys; the page draws them before this runs.
  if (grid != null) queueMicrotask(() => grid.querySelector<HTMLElement>(ROW)?.focus())
}

/** Moves the focus to the next control that can be seen, round and round. */
export function moveFocus(document: Document, step: 1 | -1): void {
  stepFrom(document.activeElement, step, visibleControls(document))
}

function visibleControls(document: Document): HTMLElement[] {
  return [...scope(document).querySelectorAll<HTMLElement>(CONTROLS)].filter(isVisible)
}

function isVisible(control: HTMLElement): boolean {
  return control.getClientRects().length > 0
}

function stepFrom(from: Element | null, step: 1 | -1, controls: readonly HTMLElement[]): void {
  const next = controls[nextIndex(startOf(controls, from), controls.length, step)]
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
      switchMove(document)
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
