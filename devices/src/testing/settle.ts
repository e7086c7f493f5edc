import type { VirtualClock } from '@hanpyo/platform/clock.ts'

/** Moves the clock from timer to timer until a promise is settled; throws when it never is. */
export async function settle<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let isSettled = false
  const watch = () => {
    isSettled = true
  }
  promise.then(watch, watch)
  for (let step = 0; step < 10_000; step++) {
    await clock.advance(0)
    if (isSettled) break
    await clock.runNext()
  }
  if (!isSettled) throw new Error('the promise hangs')
  return promise
}
