import type { GatewayStatsMessage, TxStatus } from './messages.ts'

/** What a gateway did so far. */
export interface GatewayCounters {
  received: number
  /** Heard but not handed to the broker, because it was away: lost for good. */
  unpublished: number
  /** Handed over twice, because that fault was switched on. */
  duplicated: number
  downlinksReceived: number
  downlinksEmitted: number
  downlinkAirtimeMs: number
  readonly downlinksByStatus: Partial<Record<TxStatus, number>>
  readonly receivedPerFrequency: Record<number, number>
  readonly emittedPerFrequency: Record<number, number>
}

export function createGatewayCounters(): GatewayCounters {
  return {
    received: 0,
    unpublished: 0,
    duplicated: 0,
    downlinksReceived: 0,
    downlinksEmitted: 0,
    downlinkAirtimeMs: 0,
    downlinksByStatus: {},
    receivedPerFrequency: {},
    emittedPerFrequency: {},
  }
}

export function countOne<K extends string | number>(counts: Partial<Record<K, number>>, key: K): void {
  counts[key] = (counts[key] ?? 0) + 1
}

/** What happened between two readings of the counters; ChirpStack adds the intervals up. */
export function sinceLast(
  now: GatewayCounters,
  last: GatewayCounters = createGatewayCounters(),
): Omit<GatewayStatsMessage, 'gatewayId' | 'timeMs'> {
  const received = now.received - last.received
  return {
    received,
    receivedOk: received,
    downlinksReceived: now.downlinksReceived - last.downlinksReceived,
    downlinksEmitted: now.downlinksEmitted - last.downlinksEmitted,
    receivedPerFrequency: growth(now.receivedPerFrequency, last.receivedPerFrequency),
    emittedPerFrequency: growth(now.emittedPerFrequency, last.emittedPerFrequency),
    downlinksByStatus: growth(now.downlinksByStatus, last.downlinksByStatus),
  }
}

function growth(
  now: Readonly<Record<string, number>>,
  last: Readonly<Record<string, number>>,
): Record<string, number> {
  const differences = Object.entries(now).map(([key, count]) => [key, count - (last[key] ?? 0)] as const)
  return Object.fromEntries(differences.filter(([, difference]) => difference > 0))
}
