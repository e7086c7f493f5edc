/** Lets asynchronous pieces of work through one at a time, in the order of the calls. */
export type Turnstile = <T>(work: () => Promise<T>) => Promise<T>

/** A new turnstile. A piece of work that fails does not keep the next one out. */
export function createTurnstile(): Turnstile {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work, work)
    last = turn.catch(() => undefined)
    return turn
  }
}
