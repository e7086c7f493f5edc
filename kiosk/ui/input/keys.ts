/** What a key press asks for. Nine-key pads send these keys; a mouse or a finger is never needed. */
export type KeyIntent =
  | 'next-item'
  | 'previous-item'
  | 'forward'
  | 'back'
  | 'move-switch'
  | 'select-switch'
  | 'louder'
  | 'softer'
  | 'faster'
  | 'slower'
  | 'replay'
  | 'stop-speech'
  | 'blank'
  | 'headphones-in'
  | 'headphones-out'
  | 'swallow'
  | 'none'

/**
 * The nine keys of an audio-tactile keypad (four arrows, select, volume and speed up and down), two switches, the
 * headphone jack, and three more for keypads that have them. Keypads are programmed to send these names.
 */
export const KEYS: Readonly<Record<string, KeyIntent>> = {
  ArrowDown: 'next-item',
  ArrowUp: 'previous-item',
  ArrowRight: 'forward',
  ArrowLeft: 'back',
  AudioVolumeUp: 'louder',
  AudioVolumeDown: 'softer',
  PageUp: 'faster',
  PageDown: 'slower',
  Home: 'replay',
  End: 'blank',
  AudioVolumeMute: 'stop-speech',
  F15: 'headphones-in',
  F16: 'headphones-out',
  F19: 'move-switch',
  F20: 'select-switch',
}

/** Walking on may repeat while the key is held; everything else acts once (KS X 9211, EN 301 549 5.7). */
const MAY_REPEAT: ReadonlySet<KeyIntent> = new Set(['next-item', 'previous-item', 'louder', 'softer'])

/**
 * Arrow down and up walk through the controls, right and left press the footer's "next" and "back". A held key does
 * not repeat: repeats of acting keys are swallowed. Enter and space press the focused control by themselves.
 */
export function keyIntent(
  event: Pick<KeyboardEvent, 'key' | 'repeat' | 'ctrlKey' | 'altKey' | 'metaKey'>,
): KeyIntent {
  if (event.ctrlKey || event.altKey || event.metaKey) return 'none'
  if (event.key === 'Enter' || event.key === ' ') return event.repeat ? 'swallow' : 'none'
  const intent = KEYS[event.key] ?? 'none'
  return event.repeat && intent !== 'none' && !MAY_REPEAT.has(intent) ? 'swallow' : intent
}

/** Place of the next control among `count`, walking by `step` and starting anew at the ends; −1 stands for none. */
export function nextIndex(current: number, count: number, step: 1 | -1): number {
  if (count === 0) return -1
  if (current === -1) return step === 1 ? 0 : count - 1
  return (current + step + count) % count
}

/** Tells whether a press of a switch is a new one: a trembling hand presses twice. */
export interface Debounce {
  isNew(name: string, nowMs: number): boolean
}

export function createDebounce(withinMs: number): Debounce {
  const lastMs = new Map<string, number>()
  return {
    isNew(name, nowMs) {
      const before = lastMs.get(name) ?? Number.NEGATIVE_INFINITY
      lastMs.set(name, nowMs)
      return nowMs - before >= withinMs
    },
  }
}
