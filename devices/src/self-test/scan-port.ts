import type { ConnectionState } from '../connection-state.ts'
import type { ScanPort } from './ports.ts'

/** A scan port that is fed by whoever hears the scanner. */
export interface FedScanPort extends ScanPort {
  /** Hands a scanned text to the test that waits; false when none does. */
  push(text: string): boolean
}

/** Gives what is scanned to at most one waiting test; nothing is kept for later. */
export function scanPort(state: () => ConnectionState): FedScanPort {
  let waiting: ((text: string | null) => void) | undefined
  return {
    get state() {
      return state()
    },
    next(signal) {
      waiting?.(null)
      return new Promise((resolve) => {
        const settle = (text: string | null): void => {
          waiting = undefined
          signal.removeEventListener('abort', onAbort)
          resolve(text)
        }
        const onAbort = (): void => settle(null)
        signal.addEventListener('abort', onAbort, { once: true })
        waiting = settle
        if (signal.aborted) onAbort()
      })
    },
    push(text) {
      if (waiting === undefined) return false
      waiting(text)
      return true
    },
  }
}
