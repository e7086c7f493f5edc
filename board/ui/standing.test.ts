import { expect, test } from 'vitest'
import type { Snapshot, WatcherView } from '../src/snapshot.ts'
import { runningHeader } from './running-header.ts'
import { aheadOf, verdictOn } from './standing.ts'

const head = { origin: 'o', size: 50, root: '', at: 1_000, note: '' }
const election = { tickSeconds: 60 } as NonNullable<Snapshot['election']>

function watcher(direct: WatcherView['direct']): WatcherView {
  return { name: 'library', kind: 'mirror', url: null, cosignedAt: null, hostSays: null, direct }
}

test('a ledger is behind when a watcher signed a larger one well after it, and not within two ticks', () => {
  const of = (size: number, at: number) =>
    aheadOf({ head, election, watchers: [watcher({ status: 'ahead', size, at, note: '' })] })
  expect(of(80, 1_121)).toEqual({ names: ['library'], size: 80 })
  expect(of(80, 1_120)).toBeNull()
  // What the watcher said before this browser caught up.
  expect(of(50, 9_999)).toBeNull()
  expect(aheadOf({ head, election, watchers: [watcher({ status: 'unreachable' })] })).toBeNull()
})

test('a result is refuted only when the files for it were there', () => {
  const line = (id: string, status: string) => ({ id, status }) as Snapshot['checks'][number]
  const failed = [line('mixes', 'FAIL'), line('count', 'PASS')]
  expect(verdictOn({ checks: failed, problems: [] })).toBe('bad')
  expect(verdictOn({ checks: failed, problems: [{ code: 'proofs-missing' }] })).toBe('missing')
  expect(verdictOn({ checks: [line('mixes', 'PASS'), line('count', 'RUNNING')], problems: [] })).toBe('open')
  expect(verdictOn({ checks: [line('count', 'PASS')], problems: [] })).toBe('good')
  expect(verdictOn({ checks: [], problems: [] })).toBe('open')
})

test('no title can leave the string of the running header', () => {
  const rules = runningHeader('"} body { display: none } @page { x: "\\\n한표', 'Page')
  const [, inside = ''] = /@top-left \{ content: "([^"]*)";/.exec(rules) ?? []
  expect(inside).toMatch(/^(\\[0-9a-f]+ )+$/)
  expect(rules).not.toContain('body')
})
