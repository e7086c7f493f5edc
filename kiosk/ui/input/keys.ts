/** What a key press asks for. Nine-key pads send these keys; a mouse or a finger is never needed. */
export type KeyIntent = 'next-item' | 'previous-item' | 'forward' | 'back' | 'swallow' | 'none'

/**
 * Arrow down and up walk through the controls, right and left press the footer's "next" and "back". A held key does
 * not repeat (KS X 9211, EN 301 549 5.7: no repeat without delay): repeats of acting keys are swallowed.
 */
export function keyIntent(
  event: Pick<KeyboardEvent, 'key' | 'repeat' | 'ctrlKey' | 'altKey' | 'metaKey'>,
): KeyIntent {
  if (event.ctrlKey || event.altKey || event.metaKey) return 'none'
  switch (event.key) {
    case 'ArrowDown':
      return 'next-item'
    case 'ArrowUp':
      return 'previous-item'
    case 'ArrowRight':
      return event.repeat ? 'swallow' : 'forward'
    case 'ArrowLeft':
      return event.repeat ? 'swallow' : 'back'
    case 'Enter':
    case ' ':
      return event.repeat ? 'swallow' : 'none'
    default:
      return 'none'
  }
}

/** Place of the next control among `count`, walking by `step` and starting anew at the ends; −1 stands for none. */
export function nextIndex(current: number, count: number, step: 1 | -1): number {
  if (count === 0) return -1
  if (current === -1) return step === 1 ? 0 : count - 1
  return (current + step + count) % count
}
