import type { KeyInput } from './ports.ts'

/** Keys a voter or an accessible keypad needs; the scanner in wedge mode types letters and digits. */
const ALLOWED_KEYS = new Set([
  'Enter',
  'Tab',
  'Backspace',
  'Escape',
  ' ',
  'ArrowUp',
  'ArrowDown',
  'ArrowLeft',
  'ArrowRight',
  'PageUp',
  'PageDown',
  'Home',
  'End',
  'Shift',
  'AudioVolumeUp',
  'AudioVolumeDown',
  'AudioVolumeMute',
  // Headphone jack and two switches of an accessible keypad (ui/input/keys.ts).
  'F15',
  'F16',
  'F19',
  'F20',
])

/**
 * Whether a key press reaches the page. Combinations with Ctrl, Alt or Meta, function keys, browser keys and zoom are
 * blocked; printable characters, Hangul composition and the keypad's keys pass.
 */
export function inputPolicy(input: KeyInput): 'pass' | 'block' {
  if (input.control || input.alt || input.meta) return 'block'
  if (ALLOWED_KEYS.has(input.key)) return 'pass'
  if (input.key === 'Process' || input.key === 'HangulMode') return 'pass'
  return [...input.key].length === 1 ? 'pass' : 'block'
}
