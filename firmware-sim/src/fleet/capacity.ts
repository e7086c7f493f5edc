import type { FleetScenario } from './scenario.ts'
import { simulateFleet } from './simulate.ts'

/** One load on a map: what was offered and what came through. */
export interface LoadPoint {
  readonly offeredPerHour: number
  /** Ballots acknowledged an hour, after the start-up. */
  readonly acknowledgedPerHour: number
  /** Of all that were cast, once the kiosks had time to send the rest. */
  readonly acknowledgedShare: number
  /** Of all that were cast, within an hour. */
  readonly withinAnHourShare: number
  /** From the first frame to the ack, seconds; null without any ack. */
  readonly p95S: number | null
  /** Uplink frames for each acknowledged ballot. */
  readonly framesPerBallot: number
  readonly deafLossShare: number
  readonly isCarried: boolean
}

/** This share of the ballots must be acknowledged within an hour of being cast, hold included. */
const PROMPT_SHARE = 0.99
const PROMPT_MS = 3_600_000
/** And this share in the end. */
const ACKNOWLEDGED_SHARE = 0.999
const START_UP_HOURS = 1

/**
 * Puts a steady load on a scenario's map for `hours` and measures after the first hour. A load is carried when 99 % of
 * the ballots are acknowledged within an hour of being cast, and 99.9 % in the end.
 */
export function measureLoad(
  scenario: FleetScenario,
  ballotsPerHour: number,
  options: { readonly hours?: number } = {},
): LoadPoint {
  const { hours = 3 } = options
  const day = { ...scenario.day, hours, ballots: ballotsPerHour * hours, profile: [1] }
  const { statistics } = simulateFleet({ ...scenario, day })
  const { ballots, uplinks } = statistics
  const [fromMs, toMs] = [START_UP_HOURS * 3_600_000, hours * 3_600_000]
  const measuredHours = hours - START_UP_HOURS
  const isMeasured = (ms: number) => ms >= fromMs && ms < toMs
  const through = ballots.filter(({ acknowledgedMs }) => isMeasured(acknowledgedMs)).length / measuredHours
  const cast = Math.max(1, ballots.length)
  const prompt = ballots.filter(
    ({ castMs, acknowledgedMs }) => acknowledgedMs >= 0 && acknowledgedMs - castMs <= PROMPT_MS,
  )
  const withinAnHourShare = prompt.length / cast
  const acknowledgedShare = statistics.acknowledgedCount / cast
  const delays = Float64Array.from(
    ballots.flatMap((one) => (one.acknowledgedMs < 0 ? [] : [one.acknowledgedMs - one.firstSentMs])),
  ).sort()
  return {
    offeredPerHour: ballotsPerHour,
    acknowledgedPerHour: through,
    acknowledgedShare,
    withinAnHourShare,
    p95S: delays.length === 0 ? null : delays[Math.ceil(0.95 * delays.length) - 1]! / 1000,
    framesPerBallot: uplinks.sent / Math.max(1, statistics.acknowledgedCount),
    deafLossShare: uplinks.lostBy.deaf / Math.max(1, uplinks.sent),
    isCarried: withinAnHourShare >= PROMPT_SHARE && acknowledgedShare >= ACKNOWLEDGED_SHARE,
  }
}

/** The loads in turn; the saturation point is the heaviest one up to which all are carried. */
export function sweepLoads(
  scenario: FleetScenario,
  loadsPerHour: readonly number[],
  options: { readonly hours?: number } = {},
): { readonly points: LoadPoint[]; readonly carriedPerHour: number } {
  const points = loadsPerHour.map((load) => measureLoad(scenario, load, options))
  const firstNot = points.findIndex(({ isCarried }) => !isCarried)
  const last = firstNot < 0 ? points.at(-1) : points[firstNot - 1]
  return { points, carriedPerHour: last?.offeredPerHour ?? 0 }
}
