import type { KeyDevice } from '../keypad/keypad.ts'

/** Two switches (or sip and puff) suffice for a whole vote: one moves on, the other selects. */
export const SWITCHES = ['move', 'select'] as const

export type Switch = (typeof SWITCHES)[number]

export type Switches = KeyDevice<Switch>
