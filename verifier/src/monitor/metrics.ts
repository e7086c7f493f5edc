import { label, labelled, metric, metricsResponse, type Sample } from '../metrics-text.ts'
import { FINDING_KINDS, type Look } from './monitor.ts'

/** What `GET /metrics` says, from the looks so far. */
export class MonitorMetrics {
  #looks = 0
  #lastSeconds = 0
  #last: Look | null = null

  /** @param nowSeconds POSIX seconds at which the look ended. */
  looked(look: Look, nowSeconds: number): void {
    this.#looks++
    this.#lastSeconds = nowSeconds
    this.#last = look
  }

  /** Prometheus text format 0.0.4. */
  text(): string {
    const look = this.#last
    const heads = Object.entries(look?.heads ?? {})
    const times = Object.entries(look?.cosignedAt ?? {})
    const promises = Object.entries(look?.promises ?? {})
    return [
      series('looks_total', 'counter', 'Looks since the start.', [['', this.#looks]]),
      series('last_look_timestamp_seconds', 'gauge', 'When the last look ended.', [['', this.#lastSeconds]]),
      series(
        'findings',
        'gauge',
        'Findings of the last look.',
        FINDING_KINDS.map((kind) => [
          label('finding', kind),
          look?.findings.filter(({ finding }) => finding === kind).length ?? 0,
        ]),
      ),
      series('head_records', 'gauge', 'Records in the newest head that each shows.', labelled('who', heads)),
      series(
        'cosigned_timestamp_seconds',
        'gauge',
        'The time that each witness or mirror put under its newest head.',
        labelled('who', times),
      ),
      series('unmatched_ballots', 'gauge', 'Ballots that kiosks list and the ledger does not hold.', [
        ['', look?.unmatched ?? 0],
      ]),
      series('promises', 'gauge', 'Promises in the watched folder.', labelled('state', promises)),
    ].join('')
  }

  /** `GET /metrics`; everything else is 404. */
  handle(request: Request): Response {
    if (new URL(request.url).pathname !== '/metrics') return new Response('not found\n', { status: 404 })
    return metricsResponse(this.text())
  }
}

function series(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string {
  return metric(`hanpyo_monitor_${name}`, type, help, samples)
}
