/**
 * A keyboard-wedge scanner types a slip's text and ends with Enter, far faster than a person. This collects such a
 * burst from plain key presses, so that no input field has to have the focus.
 */
export interface Wedge {
  /** Handles one key press at `nowMs`. `text` is a complete scan; `consumed` says that the key belongs to a burst. */
  press(key: string, nowMs: number): { readonly text: string | null; readonly consumed: boolean }
}

/** Scanners send a character every 1–30 ms; nobody types letters here, so a busy machine may take its time. */
const LONGEST_GAP_MS = 1_000
const SHORTEST_SCAN = 4
/** The contract's limit. */
export const LONGEST_SCAN = 512

export function createWedge(): Wedge {
  let typed = ''
  let lastMs = Number.NEGATIVE_INFINITY
  return {
    press(key, nowMs) {
      const fresh = nowMs - lastMs > LONGEST_GAP_MS
      if (fresh) typed = ''
      if (key === 'Enter') {
        const text = typed.length >= SHORTEST_SCAN ? typed : null
        typed = ''
        return { text, consumed: text !== null }
      }
      if (key.length !== 1 || key === ' ') return { text: null, consumed: false }
      typed = (typed + key).slice(0, LONGEST_SCAN)
      lastMs = nowMs
      return { text: null, consumed: true }
    },
  }
}
