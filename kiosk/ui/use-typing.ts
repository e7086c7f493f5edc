import { useEffect, useRef, useState } from 'react'
import { beforeCaret, type Typing, type TypingKey, textOf, type, typingOf } from './input/hangul/typing.ts'
import { twoSetLetter } from './input/keyboard-layouts.ts'

/** How long a repeated key waits where somebody has switched the time limit on. */
export const REPEAT_LIMIT_MS = 1_500
/** Characters of a physical keyboard that come faster than this are a scanner's. */
const SCANNER_GAP_MS = 40
/** Shorter bursts are a fast hand. */
const SCANNER_LENGTH = 8

export interface Typist {
  readonly typing: Typing
  readonly text: string
  /** Code points of the text. */
  readonly length: number
  readonly problem: 'full' | 'slip' | null
  /** What the last key did, for the ear: the syllable under the hand, and the key when no voice can say that. */
  readonly echo: { readonly count: number; readonly syllable: string; readonly key: TypingKey | null }
  readonly press: (key: TypingKey) => void
  /** The problem was read; the text stays as it is. */
  readonly goOn: () => void
}

/**
 * A text that is written on the screen and on a plugged-in keyboard at once. A scanner that types into it is taken back:
 * the secret of a slip must never end up in a proposal.
 */
export function useTyping(options: {
  readonly start: string
  readonly most: number
  readonly isHangul: boolean
  readonly hasLimit: boolean
  /** Called with each new text. */
  readonly onText: (text: string) => void
  readonly focusText: () => void
}): Typist {
  const [state, setState] = useState(() => ({
    typing: typingOf(options.start),
    problem: null as Typist['problem'],
  }))
  const [echo, setEcho] = useState<Typist['echo']>({ count: 0, syllable: '', key: null })
  const newest = useRef({ ...state, options })
  newest.current = { ...state, options }

  const set = (typing: Typing, problem: Typist['problem']): void => {
    const before = textOf(newest.current.typing)
    newest.current = { ...newest.current, typing, problem }
    setState({ typing, problem })
    const text = textOf(typing)
    if (text !== before) newest.current.options.onText(text)
  }
  const press = (key: TypingKey): void => {
    const { typing, options } = newest.current
    const next = type(typing, key)
    if (length(next) > options.most && length(next) > length(typing)) {
      set(typing, 'full')
      return
    }
    set(next, null)
    setEcho(({ count }) => ({ count: count + 1, syllable: [...beforeCaret(next)].at(-1) ?? '', key }))
  }
  const tools = useRef({ press, set })
  tools.current = { press, set }

  useEffect(() => {
    const burst = { from: newest.current.typing, length: 0, lastMs: Number.NEGATIVE_INFINITY }
    const run = createRun()
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector('dialog[open]') !== null)
        return
      const { typing, options } = newest.current
      const isFast = event.timeStamp - burst.lastMs <= SCANNER_GAP_MS
      if (event.key === 'Enter' && isFast && burst.length >= SCANNER_LENGTH) {
        take(event)
        burst.length = 0
        tools.current.set(burst.from, 'slip')
        return
      }
      const key = physicalKey(event, options.isHangul)
      const slip = run.note(event.key, typing, event.timeStamp)
      if (key === null && slip === null) return
      take(event)
      if (slip !== null) tools.current.set(slip, 'slip')
      if (slip !== null || key === null) return
      if (event.repeat && key.kind !== 'erase') return
      if (!isFast) Object.assign(burst, { from: typing, length: 0 })
      Object.assign(burst, { length: burst.length + 1, lastMs: event.timeStamp })
      options.focusText()
      tools.current.press(key)
    }
    window.addEventListener('keydown', onKeyDown, { capture: true })
    return () => window.removeEventListener('keydown', onKeyDown, { capture: true })
  }, [])

  const { hasLimit } = options
  const { cycle } = state.typing
  useEffect(() => {
    if (!hasLimit || cycle === null) return
    const timer = setTimeout(
      () => tools.current.set(type(newest.current.typing, { kind: 'pause' }), null),
      REPEAT_LIMIT_MS,
    )
    return () => clearTimeout(timer)
  }, [hasLimit, cycle])

  return {
    ...state,
    text: textOf(state.typing),
    length: length(state.typing),
    echo,
    press,
    goOn: () => set(newest.current.typing, null),
  }
}

/** A slip's or a card's text as a scanner types it: two letters, a digit, Crockford's base32. */
const SLIP = /H[PS]\d[0-9A-Z]{12,}$/i
/** Longest pause within one run of keys. */
const RUN_GAP_MS = 1_000

/** Watches what a plugged-in keyboard types, whatever letters that makes on the screen. */
function createRun() {
  let keys: { readonly key: string; readonly before: Typing }[] = []
  let lastMs = Number.NEGATIVE_INFINITY
  let takenBackTo: Typing | null = null
  return {
    /** The text as it was before a slip was typed into it, with each key of that slip; otherwise `null`. */
    note(key: string, before: Typing, nowMs: number): Typing | null {
      const isOver = nowMs - lastMs > RUN_GAP_MS
      lastMs = nowMs
      if (isOver) takenBackTo = null
      if (isOver || key === 'Enter') keys = []
      if (key === 'Enter' || [...key].length !== 1) {
        const rest = key === 'Enter' ? takenBackTo : null
        if (key === 'Enter') takenBackTo = null
        return rest
      }
      if (takenBackTo !== null) return takenBackTo
      keys = [...keys, { key, before }].slice(-64)
      const found = SLIP.exec(keys.map((one) => one.key).join(''))
      if (found !== null) takenBackTo = keys[found.index]?.before ?? null
      return takenBackTo
    },
  }
}

function length(typing: Typing): number {
  return [...textOf(typing)].length
}

function take(event: KeyboardEvent): void {
  event.preventDefault()
  event.stopImmediatePropagation()
}

/** What a key of a plugged-in keyboard types, or `null` when it is none: arrows walk, unless the text has the focus. */
function physicalKey(event: KeyboardEvent, isHangul: boolean): TypingKey | null {
  const isOnText = document.activeElement?.getAttribute('role') === 'textbox'
  const isOnButton = document.activeElement instanceof HTMLButtonElement
  if (event.key === 'Backspace') return { kind: 'erase' }
  if (isOnText && event.key === 'ArrowLeft') return { kind: 'caret', step: -1 }
  if (isOnText && event.key === 'ArrowRight') return { kind: 'caret', step: 1 }
  if (event.key === ' ') return isOnButton ? null : { kind: 'text', text: ' ' }
  if ([...event.key].length !== 1) return null
  const letter = isHangul ? twoSetLetter(event.code, event.shiftKey) : undefined
  if (letter !== undefined) return { kind: 'jamo', jamo: letter }
  return { kind: /[ㄱ-ㅣ]/.test(event.key) ? 'jamo' : 'text', jamo: event.key, text: event.key } as TypingKey
}
