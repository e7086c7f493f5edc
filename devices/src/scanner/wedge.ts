/** One key as a keyboard sends it: a character, or the name of a key such as `Enter`. */
export interface Keystroke {
  readonly key: string
  readonly atMs: number
}

export interface WedgeOptions {
  /** Called with what was scanned, without the Enter. */
  readonly onText: (text: string) => void
  /** Longest pause between two keys of a scanner, default 50 ms. People type slower. */
  readonly longestPauseMs?: number
  /** Shorter bursts are typing, default 6. */
  readonly shortest?: number
}

export interface WedgeDetector {
  /** True when the key belongs to a scan under way and should not reach the page. */
  press(stroke: Keystroke): boolean
}

const LONGEST_SCAN = 512

/**
 * Tells a scanner that types ("keyboard wedge") from a person: many characters in quick succession, ended by
 * Enter or Tab. Pure: times come with the keys.
 */
export function createWedgeDetector(options: WedgeOptions): WedgeDetector {
  const { onText, longestPauseMs = 50, shortest = 6 } = options
  let burst = ''
  let lastMs = Number.NEGATIVE_INFINITY

  return {
    press({ key, atMs }) {
      const isQuick = atMs - lastMs <= longestPauseMs
      lastMs = atMs
      if (!isQuick) burst = ''
      if (key === 'Enter' || key === 'Tab') {
        const text = burst
        burst = ''
        if (text.length < shortest) return false
        onText(text)
        return true
      }
      // Shift and the like come in between without ending a scan.
      if (key.length === 1) burst = (burst + key).slice(-LONGEST_SCAN)
      return burst.length >= shortest
    },
  }
}
