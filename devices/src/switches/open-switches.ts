import { type KeyDeviceOptions, openKeyDevice } from '../keypad/open-keypad.ts'
import type { Switch, Switches } from './switches.ts'

/**
 * What switch interfaces usually send: their line protocol the names or numbers of the sockets, keyboard-like ones
 * space and Enter, or 1 and 2.
 */
export const SWITCH_CODES: Readonly<Record<string, Switch>> = {
  move: 'move',
  select: 'select',
  '1': 'move',
  '2': 'select',
  '07:2c': 'move',
  '07:28': 'select',
  '07:1e': 'move',
  '07:1f': 'select',
}

/** The same with the two switches exchanged, for people who use the other hand. */
export const EXCHANGED_SWITCH_CODES: Readonly<Record<string, Switch>> = Object.fromEntries(
  Object.entries(SWITCH_CODES).map(([code, name]) => [code, name === 'move' ? 'select' : 'move']),
)

/** Opens the interface box of two switches: `serial:` or `tcp:` with the line protocol of keypads, `hid:` when keyboard-like. */
export function openSwitches(uri: string, options: KeyDeviceOptions<Switch>): Switches {
  return openKeyDevice(uri, { codes: SWITCH_CODES, ...options, name: 'switches' })
}
