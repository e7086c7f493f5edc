import { expect, test } from 'vitest'
import { type BrowserProcess, type HostDeps, runBrowser } from './host.ts'
import { restartPolicy } from './restart-policy.ts'

test('a browser that keeps ending is restarted ever more slowly and given up after 20 exits', () => {
  const runs = Array.from({ length: 20 }, (_, i) => ({ startedMs: i, endedMs: i + 1 }))
  const actions = runs.map((_, i) => restartPolicy(runs.slice(0, i + 1)))
  expect(actions.slice(0, 7).map((a) => (a.kind === 'restart' ? a.delayMs : a.kind))).toEqual([
    1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 30_000,
  ])
  expect(actions.at(-1)).toEqual({ kind: 'give-up', exits: 20 })
})

test('a run of five minutes makes the delays start anew', () => {
  const short = { startedMs: 0, endedMs: 1 }
  const long = { startedMs: 0, endedMs: 300_000 }
  expect(restartPolicy([short, short, short, long])).toEqual({ kind: 'restart', delayMs: 1_000 })
  expect(restartPolicy([short, long, short, short])).toEqual({ kind: 'restart', delayMs: 2_000 })
})

const ENTRY = 'http://127.0.0.1:4100/enter?token=a'

/** A host whose browsers end by the given codes; after the last one a browser runs until it is killed. */
function fakeHost(exits: number[], entryUrls: (string | null)[] = []) {
  const abort = new AbortController()
  const profiles: string[] = []
  const removed: string[] = []
  const sleeps: number[] = []
  const opened: string[] = []
  let killed = 0
  const looks: (() => void)[] = []
  const deps: HostDeps = {
    spawn: (_command, args) => {
      opened.push(args.find((arg) => arg.startsWith('--app=')) ?? '')
      const { promise, resolve } = Promise.withResolvers<number | null>()
      const code = exits.shift()
      if (code !== undefined) resolve(code)
      const process: BrowserProcess = {
        ended: promise,
        kill: () => {
          killed += 1
          resolve(null)
        },
      }
      return process
    },
    makeProfile: async () => {
      const path = `/tmp/profile-${profiles.length}`
      profiles.push(path)
      return { path, remove: async () => void removed.push(path) }
    },
    entryUrl: async () => {
      const next = entryUrls.length > 1 ? entryUrls.shift() : entryUrls[0]
      return next === undefined ? ENTRY : next
    },
    now: () => 0,
    sleep: (delayMs, signal) => {
      if (signal === abort.signal) {
        sleeps.push(delayMs)
        return Promise.resolve()
      }
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true })
        looks.push(resolve)
      })
    },
    log: () => {},
  }
  return { abort, deps, profiles, removed, sleeps, opened, looks, killedCount: () => killed }
}

const options = { command: '/usr/bin/chromium', uid: 1000 }

test('each run has its own profile, removed when the browser ends', async () => {
  const host = fakeHost([0, 11])
  const running = runBrowser(options, host.deps, host.abort.signal)
  await expect.poll(() => host.profiles.length).toBe(3)
  host.abort.abort()
  expect(await running).toBe(0)
  expect(host.removed).toEqual(host.profiles)
  expect(host.sleeps).toEqual([1_000, 2_000])
})

test('an abort kills the running browser and is not an error', async () => {
  const host = fakeHost([])
  const running = runBrowser(options, host.deps, host.abort.signal)
  await expect.poll(() => host.opened.length).toBe(1)
  host.abort.abort()
  expect(await running).toBe(0)
  expect(host.killedCount()).toBe(1)
})

test('the host waits for a core that does not answer yet', async () => {
  const host = fakeHost([], [null, null, ENTRY])
  const running = runBrowser(options, host.deps, host.abort.signal)
  await expect.poll(() => host.opened).toEqual([`--app=${ENTRY}`])
  expect(host.sleeps).toEqual([2_000, 2_000])
  host.abort.abort()
  expect(await running).toBe(0)
})

test('a core that restarted gets a new browser at once, without counting as a crash', async () => {
  const restarted = 'http://127.0.0.1:4100/enter?token=b'
  const host = fakeHost([], [ENTRY, ENTRY, null, restarted])
  const running = runBrowser(options, host.deps, host.abort.signal)
  for (let look = 0; look < 3; look += 1) {
    await expect.poll(() => host.looks.length).toBe(look + 1)
    host.looks[look]?.()
  }
  await expect.poll(() => host.opened).toEqual([`--app=${ENTRY}`, `--app=${restarted}`])
  expect(host.killedCount()).toBe(1)
  expect(host.sleeps).toEqual([])
  host.abort.abort()
  expect(await running).toBe(0)
})

test('a browser that never stays up ends the host with 1', async () => {
  const host = fakeHost(Array.from({ length: 25 }, () => 1))
  expect(await runBrowser(options, host.deps, host.abort.signal)).toBe(1)
  expect(host.opened).toHaveLength(20)
})
