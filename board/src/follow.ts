import type { Board } from './board.ts'

export interface FollowPorts {
  /** Opens `GET /events`; `EventSource` in browsers. */
  readonly openEvents: (address: string) => Events
  readonly sleep: (ms: number) => Promise<void>
  readonly host: string
}

/** The part of `EventSource` that is used. */
export interface Events {
  addEventListener(type: 'published' | 'open' | 'error', listener: () => void): void
  close(): void
  readonly readyState: number
}

/** `EventSource.CLOSED`: it will not try again. */
const CLOSED = 2
const SHORTEST_POLL_MS = 3_000
const LONGEST_POLL_MS = 60_000
/** Every so many looks the witnesses are asked too, and at least every minute. */
const ASK_EVERY_MS = 60_000

/**
 * Looks at the log whenever the host says that it grew, and from time to time in any case: the host may be silent about it.
 * Ends never; a host that is gone is asked again and again, a little less often.
 */
export async function follow(board: Board, ports: FollowPorts): Promise<never> {
  let wake: () => void = () => undefined
  await board.look()
  let askedAt = 0
  let waitedMs = ASK_EVERY_MS
  listen(ports, board, () => wake())
  for (;;) {
    if (waitedMs - askedAt >= ASK_EVERY_MS) {
      askedAt = waitedMs
      await board.askWatchers()
    }
    const pauseMs = pollMs(board.tickSeconds)
    const woken = new Promise<void>((resolve) => {
      wake = resolve
    })
    await Promise.race([ports.sleep(pauseMs), woken])
    waitedMs += pauseMs
    await board.look()
  }
}

function listen({ openEvents, host }: FollowPorts, board: Board, wake: () => void): void {
  const events = openEvents(new URL('events', host).href)
  events.addEventListener('open', () => board.followsBy('events'))
  events.addEventListener('published', wake)
  events.addEventListener('error', () => {
    board.followsBy('polling')
    if (events.readyState === CLOSED) events.close()
  })
}

function pollMs(tickSeconds: number | null): number {
  return Math.min(LONGEST_POLL_MS, Math.max(SHORTEST_POLL_MS, (tickSeconds ?? 0) * 1000))
}
