import type { InputKey, InputView } from '../../src/contract/input-views.ts'

/** The browser's name of each key of the machine; a keypad that types sends the same. */
const KEY_NAMES: Readonly<Record<InputKey, string>> = {
  up: 'ArrowUp',
  down: 'ArrowDown',
  left: 'ArrowLeft',
  right: 'ArrowRight',
  select: 'Enter',
  'volume-up': 'AudioVolumeUp',
  'volume-down': 'AudioVolumeDown',
  faster: 'PageUp',
  slower: 'PageDown',
  'switch-move': 'F19',
  'switch-select': 'F20',
}

/** Takes the presses out of the core's views, each once. */
export interface DeviceKeys {
  /** The names of the keys that were pressed since the last view, in order. */
  take(input: InputView): string[]
}

/**
 * What was pressed before the page was there is somebody else's; so the first view's presses, and those of another start of the
 * core, only say where to go on.
 */
export function createDeviceKeys(): DeviceKeys {
  let seen: { readonly boot: string; readonly last: number } | null = null
  return {
    take({ boot, last, keys }) {
      const before = seen
      if (before?.boot === boot && last <= before.last) return []
      seen = { boot, last }
      if (before?.boot !== boot) return []
      return keys.filter(({ number }) => number > before.last).map(({ key }) => KEY_NAMES[key])
    },
  }
}

/** Presses a key as the keyboard would: the page cannot tell the difference. Enter and its kin press what has the focus. */
export function pressKey(document: Document, key: string): void {
  const target = document.activeElement ?? document.body
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
  if (!target.dispatchEvent(event) || key !== 'Enter') return
  if (target instanceof HTMLElement && target !== document.body) target.click()
}
