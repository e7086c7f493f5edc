import type { CertificateProblem } from '@hanpyo/platform/client-certificate.ts'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { DownlinkKind } from './receipts/receipts.ts'

/** Why a message was dropped without an answer, beyond the protocol's own ballot errors. */
export type DropReason = string
/** A message met a bug. */
export const INTERNAL_ERROR = 'internal-error'

export interface BridgeMetrics {
  readonly registry: Registry
  uplink(route: 'wifi' | 'lora'): void
  dropped(reason: DropReason): void
  ballot(outcome: 'recorded' | 'duplicate' | 'refused' | 'deferred'): void
  refused(reason: string): void
  record(outcome: 'stored' | 'deferred' | 'rejected'): void
  commit(recordCount: number, elapsedMs: number): void
  /** The log as it was read back; the first of `batch` may be long in coming. */
  started(logSize: number): void
  batch(logSize: number): void
  /** From the uplink event to the ack in the broker's hands, real milliseconds. */
  answered(route: 'wifi' | 'lora', elapsedMs: number): void
  /** One SCHC message and what it led to. */
  fragment(outcome: 'none' | 'answer' | 'packet' | 'packet-again'): void
  sent(what: DownlinkKind, route: 'wifi' | 'lora', error: string | undefined): void
  storageStalled(isStalled: boolean): void
  /** A message beyond what its kiosk may send; it is not acknowledged to the kiosk. */
  rateLimited(route: 'wifi' | 'lora'): void
  httpRefused(reason: string): void
}

/**
 * Prometheus metrics on a registry of their own. Labels are codes of this project only: no kiosk, no centre, no id,
 * so that a scrape every second tells nothing about who voted where.
 */
export function createMetrics(observe: {
  waitingCount(): number
  inFlightCount(): number
  reassemblyCount(): number
}): BridgeMetrics {
  const registry = new Registry()
  const registers = [registry]
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `hanpyo_bridge_${name}`, help, labelNames, registers })
  /** For what is counted with every ballot: Prometheus' own counter, which hashes its labels, is set when somebody asks. */
  const tally = (name: string, help: string, labelNames: string[]) => {
    const counts = new Map<string, { labels: readonly string[]; count: number }>()
    new Counter({
      name: `hanpyo_bridge_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const { labels, count } of counts.values()) this.labels(...labels).inc(count)
      },
    })
    return (...labels: readonly string[]): void => {
      const key = labels.join(' ')
      const known = counts.get(key)
      if (known === undefined) counts.set(key, { labels, count: 1 })
      else known.count++
    }
  }
  const uplink = tally('uplinks_total', 'Messages taken from the broker', ['route'])
  const drops = counter('dropped_total', 'Messages dropped without an answer', ['reason'])
  // A series that begins with its first event never rises, so that no alert would see it.
  drops.inc({ reason: INTERNAL_ERROR }, 0)
  const ballot = tally('ballots_total', 'Ballots by what became of them', ['outcome'])
  const refusals = counter('refusals_total', 'Ballots refused', ['reason'])
  const records = counter('records_total', 'Signed records by what became of them', ['outcome'])
  const fragments = counter('fragments_total', 'SCHC messages by what they led to', ['outcome'])
  const down = tally('downlinks_total', 'Acks, promises and SCHC answers handed to the broker', [
    'what',
    'route',
    'result',
  ])
  const limited = counter('rate_limited_total', 'Messages beyond what their kiosk may send', ['route'])
  const httpRefusals = counter('http_refused_total', 'HTTP clients turned away before any handler', [
    'reason',
  ])
  const listUnusable: CertificateProblem = 'revocation-list-unusable'
  httpRefusals.inc({ reason: listUnusable }, 0)
  const lastBatch = new Gauge({
    name: 'hanpyo_bridge_batch_timestamp_seconds',
    help: 'When the newest batch was appended, or this process began when that was later',
    registers,
  })
  const batches = counter('batches_total', 'Batches appended to the log', [])
  const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
  const commitSeconds = new Histogram({
    name: 'hanpyo_bridge_commit_seconds',
    help: 'Time of one group commit, fsync included',
    buckets: seconds,
    registers,
  })
  const commitRecords = new Histogram({
    name: 'hanpyo_bridge_commit_records',
    help: 'Records in one group commit',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    registers,
  })
  const answerSeconds = new Histogram({
    name: 'hanpyo_bridge_answer_seconds',
    help: 'Time from uplink event to ack enqueued',
    labelNames: ['route'],
    buckets: seconds,
    registers,
  })
  const logSize = new Gauge({ name: 'hanpyo_bridge_log_size', help: 'Leaves in the log', registers })
  const stalled = new Gauge({
    name: 'hanpyo_bridge_storage_stalled',
    help: '1 while nothing can be stored',
    registers,
  })
  new Gauge({
    name: 'hanpyo_bridge_waiting_records',
    help: 'Records stored and not yet in the log',
    registers,
    collect() {
      this.set(observe.waitingCount())
    },
  })
  new Gauge({
    name: 'hanpyo_bridge_reassemblies',
    help: 'Devices with a datagram in fragments, under way or just finished',
    registers,
    collect() {
      this.set(observe.reassemblyCount())
    },
  })
  new Gauge({
    name: 'hanpyo_bridge_in_flight',
    help: 'Ballots being verified',
    registers,
    collect() {
      this.set(observe.inFlightCount())
    },
  })
  return {
    registry,
    uplink,
    dropped: (reason) => drops.inc({ reason }),
    ballot,
    refused: (reason) => refusals.inc({ reason }),
    record: (outcome) => records.inc({ outcome }),
    commit(recordCount, elapsedMs) {
      commitRecords.observe(recordCount)
      commitSeconds.observe(elapsedMs / 1000)
    },
    fragment: (outcome) => fragments.inc({ outcome }),
    started(size) {
      logSize.set(size)
      lastBatch.setToCurrentTime()
    },
    batch(size) {
      batches.inc()
      logSize.set(size)
      lastBatch.setToCurrentTime()
    },
    answered: (route, elapsedMs) => answerSeconds.observe({ route }, elapsedMs / 1000),
    sent: (what, route, error) => down(what, route, error ?? 'ok'),
    rateLimited: (route) => limited.inc({ route }),
    httpRefused: (reason) => httpRefusals.inc({ reason }),
    storageStalled: (isStalled) => stalled.set(isStalled ? 1 : 0),
  }
}
