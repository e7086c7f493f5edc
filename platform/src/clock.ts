/** A pending timer; only the clock that made it can cancel it. */
export interface Timer {
  readonly dueMs: number
}

/**
 * Time as a port. Everything is in *simulated* milliseconds: with a speed factor of 10 a delay of 1,000 ms
 * passes in 100 ms of real time, and `now()` runs ten times as fast.
 */
export interface Clock {
  /** Milliseconds since 1970 in simulated time. */
  now(): number
  /** Calls `callback` once, not before `delayMs` from now. A negative delay counts as 0. */
  setTimeout(callback: () => void, delayMs: number): Timer
  /** Cancels a timer; `undefined` and timers that already fired are ignored. */
  clearTimeout(timer: Timer | undefined): void
  /** Resolves after `delayMs`; rejects with the signal's reason when it is aborted before. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

/** A clock that stands still until it is told to move. For tests and simulations. */
export interface VirtualClock extends Clock {
  /** Moves `now()` forward, running what becomes due on the way in order of due time, then of creation. */
  advance(durationMs: number): Promise<void>
  /** Jumps to the next timer and runs it. False when there is none. */
  runNext(): Promise<boolean>
  /** How many timers are pending. */
  readonly pendingCount: number
}

interface RealTimer extends Timer {
  handle: NodeJS.Timeout | undefined
}

/** Node fires longer timers at once, so a long wait is taken in pieces. */
const LONGEST_NODE_TIMER_MS = 2 ** 31 - 1

/**
 * The machine's clock, running `speed` times as fast. Processes that share a simulated day get the same
 * `epochMs` (unix ms at which simulated and real time agree); without it the clocks of two processes with a
 * speed other than 1 differ.
 */
export function createRealClock(options: { speed?: number; epochMs?: number } = {}): Clock {
  const { speed = 1, epochMs = Date.now() } = options
  if (!(speed > 0) || !Number.isFinite(speed)) throw new RangeError(`"speed" is not above 0: ${speed}`)
  const now = () => (speed === 1 ? Date.now() : epochMs + (Date.now() - epochMs) * speed)
  const arm = (timer: RealTimer, callback: () => void, leftRealMs: number) => {
    const stepMs = Math.min(leftRealMs, LONGEST_NODE_TIMER_MS)
    timer.handle = setTimeout(() => {
      timer.handle = undefined
      if (leftRealMs > stepMs) arm(timer, callback, leftRealMs - stepMs)
      else callback()
    }, stepMs)
  }
  return withSleep({
    now,
    setTimeout(callback, delayMs) {
      const timer: RealTimer = { dueMs: now() + Math.max(0, delayMs), handle: undefined }
      arm(timer, callback, Math.max(0, delayMs) / speed)
      return timer
    },
    clearTimeout(timer) {
      if (timer !== undefined) clearTimeout((timer as RealTimer).handle)
    },
  })
}

interface VirtualTimer extends Timer {
  readonly order: number
  readonly callback: () => void
}

/** A deterministic clock that starts at `startMs` (default 2026-06-01T00:00:00Z). */
export function createVirtualClock(options: { startMs?: number } = {}): VirtualClock {
  let nowMs = options.startMs ?? Date.UTC(2026, 5, 1)
  let created = 0
  const queue = new TimerHeap()

  async function runNextUpTo(limitMs: number): Promise<boolean> {
    await settle()
    const timer = queue.peek()
    if (timer === undefined || timer.dueMs > limitMs) return false
    queue.remove(timer)
    nowMs = Math.max(nowMs, timer.dueMs)
    timer.callback()
    await settle()
    return true
  }

  const base = withSleep({
    now: () => nowMs,
    setTimeout(callback, delayMs) {
      const timer: VirtualTimer = { dueMs: nowMs + Math.max(0, delayMs), order: created++, callback }
      queue.add(timer)
      return timer
    },
    clearTimeout(timer) {
      if (timer !== undefined) queue.remove(timer as VirtualTimer)
    },
  })
  return {
    ...base,
    async advance(durationMs) {
      const untilMs = nowMs + durationMs
      while (await runNextUpTo(untilMs));
      nowMs = Math.max(nowMs, untilMs)
    },
    runNext: () => runNextUpTo(Number.POSITIVE_INFINITY),
    get pendingCount() {
      return queue.size
    },
  }
}

/** Lets every promise and next-tick callback that is ready run, including those they make ready. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function withSleep(base: Omit<Clock, 'sleep'>): Clock {
  return {
    ...base,
    sleep(delayMs, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const onAbort = () => {
          base.clearTimeout(timer)
          reject(signal?.reason)
        }
        const timer = base.setTimeout(() => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        }, delayMs)
        signal?.addEventListener('abort', onAbort, { once: true })
      })
    },
  }
}

/** Binary heap by due time, then by creation; cancelled timers stay until they surface. */
class TimerHeap {
  readonly #items: VirtualTimer[] = []
  readonly #live = new Set<VirtualTimer>()

  get size(): number {
    return this.#live.size
  }

  add(timer: VirtualTimer): void {
    this.#live.add(timer)
    const items = this.#items
    let at = items.push(timer) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (isBefore(items[parent]!, timer)) break
      items[at] = items[parent]!
      at = parent
    }
    items[at] = timer
  }

  remove(timer: VirtualTimer): void {
    this.#live.delete(timer)
  }

  peek(): VirtualTimer | undefined {
    while (this.#items.length > 0 && !this.#live.has(this.#items[0]!)) this.#dropFirst()
    return this.#items[0]
  }

  #dropFirst(): void {
    const items = this.#items
    const last = items.pop()!
    if (items.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= items.length) break
      if (child + 1 < items.length && isBefore(items[child + 1]!, items[child]!)) child++
      if (isBefore(last, items[child]!)) break
      items[at] = items[child]!
      at = child
    }
    items[at] = last
  }
}

function isBefore(a: VirtualTimer, b: VirtualTimer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order)
}
