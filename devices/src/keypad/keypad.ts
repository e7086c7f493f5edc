import type { ConnectionState } from '../connection-state.ts'

/** The nine keys of a tactile keypad for people who do not use the screen. */
export const KEYPAD_KEYS = [
  'up',
  'down',
  'left',
  'right',
  'select',
  'volume-up',
  'volume-down',
  'faster',
  'slower',
] as const

export type KeypadKey = (typeof KEYPAD_KEYS)[number]

/**
 * What somebody did with a key, by its logical name. A held key presses once; bounces and double strikes are
 * dropped. `stuck` comes when a key has been down for longer than anybody holds it (its presses are ignored from then
 * on), `freed` when it is up again.
 */
export interface KeyEvent<Key extends string> {
  readonly kind: 'press' | 'release' | 'stuck' | 'freed'
  readonly key: Key
}

/** Keys or switches. They are looked for again by themselves when unplugged; a key held then counts as released. */
export interface KeyDevice<Key extends string> {
  readonly state: ConnectionState
  readonly stuckKeys: readonly Key[]
  onKey(listener: (event: KeyEvent<Key>) => void): () => void
  onState(listener: (state: ConnectionState) => void): () => void
  close(): Promise<void>
}

/** `unknown`: the device has not said, or is gone. */
export type HeadphoneState = 'in' | 'out' | 'unknown'

/** The nine keys, and the headphone jack that such pads mostly have. */
export interface Keypad extends KeyDevice<KeypadKey> {
  readonly headphones: HeadphoneState
  onHeadphones(listener: (state: HeadphoneState) => void): () => void
}
