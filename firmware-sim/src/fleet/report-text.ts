import type { LoadPoint } from './capacity.ts'
import type { FleetSummary, Percentiles } from './summary.ts'

/** A sweep of one way of sending. */
export interface Sweep {
  readonly name: string
  readonly points: readonly LoadPoint[]
  /** Heaviest load up to which all were carried. */
  readonly carriedPerHour: number
}

export interface FleetReport {
  readonly summary: FleetSummary
  readonly sweeps: readonly Sweep[]
  /** How the report is made again. */
  readonly command: string
}

/** Names of the causes, for people. */
export const LOSS_NAMES = {
  weak: 'too weak',
  collision: 'collision',
  'inter-factor': 'other spreading factor',
  deaf: 'gateway was sending',
  'no-demodulator': 'no demodulator free',
} as const

/** What a run was like, in lines for a terminal. */
export function formatReport({ summary, sweeps }: FleetReport): string[] {
  const { ballots, uplinks, downlinks } = summary
  const lines = [
    summary.title,
    '',
    ...table([
      [
        'kiosks / centres / gateways',
        `${summary.kiosks} / ${summary.centres.length} / ${summary.gateways.length}`,
      ],
      ['ballots cast', count(ballots.cast)],
      ['delivered to the bridge', count(ballots.delivered)],
      ['acknowledged', `${count(ballots.acknowledged)} (${percent(ballots.acknowledgedShare, 3)})`],
      ['not acknowledged when the run ended', count(ballots.outstanding)],
      ['last ack after opening', `${summary.endHours.toFixed(2)} h`],
      ['casting to ack, p50 / p95 / p99', trio(summary.castToAck)],
      ['first frame to ack, p50 / p95 / p99', trio(summary.sendToAck)],
      ['frames a ballot', uplinks.framesPerBallot.toFixed(3)],
      ['uplinks sent / received', `${count(uplinks.sent)} / ${count(uplinks.received)}`],
      ...Object.entries(uplinks.lostBy).map(([cause, lost]) => [
        `  lost: ${LOSS_NAMES[cause as keyof typeof LOSS_NAMES]}`,
        `${count(lost)} (${percent(lost / Math.max(1, uplinks.sent), 1)})`,
      ]),
      ['received more than once', count(uplinks.duplicates)],
      ['all channels busy', count(uplinks.allChannelsBusy)],
      [
        'downlinks, ballots each ack names',
        `${count(downlinks.sent)}, ${downlinks.ballotsPerAck.toFixed(2)}`,
      ],
      [
        'downlink airtime, radiated energy',
        `${downlinks.airtimeS.toFixed(0)} s, ${downlinks.radiatedJ.toFixed(0)} J`,
      ],
    ]),
    '',
    ...table([
      ['gateway', 'received', 'downlinks', 'refused', 'deaf'],
      ...summary.gateways.map((one) => [
        one.name,
        count(one.received),
        count(one.downlinks),
        count(one.refused),
        percent(one.deafShare, 2),
      ]),
    ]),
    '',
    ...table([
      ['channel', 'airtime', 'of the day'],
      ...summary.channels.map(({ mhz, airtimeS, share }) => [
        `${mhz.toFixed(1)} MHz`,
        `${airtimeS.toFixed(0)} s`,
        percent(share, 2),
      ]),
    ]),
    '',
    ...table([
      ['centre', 'kiosks', 'DR', 'margin', 'cast', 'acked', 'first frame to ack, p95'],
      ...summary.centres.map((one) => [
        one.name,
        String(one.kiosks),
        String(one.dataRate),
        `${one.marginDb.toFixed(1)} dB`,
        count(one.cast),
        count(one.acknowledged),
        duration(one.sendToAck.p95),
      ]),
    ]),
  ]
  for (const sweep of sweeps) lines.push('', ...formatSweep(sweep))
  return lines
}

/** Loads and what came through, with the saturation point. */
export function formatSweep({ name, points, carriedPerHour }: Sweep): string[] {
  return [
    `${name}: carries ${count(carriedPerHour)} ballots/h`,
    ...table([
      ['offered/h', 'acked/h', 'in the end', 'in an hour', 'p95', 'frames a ballot', 'deaf', 'carried'],
      ...points.map((point) => [
        count(point.offeredPerHour),
        count(point.acknowledgedPerHour),
        percent(point.acknowledgedShare, 3),
        percent(point.withinAnHourShare, 2),
        duration(point.p95S),
        point.framesPerBallot.toFixed(2),
        percent(point.deafLossShare, 1),
        point.isCarried ? 'yes' : 'no',
      ]),
    ]),
  ]
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

export function percent(share: number, digits: number): string {
  return `${(100 * share).toFixed(digits)} %`
}

/** Seconds for people. */
export function duration(seconds: number | null): string {
  if (seconds === null) return '–'
  if (seconds < 120) return `${seconds.toFixed(1)} s`
  if (seconds < 7200) return `${(seconds / 60).toFixed(1)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}

export function trio({ p50, p95, p99 }: Percentiles): string {
  return [p50, p95, p99].map(duration).join(' / ')
}

function table(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => (row[i] ?? '').length)),
  )
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  )
}
