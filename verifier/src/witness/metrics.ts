import { labelled, metric } from '../metrics-text.ts'
import type { WitnessStore } from './store.ts'
import { WITNESS_STATUS, type WitnessError } from './witness.ts'

/** What became of a submitted checkpoint; `store-failed`: nothing was signed because the disk did not take it. */
export type WitnessOutcome = 'cosigned' | 'body-too-large' | 'store-failed' | WitnessError

const OUTCOMES: readonly WitnessOutcome[] = [
  'cosigned',
  'body-too-large',
  'store-failed',
  ...(Object.keys(WITNESS_STATUS) as WitnessError[]),
]

/** What `GET /metrics` of a witness says: public sizes and times, and what became of requests. */
export class WitnessMetrics {
  readonly #store: Pick<WitnessStore, 'origins' | 'read' | 'conflicts'>
  readonly #counts = new Map<WitnessOutcome, number>()

  constructor(store: Pick<WitnessStore, 'origins' | 'read' | 'conflicts'>) {
    this.#store = store
  }

  answered(outcome: WitnessOutcome): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1)
  }

  /** Prometheus text format 0.0.4. Throws `SqliteError` when the memory cannot be read. */
  text(): string {
    const logs = this.#store.origins().map(({ origin }) => ({ origin, seen: this.#store.read(origin) }))
    const sizes = logs.map(({ origin, seen }) => [origin, seen?.size ?? 0] as const)
    const times = logs.map(({ origin, seen }) => [origin, seen?.timestamp ?? 0] as const)
    const outcomes = OUTCOMES.map((outcome) => [outcome, this.#counts.get(outcome) ?? 0] as const)
    return [
      metric(
        'hanpyo_witness_checkpoints_total',
        'counter',
        'Submitted checkpoints by what became of them, since the start.',
        labelled('outcome', outcomes),
      ),
      metric(
        'hanpyo_witness_cosigned_records',
        'gauge',
        'Records in the newest checkpoint that was cosigned.',
        labelled('log', sizes),
      ),
      metric(
        'hanpyo_witness_cosigned_timestamp_seconds',
        'gauge',
        'When a checkpoint was last cosigned, 0 for never.',
        labelled('log', times),
      ),
      metric('hanpyo_witness_conflicts', 'gauge', 'Pairs of notes kept that contradict each other.', [
        ['', this.#store.conflicts().length],
      ]),
    ].join('')
  }
}
