import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { expect, test } from 'vitest'
import { PAGE_SILENCE_MS, Watchdog, writeTest } from './watchdog.ts'

function setUp(canWrite: () => Promise<boolean> = async () => true) {
  const told: string[] = []
  const problems: string[] = []
  const clock = createVirtualClock({ startMs: 1_000_000 })
  const watchdog = new Watchdog({
    manager: { watchdogMs: 15_000, notify: async (state) => void told.push(state) },
    clock,
    canWrite,
    onUnhealthy: (problem) => problems.push(problem),
  })
  return { watchdog, clock, told, problems }
}

test('a core that stores and is asked by its page says that it lives, and says when it stops', async () => {
  const { watchdog, told, problems } = setUp()
  await watchdog.start()
  watchdog.heard()
  expect(await watchdog.look()).toBe(true)
  await watchdog.close()
  expect(told).toEqual(['READY=1', 'WATCHDOG=1', 'STOPPING=1'])
  expect(problems).toEqual([])
})

test('a disk that takes no write and a page that fell silent keep the core silent too', async () => {
  const full = setUp(async () => false)
  expect(await full.watchdog.look()).toBe(false)
  expect([full.told, full.problems]).toEqual([[], ['disk']])
  const { watchdog, clock, told, problems } = setUp()
  expect(await watchdog.look()).toBe(true)
  watchdog.heard()
  await clock.advance(PAGE_SILENCE_MS + 1)
  expect(await watchdog.look()).toBe(false)
  expect([told, problems]).toEqual([['WATCHDOG=1'], ['page']])
  watchdog.heard()
  expect(await watchdog.look()).toBe(true)
})

test('a clock that is set neither makes a page silent nor hides that it is', async () => {
  const steady = createVirtualClock({ startMs: 1_000_000_000 })
  let offMs = 0
  const told: string[] = []
  const watchdog = new Watchdog({
    manager: { watchdogMs: null, notify: async (state) => void told.push(state) },
    clock: { ...steady, now: () => steady.now() + offMs },
    canWrite: async () => true,
    onUnhealthy: () => {},
  })
  watchdog.heard()
  offMs = 86_400_000
  expect(await watchdog.look()).toBe(true)
  watchdog.heard()
  offMs = -86_400_000
  await steady.advance(PAGE_SILENCE_MS + 1)
  expect(await watchdog.look()).toBe(false)
  await watchdog.close()
  expect(told).toEqual(['WATCHDOG=1', 'STOPPING=1'])
})

test('a word that cannot be said once is said at the next look', async () => {
  const clock = createVirtualClock({ startMs: 0 })
  let tries = 0
  const watchdog = new Watchdog({
    manager: {
      watchdogMs: 15_000,
      notify: async (state) => {
        if (state === 'WATCHDOG=1' && ++tries === 1) throw new Error('EAGAIN')
      },
    },
    clock,
    canWrite: async () => true,
    onUnhealthy: () => {},
  })
  await watchdog.start()
  await clock.advance(15_000)
  await clock.advance(15_000)
  expect(tries).toBe(2)
  await watchdog.close()
})

test('the write test fails where nothing can be written', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-watchdog-'))
  expect(await writeTest(dir)()).toBe(true)
  await rm(dir, { recursive: true })
  expect(await writeTest(join(dir, 'gone'))()).toBe(false)
})
