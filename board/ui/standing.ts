import type { Snapshot, WatcherView } from '../src/snapshot.ts'
import type { Catalog } from './i18n/catalog.ts'

/** Lines that a result rests on. */
const COUNT_LINES: ReadonlySet<string> = new Set(['mixes', 'shares', 'plaintexts', 'count'])

/** How the announced result stands: `missing` when the host lacks what it takes to recompute it. */
export type Verdict = 'good' | 'bad' | 'missing' | 'open'

export function verdictOn({ checks, problems }: Pick<Snapshot, 'checks' | 'problems'>): Verdict {
  const lines = checks.filter(({ id }) => COUNT_LINES.has(id))
  if (lines.some(({ status }) => status === 'FAIL'))
    return problems.some(({ code }) => code === 'proofs-missing') ? 'missing' : 'bad'
  return lines.length > 0 && lines.every(({ status }) => status === 'PASS') ? 'good' : 'open'
}

export function verdictText(t: Catalog, verdict: Verdict): string {
  const { checkedBad, checkedAll, checkedPart, missing } = t.results
  return { bad: checkedBad, good: checkedAll, open: checkedPart, missing }[verdict]
}

/** Lines of the check by how they stand. */
export function countLines(checks: Snapshot['checks']): {
  pass: number
  fail: number
  skipped: number
  running: number
} {
  const count = (status: string): number => checks.filter((line) => line.status === status).length
  return { pass: count('PASS'), fail: count('FAIL'), skipped: count('SKIPPED'), running: count('RUNNING') }
}

/** Between two ticks, some have a head that others get at once. */
const TICKS_OF_GRACE = 2

/** Watchers that signed a newer ledger than the one shown, for longer than it takes to copy it. */
export function aheadOf({ watchers, head, election }: Pick<Snapshot, 'watchers' | 'head' | 'election'>): {
  readonly names: readonly string[]
  readonly size: number
} | null {
  const graceSeconds = TICKS_OF_GRACE * (election?.tickSeconds ?? 0)
  const ahead = watchers.flatMap(({ name, direct }: WatcherView) =>
    direct.status === 'ahead' &&
    direct.size > (head?.size ?? 0) &&
    (head?.at == null || direct.at - head.at > graceSeconds)
      ? [{ name, size: direct.size }]
      : [],
  )
  return ahead.length === 0
    ? null
    : { names: ahead.map(({ name }) => name), size: Math.max(...ahead.map(({ size }) => size)) }
}
