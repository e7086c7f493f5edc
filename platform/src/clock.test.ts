import { expect, test } from 'vitest'
import { createRealClock, createVirtualClock } from './clock.ts'

test('virtual timers run in order of due time, then of creation', async () => {
  const clock = createVirtualClock()
  const startMs = clock.now()
  const log: [string, number][] = []
  const note = (name: string) => () => log.push([name, clock.now() - startMs])
  clock.setTimeout(note('c'), 30)
  clock.setTimeout(note('a'), 10)
  clock.setTimeout(note('b'), 10)
  clock.setTimeout(note('late'), 31)
  await clock.advance(30)
  expect(log).toEqual([
    ['a', 10],
    ['b', 10],
    ['c', 30],
  ])
  expect(clock.now() - startMs).toBe(30)
  expect(clock.pendingCount).toBe(1)
})

test('what a timer or a promise schedules on the way runs in the same advance', async () => {
  const clock = createVirtualClock()
  let ticks = 0
  async function tick(): Promise<void> {
    for (;;) {
      await clock.sleep(100)
      ticks++
    }
  }
  void tick()
  await clock.advance(1_000)
  expect(ticks).toBe(10)
})

test('runNext jumps to the next timer and says when there is none', async () => {
  const clock = createVirtualClock({ startMs: 5 })
  let ran = false
  clock.setTimeout(() => {
    ran = true
  }, 3_600_000)
  expect(await clock.runNext()).toBe(true)
  expect([ran, clock.now()]).toEqual([true, 3_600_005])
  expect(await clock.runNext()).toBe(false)
})

test('a cancelled timer does not run', async () => {
  const clock = createVirtualClock()
  const timer = clock.setTimeout(() => expect.unreachable(), 10)
  clock.clearTimeout(timer)
  clock.clearTimeout(undefined)
  await clock.advance(20)
  expect(clock.pendingCount).toBe(0)
})

test('thousands of timers in any order come out sorted', async () => {
  const clock = createVirtualClock()
  const startMs = clock.now()
  const fired: number[] = []
  for (let i = 0; i < 3_000; i++) {
    const timer = clock.setTimeout(() => fired.push(clock.now() - startMs), (i * 7_919) % 10_007)
    if (i % 3 === 0) clock.clearTimeout(timer)
  }
  await clock.advance(10_007)
  expect(fired).toHaveLength(2_000)
  expect(fired).toEqual(fired.toSorted((a, b) => a - b))
})

test('a sleep ends early with the reason of its signal', async () => {
  for (const clock of [createVirtualClock(), createRealClock()]) {
    const stop = new AbortController()
    const sleeping = clock.sleep(60_000, stop.signal)
    stop.abort(new Error('enough'))
    await expect(sleeping).rejects.toThrow('enough')
    await expect(clock.sleep(1, stop.signal)).rejects.toThrow('enough')
  }
})

test('a real clock with a speed factor runs that much faster', async () => {
  const clock = createRealClock({ speed: 1_000 })
  const realStartMs = performance.now()
  const startMs = clock.now()
  await clock.sleep(50_000)
  const realMs = performance.now() - realStartMs
  expect(realMs).toBeGreaterThanOrEqual(45)
  expect(clock.now() - startMs).toBeGreaterThanOrEqual(49_000)
  expect(realMs).toBeLessThan(5_000)
})

test('clocks of two processes with the same epoch agree', () => {
  const epochMs = Date.now() - 1_000
  const one = createRealClock({ speed: 10, epochMs })
  const other = createRealClock({ speed: 10, epochMs })
  expect(Math.abs(one.now() - other.now())).toBeLessThan(100)
  expect(one.now() - epochMs).toBeGreaterThanOrEqual(10_000)
})

test('a speed of zero is a bug of the caller', () => {
  expect(() => createRealClock({ speed: 0 })).toThrow(RangeError)
})
