import type { Language } from '../../src/contract/views.ts'
import { CATALOGS } from '../i18n/use-text.ts'
import type { Part, Speaker } from './speaker.ts'

const CONTROL = 'button, [role="region"], [role="textbox"], [data-row]'
/** Decorations, the countdown (which would never stop talking), and what the walk speaks one by one. */
const SILENT = `[aria-hidden="true"], [role="timer"], ${CONTROL}`

/**
 * Says what the page shows, from the same tree that a screen reader would use: a screen when its title takes the focus,
 * a control when the walk reaches it, alerts at once, changes of state after the press. Returns a function that ends it.
 */
export function narrate(document: Document, speaker: Speaker): () => void {
  /** The status line of a new screen is part of what the screen said. */
  let isScreenNew = false
  const onFocus = (event: FocusEvent): void => {
    const element = event.target
    if (!(element instanceof HTMLElement)) return
    if (element.matches('h1')) {
      isScreenNew = true
      speaker.say(screenParts(element), 'screen')
    } else if (element.matches(CONTROL)) speaker.say(controlParts(element), 'control')
  }
  const observer = new MutationObserver((changes) => {
    // What a press did comes before what it led to, in whatever order the page was changed.
    for (const change of changes) speakState(document, speaker, change)
    for (const change of changes) speakAlert(speaker, change)
    for (const status of new Set(changes.map(statusOf))) {
      if (status !== null && !isScreenNew) speaker.say(textParts(status), 'status')
    }
    isScreenNew = false
  })
  document.addEventListener('focusin', onFocus)
  observer.observe(document.body, {
    subtree: true,
    childList: true,
    characterData: true,
    attributeFilter: ['aria-checked'],
  })
  const title = (document.querySelector('dialog[open]') ?? document).querySelector('h1')
  if (title !== null) speaker.say(screenParts(title), 'screen')
  return () => {
    observer.disconnect()
    document.removeEventListener('focusin', onFocus)
    speaker.forget()
  }
}

function speakState(document: Document, speaker: Speaker, { type, target }: MutationRecord): void {
  if (type !== 'attributes' || !(target instanceof HTMLElement)) return
  if (target === document.activeElement) speaker.say(stateParts(target), 'control')
}

function speakAlert(speaker: Speaker, { addedNodes }: MutationRecord): void {
  for (const node of addedNodes) {
    if (!(node instanceof Element)) continue
    const alert = node.matches('[role="alert"]') ? node : node.querySelector('[role="alert"]')
    if (alert !== null) speaker.say(textParts(alert), 'alert')
  }
}

/** The status line that a change happened in. */
function statusOf({ type, target }: MutationRecord): Element | null {
  if (type === 'attributes') return null
  const changed = target instanceof Element ? target : target.parentElement
  return changed?.closest('[role="status"]') ?? null
}

/** Title first, then everything on the screen that cannot be pressed, in reading order. */
export function screenParts(title: Element): Part[] {
  const scope = title.closest('dialog') ?? title.closest('main') ?? title
  return textParts(scope)
}

/** A control's name, its state, and that it cannot be pressed now. */
export function controlParts(control: Element): Part[] {
  const label = control.getAttribute('aria-label')
  const hasText = label === null || control.matches('[role="textbox"]')
  const leaves = hasText ? childLeaves(control) : []
  const parts = leaves.map((leaf) => part(leaf, textOf(leaf)))
  if (label !== null) parts.unshift({ ...part(control, label), isFree: false })
  const speech = CATALOGS[languageOf(control)].speech
  if (control.getAttribute('aria-disabled') === 'true') parts.push(part(control, speech.isOff))
  return [...parts, ...stateParts(control)]
}

function stateParts(control: Element): Part[] {
  const checked = control.getAttribute('aria-checked')
  if (checked === null) return []
  const { chosen, notChosen } = CATALOGS[languageOf(control)].speech
  return [part(control, checked === 'true' ? chosen : notChosen)]
}

function textParts(scope: Element): Part[] {
  return leavesOf(scope, SILENT).flatMap((leaf) => {
    const text = textOf(leaf)
    if (leaf.closest('[data-spell]') === null) return [part(leaf, text)]
    return [...text.replace(/\s/g, '')].map((character) => part(leaf, character))
  })
}

/** The innermost elements that hold text of their own, without those that are skipped. */
function leavesOf(element: Element, skipped: string): Element[] {
  if (element.matches(skipped) && !element.matches(CONTROL)) return []
  const own = [...element.childNodes].some(
    (node) => node.nodeType === Node.TEXT_NODE && node.nodeValue?.trim() !== '',
  )
  if (element.hasAttribute('aria-label') && element.matches('[role="img"]')) return [element]
  if (own) return [element]
  return [...element.children]
    .filter((child) => !child.matches(skipped))
    .flatMap((child) => leavesOf(child, skipped))
}

/** Of a text box its text, whatever its own label says. */
function childLeaves(control: Element): Element[] {
  if (!control.matches('[role="textbox"]')) return leavesOf(control, '[aria-hidden="true"]')
  return [...control.children].flatMap((child) => leavesOf(child, '[aria-hidden="true"]'))
}

function textOf(element: Element): string {
  return element.getAttribute('aria-label') ?? element.textContent ?? ''
}

function part(element: Element, text: string): Part {
  const otherwise = element.getAttribute('data-otherwise')
  return {
    text,
    language: languageOf(element),
    isPrivate: element.closest('[data-private]') !== null,
    isFree: element.closest('[data-free]') !== null,
    ...(otherwise === null ? {} : { otherwise }),
  }
}

function languageOf(element: Element): Language {
  return element.closest('[lang]')?.getAttribute('lang') === 'en' ? 'en' : 'ko'
}
