/** A touch or a key tells the core that somebody is there, but no more often than this. */
const LEAST_GAP_MS = 5_000

export interface SignsOfLife {
  /** Notes a touch or key press at `nowMs`; true when the core should be told. */
  note(nowMs: number): boolean
}

export function createSignsOfLife(): SignsOfLife {
  let toldMs = Number.NEGATIVE_INFINITY
  return {
    note(nowMs) {
      if (nowMs - toldMs < LEAST_GAP_MS) return false
      toldMs = nowMs
      return true
    },
  }
}
