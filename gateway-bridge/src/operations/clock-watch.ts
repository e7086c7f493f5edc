import type { Logger } from '@hanpyo/platform/logger.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { cosigners } from '@hanpyo/protocol/public/publication.ts'

/** Seconds by which clocks may differ before it is worth a word: an ack on LoRaWAN is late after ten. */
export const CLOCK_TOLERANCE_SECONDS = 5
/** Seconds the newest cosignatures may be ahead of this machine when the bridge starts. */
export const CLOCK_BEHIND_SECONDS = 120

export interface ClockWatch {
  /** The given `fetch`, which looks at the `Date` of every answer. */
  readonly fetch: typeof fetch
  /** What others' clocks show more than ours, seconds, the median of all hosts; `null` before the first answer. */
  offsetSeconds(): number | null
}

/**
 * Compares the clock of this machine with those of the witnesses, from the `Date` header of what they answer anyway (RFC 9110
 * 6.6.1, whole seconds). The median of the hosts counts, so that one witness in the year 2038 says nothing.
 */
export function watchClock(deps: {
  readonly fetch: typeof fetch
  /** Unix milliseconds of this machine. */
  readonly now: () => number
  readonly log: Logger
}): ClockWatch {
  const offsets = new Map<string, number>()
  let isOff = false

  function offsetSeconds(): number | null {
    const sorted = [...offsets.values()].sort((a, b) => a - b)
    if (sorted.length === 0) return null
    const middle = sorted.length >> 1
    const upper = sorted[middle] as number
    return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2
  }

  function observe(host: string, date: string | null, startedMs: number): void {
    const theirsMs = date === null ? Number.NaN : Date.parse(date)
    if (Number.isNaN(theirsMs)) return
    // The header cuts off the fraction of the second; half of one is right on average.
    const oursMs = (startedMs + deps.now()) / 2
    offsets.set(host, (theirsMs + 500 - oursMs) / 1000)
    const offset = offsetSeconds() ?? 0
    const wasOff = isOff
    isOff = Math.abs(offset) > CLOCK_TOLERANCE_SECONDS
    if (isOff === wasOff) return
    if (!isOff) deps.log.info('clock-agrees')
    else {
      deps.log.warn('clock-differs', {
        seconds: Math.round(offset),
        message: 'Compare the clock of this machine (chronyc tracking): acks on LoRaWAN expire by it.',
      })
    }
  }

  return {
    offsetSeconds,
    async fetch(input, init) {
      const startedMs = deps.now()
      const response = await deps.fetch(input, init)
      const url = input instanceof Request ? input.url : String(input)
      observe(new URL(url).host, response.headers.get('date'), startedMs)
      return response
    },
  }
}

/** Real milliseconds for which the largest difference seen counts: longer than between two publications. */
const LEDGER_TIME_HOLD_MS = 900_000

export interface LedgerTimeWatch {
  /** A checkpoint is public now, or this replica has adopted what another one published. */
  published(note: string): void
  /** Seconds by which this machine was behind the ledger at recent publications, 0 for none. */
  secondsBehind(): number
}

/**
 * Compares this machine with the time of each checkpoint that becomes public. A leader that is behind by more than five seconds
 * is named in the log once, until its clock is right; nothing else follows from it. What is measured can be too small, when a
 * cosignature was long on its way, and never too large, so that the largest of the last quarter of an hour counts.
 */
export function watchLedgerTime(deps: {
  /** Unix milliseconds of this machine. */
  readonly now: () => number
  readonly isLeading: () => boolean
  readonly log: Logger
}): LedgerTimeWatch {
  let largest = { seconds: 0, atMs: 0 }
  let isNamed = false

  function secondsBehind(): number {
    const ageMs = deps.now() - largest.atMs
    return ageMs >= 0 && ageMs < LEDGER_TIME_HOLD_MS ? largest.seconds : 0
  }

  return {
    secondsBehind,
    published(note) {
      const nowMs = deps.now()
      const seconds = Math.max(0, (reachedTime(note) ?? 0) - Math.floor(nowMs / 1000))
      if (seconds >= secondsBehind()) largest = { seconds, atMs: nowMs }
      const behind = secondsBehind()
      const isBehind = deps.isLeading() && behind > CLOCK_TOLERANCE_SECONDS
      if (isBehind === isNamed) return
      isNamed = isBehind
      if (!isBehind) deps.log.info('leader-clock-agrees')
      else {
        deps.log.warn('leader-clock-behind', {
          seconds: behind,
          message:
            'Voting goes on. Compare the clock of this machine (chronyc tracking); batches and promises go by it.',
        })
      }
    },
  }
}

/**
 * Seconds by which this machine is behind the ledger itself: the time that more than half of those who cosigned `note` have
 * reached. 0 when it is not behind, or by less than is tolerated. A bridge that is behind would promise what is over already.
 */
export function secondsBehind(note: string, nowMs: number): number {
  const behind = (reachedTime(note) ?? 0) - Math.floor(nowMs / 1000)
  return behind > CLOCK_BEHIND_SECONDS ? behind : 0
}

/** Unix seconds that more than half of those who cosigned `note` have reached; `undefined` when nobody has. */
function reachedTime(note: string): number | undefined {
  const parsed = parseNote(note)
  const times = parsed.ok ? cosigners(parsed.value).map(({ at }) => at) : []
  times.sort((a, b) => a - b)
  return times[(times.length - 1) >> 1]
}
