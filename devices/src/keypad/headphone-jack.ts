import type { RawKey } from './key-lines.ts'
import type { HeadphoneState } from './keypad.ts'

/** What the jack of a pad says, taken out of the stream of its keys: a plug may stay in for hours and is no stuck key. */
export interface Jack {
  readonly state: HeadphoneState
  /** True when the code was about the plug. */
  take(raw: RawKey): boolean
  /** The pad is gone, and with it what it knew. */
  lose(): void
  onState(listener: (state: HeadphoneState) => void): () => void
}

/** Down while a plug is in. */
const HELD_CODE = 'headphones'
/** Pressed once when a plug goes in (F15) or out (F16), as audio keypads do. */
const PRESSED_CODES: Readonly<Record<string, 'in' | 'out'>> = { '07:6a': 'in', '07:6b': 'out' }

export function openJack(): Jack {
  const listeners = new Set<(state: HeadphoneState) => void>()
  let state: HeadphoneState = 'unknown'

  function set(next: HeadphoneState): void {
    if (next === state) return
    state = next
    for (const listener of [...listeners]) listener(next)
  }

  return {
    get state() {
      return state
    },
    take({ code, isDown }) {
      const pressed = Object.hasOwn(PRESSED_CODES, code) ? PRESSED_CODES[code] : undefined
      if (code === HELD_CODE) set(isDown ? 'in' : 'out')
      else if (pressed !== undefined && isDown) set(pressed)
      return code === HELD_CODE || pressed !== undefined
    },
    lose: () => set('unknown'),
    onState(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
