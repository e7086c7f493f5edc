export interface ProgressInput {
  /** Milliseconds that only grow. */
  readonly now: () => number
  readonly write: (line: string) => void
}

/** Work shorter than this is not worth a word. */
const SILENT_MS = 3000
const BETWEEN_MS = 5000

/**
 * Says how far long work is and how long it will still take: one line each few seconds, none for short work. Returns
 * what to call with the name of the work, what is done and what there is in all.
 */
export function createProgress({
  now,
  write,
}: ProgressInput): (what: string, done: number, total: number) => void {
  let current = ''
  let startedMs = 0
  let saidMs = 0
  return (what, done, total) => {
    if (what !== current) {
      current = what
      startedMs = now()
      saidMs = startedMs + SILENT_MS - BETWEEN_MS
    }
    const atMs = now()
    if (atMs - saidMs < BETWEEN_MS || done <= 0) return
    saidMs = atMs
    const leftSeconds = Math.ceil(((atMs - startedMs) / done) * ((total - done) / 1000))
    write(`${what}: ${done} of ${total}, about ${leftSeconds} s left`)
  }
}
