import type { DataRate } from '../radio/kr920.ts'
import type { FleetRun } from './simulate.ts'
import { type Losses, radiatedJoules } from './statistics.ts'

/** Seconds; all null when there is nothing to count. */
export interface Percentiles {
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly longest: number | null
}

export interface CentreSummary {
  readonly name: string
  readonly position: readonly [number, number]
  readonly kiosks: number
  readonly dataRate: DataRate
  /** SNR above what the data rate needs, dB, at the gateway that hears the centre best. */
  readonly marginDb: number
  readonly cast: number
  readonly acknowledged: number
  readonly sendToAck: Percentiles
}

/** All figures of a run, ready for JSON. Times in seconds unless a name says otherwise. */
export interface FleetSummary {
  readonly title: string
  readonly note: string
  readonly seed: string
  readonly kiosks: number
  readonly hours: number
  /** When the last ballot was acknowledged or the kiosks gave up, hours after the polls opened. */
  readonly endHours: number
  readonly slots: {
    readonly kiosks: number
    readonly perSuperframe: number
    readonly superframeS: number
  } | null
  readonly ballots: {
    readonly cast: number
    readonly delivered: number
    readonly acknowledged: number
    readonly outstanding: number
    readonly acknowledgedShare: number
  }
  /** From casting, the random hold included. */
  readonly castToAck: Percentiles
  /** From the first frame on air. */
  readonly sendToAck: Percentiles
  readonly uplinks: {
    readonly sent: number
    readonly received: number
    readonly lostBy: Losses
    readonly framesPerBallot: number
    readonly duplicates: number
    readonly allChannelsBusy: number
    readonly transfersGivenUp: number
  }
  /** `share`: of the time the polls were open. */
  readonly channels: readonly { readonly mhz: number; readonly airtimeS: number; readonly share: number }[]
  readonly downlinks: {
    readonly sent: number
    readonly ballotsPerAck: number
    readonly lostBy: Losses
    readonly airtimeS: number
    readonly radiatedJ: number
  }
  readonly gateways: readonly {
    readonly name: string
    readonly position: readonly [number, number]
    readonly received: number
    readonly downlinks: number
    /** Answers that found it already sending; they went out with a later uplink. */
    readonly refused: number
    /** Share of the time the polls were open in which it sent and heard nothing. */
    readonly deafShare: number
    readonly radiatedJ: number
  }[]
  readonly centres: readonly CentreSummary[]
  /** By quarter of an hour. */
  readonly timeline: readonly {
    readonly hour: number
    readonly cast: number
    readonly acknowledged: number
  }[]
  /** Ballots acknowledged within so many seconds of the first frame. */
  readonly delayCurve: readonly { readonly share: number; readonly seconds: number }[]
}

const QUARTER_MS = 900_000
const CURVE_SHARES = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1]

/** Counts a run up. */
export function summarize(run: FleetRun): FleetSummary {
  const { scenario, world, statistics, plan } = run
  const { ballots } = statistics
  const openMs = scenario.day.hours * 3_600_000
  const done = ballots.filter(({ acknowledgedMs }) => acknowledgedMs >= 0)
  const fromSending = sorted(done.map((one) => one.acknowledgedMs - one.firstSentMs))
  const centreOf = world.kiosks.map(({ centre }) => centre)
  return {
    title: scenario.title,
    note: scenario.note,
    seed: scenario.seed,
    kiosks: world.kiosks.length,
    hours: scenario.day.hours,
    endHours: run.endMs / 3_600_000,
    slots:
      plan === null
        ? null
        : {
            kiosks: run.slottedKiosks,
            perSuperframe: plan.slotCount,
            superframeS: plan.superframeMs / 1000,
          },
    ballots: {
      cast: ballots.length,
      delivered: statistics.deliveredCount,
      acknowledged: done.length,
      outstanding: ballots.length - done.length,
      acknowledgedShare: ratio(done.length, ballots.length),
    },
    castToAck: percentiles(sorted(done.map((one) => one.acknowledgedMs - one.castMs))),
    sendToAck: percentiles(fromSending),
    uplinks: {
      sent: statistics.uplinks.sent,
      received: statistics.uplinks.received,
      lostBy: statistics.uplinks.lostBy,
      framesPerBallot: ratio(statistics.uplinks.sent, done.length),
      duplicates: statistics.duplicates,
      allChannelsBusy: statistics.busy,
      transfersGivenUp: statistics.aborted,
    },
    channels: scenario.radio.channelsHz.toSorted().map((hz) => {
      const airtimeMs = statistics.channelAirtimeMs.get(hz) ?? 0
      return { mhz: hz / 1_000_000, airtimeS: airtimeMs / 1000, share: airtimeMs / openMs }
    }),
    downlinks: {
      sent: statistics.downlinks.sent,
      ballotsPerAck: ratio(statistics.downlinks.named, statistics.downlinks.acks),
      lostBy: statistics.downlinks.lostBy,
      airtimeS: statistics.downlinks.airtimeMs / 1000,
      radiatedJ: radiatedJoules(statistics.downlinks.airtimeMs),
    },
    gateways: statistics.gateways.map((figures, i) => ({
      name: scenario.gateways[i]!.name,
      position: scenario.gateways[i]!.position,
      received: figures.received,
      downlinks: figures.downlinks,
      refused: figures.refused,
      deafShare: figures.sendingMs / openMs,
      radiatedJ: radiatedJoules(figures.sendingMs),
    })),
    centres: scenario.centres.map((centre, index) => {
      const own = ballots.filter(({ kiosk }) => centreOf[kiosk] === index)
      const acknowledged = own.filter(({ acknowledgedMs }) => acknowledgedMs >= 0)
      const site = world.kiosks[centreOf.indexOf(index)]!
      return {
        name: centre.name,
        position: centre.position,
        kiosks: centre.kiosks,
        dataRate: site.dataRate,
        marginDb: site.marginDb,
        cast: own.length,
        acknowledged: acknowledged.length,
        sendToAck: percentiles(sorted(acknowledged.map((one) => one.acknowledgedMs - one.firstSentMs))),
      }
    }),
    timeline: timeline(run),
    delayCurve:
      fromSending.length === 0
        ? []
        : CURVE_SHARES.map((share) => ({
            share,
            seconds: nearestRank(fromSending, share) / 1000,
          })),
  }
}

function timeline({ statistics: { ballots }, endMs, scenario }: FleetRun): FleetSummary['timeline'] {
  const quarters = Math.ceil(Math.max(endMs, scenario.day.hours * 3_600_000) / QUARTER_MS)
  const rows = Array.from({ length: quarters }, (_, i) => ({ hour: i / 4, cast: 0, acknowledged: 0 }))
  const at = (ms: number) => rows[Math.min(quarters - 1, Math.floor(ms / QUARTER_MS))]!
  for (const { castMs, acknowledgedMs } of ballots) {
    at(castMs).cast++
    if (acknowledgedMs >= 0) at(acknowledgedMs).acknowledged++
  }
  return rows
}

/** Of sorted milliseconds, in seconds. */
function percentiles(values: Float64Array): Percentiles {
  if (values.length === 0) return { p50: null, p95: null, p99: null, longest: null }
  const [p50, p95, p99, longest] = [0.5, 0.95, 0.99, 1].map((share) => nearestRank(values, share) / 1000)
  return { p50: p50!, p95: p95!, p99: p99!, longest: longest! }
}

function nearestRank(values: Float64Array, share: number): number {
  return values[Math.min(values.length - 1, Math.max(0, Math.ceil(share * values.length) - 1))]!
}

function sorted(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort()
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
