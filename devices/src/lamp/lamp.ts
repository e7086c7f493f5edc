import type { Result } from '@hanpyo/protocol/result.ts'
import type { ConnectionState } from '../connection-state.ts'

export type LampMode = 'off' | 'on' | 'blink'

/** `lamp-not-connected`: shown as soon as it is back. `lamp-silent`: the line is open but nothing confirmed. */
export type LampError = 'lamp-not-connected' | 'lamp-silent' | 'lamp-closed'

/**
 * The lamp that calls staff. The mode wanted last is what the lamp shows once it is reachable, so a failed `set` need not be
 * repeated. Blinking is once a second, far below the three flashes of WCAG 2.3.1.
 */
export interface Lamp {
  readonly mode: LampMode
  readonly state: ConnectionState
  /** Success means that the lamp confirmed the mode (or, for a GPIO file, that it was written). */
  set(mode: LampMode): Promise<Result<void, LampError>>
  onState(listener: (state: ConnectionState) => void): () => void
  /** Turns the lamp off when it can be reached, then lets go of it. */
  close(): Promise<void>
}
