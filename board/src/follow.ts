import type { Board } from './board.ts'

export interface FollowPorts {
  /** Opens `GET /events`; `EventSource` in browsers. */
  readonly openEvents: (address: string) => Events
  readonly sleep: (ms: number) => Promise<void>
  readonly nowMs: () => number
  readonly host: string
}

/** The part of `EventSource` that is used. */
export interface Events {
  addEventListener(type: 'published' | 'open' | 'error', listener: () => void): void
  close(): void
  /** 2: it will not try again. */
  readonly readyState: number
}

type Followed = Pick<Board, 'look' | 'askWatchers' | 'followsBy' | 'tickSeconds'>

const CLOSED = 2
const SHORTEST_POLL_MS = 3_000
const LONGEST_POLL_MS = 60_000
/** Witnesses and mirrors are asked this often. */
const ASK_EVERY_MS = 60_000
/** A host that dropped the events is asked for them again after this time. */
const REOPEN_AFTER_MS = 120_000

/**
 * Looks at the log whenever the host says that it grew, and from time to time in any case: the host may be silent about it. Ends
 * never; a host that is gone is asked again and again.
 */
export async function follow(board: Followed, ports: FollowPorts): Promise<never> {
  let wake: () => void = () => undefined
  let isLive = false
  await board.look()
  listen(board, ports, {
    live: (now) => {
      isLive = now
    },
    published: () => wake(),
  })
  let askedAtMs = Number.NEGATIVE_INFINITY
  for (;;) {
    if (ports.nowMs() - askedAtMs >= ASK_EVERY_MS) {
      askedAtMs = ports.nowMs()
      await board.askWatchers()
    }
    const woken = new Promise<void>((resolve) => {
      wake = resolve
    })
    await Promise.race([ports.sleep(isLive ? LONGEST_POLL_MS : pollMs(board.tickSeconds)), woken])
    await board.look()
  }
}

interface Listener {
  live(isLive: boolean): void
  published(): void
}

function listen(board: Followed, ports: FollowPorts, listener: Listener): void {
  const events = ports.openEvents(new URL('events', ports.host).href)
  events.addEventListener('open', () => {
    listener.live(true)
    board.followsBy('events')
    // What was published while nobody listened is not told again.
    listener.published()
  })
  events.addEventListener('published', () => listener.published())
  events.addEventListener('error', () => {
    listener.live(false)
    board.followsBy('polling')
    if (events.readyState !== CLOSED) return
    events.close()
    void ports.sleep(REOPEN_AFTER_MS).then(() => listen(board, ports, listener))
  })
}

function pollMs(tickSeconds: number | null): number {
  return Math.min(LONGEST_POLL_MS, Math.max(SHORTEST_POLL_MS, (tickSeconds ?? 0) * 1000))
}
