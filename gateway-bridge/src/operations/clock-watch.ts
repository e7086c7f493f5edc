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

/**
 * Seconds by which this machine is behind the ledger itself: the time that more than half of those who cosigned `note` have
 * reached. 0 when it is not behind, or by less than is tolerated. A bridge that is behind would promise what is over already.
 */
export function secondsBehind(note: string, nowMs: number): number {
  const parsed = parseNote(note)
  const times = parsed.ok ? cosigners(parsed.value).map(({ at }) => at) : []
  times.sort((a, b) => a - b)
  const reached = times[(times.length - 1) >> 1] ?? 0
  const behind = reached - Math.floor(nowMs / 1000)
  return behind > CLOCK_BEHIND_SECONDS ? behind : 0
}
