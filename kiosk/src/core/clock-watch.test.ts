import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { expect, test } from 'vitest'
import { ClockWatch } from './clock-watch.ts'

test('a clock that is hours off is told, with direction, and right again when it was set', () => {
  const clock = createVirtualClock({ startMs: 1_800_000_000_000 })
  let changes = 0
  const watch = new ClockWatch(clock, () => changes++)
  expect(watch.facts).toEqual({ state: 'unknown', aheadSeconds: null, source: null })
  watch.told('ledger', clock.now() - 3 * 3_600_000)
  expect(watch.facts).toEqual({ state: 'wrong', aheadSeconds: 10_800, source: 'ledger' })
  watch.told('lora', clock.now() + 3_600_000)
  expect(watch.facts).toEqual({ state: 'wrong', aheadSeconds: -3_600, source: 'lora' })
  watch.told('ledger', clock.now() + 1_000)
  expect(watch.facts.state).toBe('ok')
  expect(changes).toBe(2)
})
