/** Says how far long work is, at most once a second, and only when it takes longer than that. */
export type Progress = (done: number, total: number) => void

/**
 * `what 12,000 of 40,000, about 35 s left` on the person's channel.
 *
 * @param now milliseconds, any origin.
 */
export function createProgress(what: string, print: (line: string) => void, now: () => number): Progress {
  const startedMs = now()
  let saidMs = startedMs
  return (done, total) => {
    const nowMs = now()
    if (nowMs - saidMs < 1000 || done <= 0 || done >= total) return
    saidMs = nowMs
    const leftSeconds = Math.ceil(((nowMs - startedMs) / done) * ((total - done) / 1000))
    print(`${what} ${format(done)} of ${format(total)}, about ${leftSeconds} s left`)
  }
}

/** Progress of the steps of one act: `begin('mixing')` gives the function that its step reports to. */
export type Phases = (what: string) => Progress

function format(count: number): string {
  return Math.floor(count).toLocaleString('en-US')
}
