import { useEffect, useRef } from 'react'
import type { InputView } from '../src/contract/input-views.ts'
import { installKeyboard, installScan, type PageIntent } from './input/keyboard.ts'
import { type Display, type DisplayAction, SCAN_MS } from './model/display.ts'
import type { Speech } from './use-speech.ts'

export interface Keys {
  readonly display: Display
  readonly speech: Speech
  readonly change: (action: DisplayAction) => void
  /** The first screen is shown, and a vote could begin. */
  readonly isAtStart: boolean
  readonly onHeadphonesAtStart: () => void
  /** What the machine's jack says; `null` before the first view. */
  readonly headphones: InputView['headphones'] | null
}

/** Connects keypad, switches and headphone jack to the page for as long as it is shown. */
export function useKeys(keys: Keys): void {
  const newest = useRef(keys)
  newest.current = keys
  useEffect(
    () =>
      installKeyboard(document, {
        onIntent: (intent) => obey(intent, newest.current),
        isScanning: () => newest.current.display.scan !== 'off',
      }),
    [],
  )
  const { headphones } = keys
  const before = useRef<typeof headphones>(null)
  useEffect(() => {
    const was = before.current
    before.current = headphones
    // In before this page was there: nobody plugs them in now to begin.
    if (was === null && headphones === 'in') newest.current.change({ kind: 'headphones', isIn: true })
    else if (was === null) return
    else if (headphones === 'in') obey('headphones-in', newest.current)
    // A pad that went away took its jack with it.
    else if (headphones === 'out' || was === 'in') obey('headphones-out', newest.current)
  }, [headphones])
  const { scan } = keys.display
  useEffect(() => {
    if (scan !== 'off') return installScan(document, SCAN_MS[scan])
  }, [scan])
}

function obey(intent: PageIntent, keys: Keys): void {
  const { display, speech, change, isAtStart, onHeadphonesAtStart } = keys
  if (intent === 'headphones-in' || intent === 'headphones-out') {
    change({ kind: 'headphones', isIn: intent === 'headphones-in' })
    if (intent === 'headphones-in' && isAtStart && speech.canSpeak) onHeadphonesAtStart()
  } else if (display.mode !== 'audio') {
    // Without speech these keys have nothing to change.
  } else if (intent === 'replay') speech.replay()
  else if (intent === 'stop-speech') speech.stop()
  else change(CHANGES[intent])
}

const CHANGES = {
  louder: { kind: 'volume', step: 1 },
  softer: { kind: 'volume', step: -1 },
  faster: { kind: 'rate', step: 1 },
  slower: { kind: 'rate', step: -1 },
  blank: { kind: 'blank' },
} as const satisfies Partial<Record<PageIntent, DisplayAction>>
