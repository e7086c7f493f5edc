import { labelled, metric } from '../metrics-text.ts'
import type { MirrorStatus } from './follow.ts'
import type { MirrorProblem } from './mirror.ts'

const PROBLEMS: Readonly<Record<MirrorProblem, true>> = {
  'not-published': true,
  behind: true,
  'checkpoint-invalid': true,
  'other-election': true,
  forked: true,
  'data-missing': true,
  'rule-broken': true,
  'copy-damaged': true,
  'clock-behind': true,
}

/** What `GET /metrics` of a mirror says, in Prometheus text format 0.0.4. */
export function mirrorMetrics({ size, problem, unreadable, lookedAt }: MirrorStatus): string {
  const problems = Object.keys(PROBLEMS).map((name) => [name, name === problem ? 1 : 0] as const)
  return [
    metric('hanpyo_mirror_records', 'gauge', 'Records copied, verified and cosigned.', [['', size]]),
    metric(
      'hanpyo_mirror_problem',
      'gauge',
      '1 for what keeps the mirror from following the ledger.',
      labelled('problem', problems),
    ),
    metric('hanpyo_mirror_unreadable', 'gauge', '1 when the last look at the ledger failed.', [
      ['', unreadable === null ? 0 : 1],
    ]),
    metric('hanpyo_mirror_looked_timestamp_seconds', 'gauge', 'When a look last worked, 0 for never.', [
      ['', lookedAt ?? 0],
    ]),
  ].join('')
}
