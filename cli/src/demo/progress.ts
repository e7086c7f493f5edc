/** Prints what happens as lines with the elapsed time, and on a terminal one line that is kept up to date. */
export interface Progress {
  /** A step of the day, in words. */
  say(text: string): void
  /** Replaces the status line; ignored where lines cannot be replaced. */
  status(text: string): void
}

export interface Terminal {
  readonly isTty: boolean
  write(text: string): void
}

export function createProgress(terminal: Terminal, nowMs: () => number): Progress {
  const startMs = nowMs()
  let current = ''
  const clear = (): string => (current === '' ? '' : `\r\u001b[2K`)
  return {
    say(text) {
      const seconds = ((nowMs() - startMs) / 1000).toFixed(1).padStart(6)
      terminal.write(`${clear()}${seconds} s  ${text}\n${current}`)
    },
    status(text) {
      if (!terminal.isTty) return
      const before = clear()
      current = text
      terminal.write(`${before}${text}`)
    },
  }
}
