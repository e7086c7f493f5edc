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

function fakeHost(exits: (number | null)[]) {
  const abort = new AbortController()
  const profiles: string[] = []
  const removed: string[] = []
  const sleeps: number[] = []
  const commands: string[][] = []
  let killed = 0
  const deps: HostDeps = {
    spawn: (command, args) => {
      commands.push([command, ...args])
      const next = exits.shift()
      let end: (code: number | null) => void = () => {}
      const process: BrowserProcess = {
        ended: next === undefined ? new Promise((resolve) => (end = resolve)) : Promise.resolve(next),
        kill: () => {
          killed += 1
          end(null)
        },
      }
      if (next === undefined) queueMicrotask(() => abort.abort())
      return process
    },
    makeProfile: async () => {
      const path = `/tmp/profile-${profiles.length}`
      profiles.push(path)
      return { path, remove: async () => void removed.push(path) }
    },
    now: () => 0,
    sleep: async (delayMs) => void sleeps.push(delayMs),
    log: () => {},
  }
  return { abort, deps, profiles, removed, sleeps, commands, killedCount: () => killed }
}

const options = { command: '/usr/bin/chromium', url: 'http://127.0.0.1:4100/', uid: 1000 }

test('each run has its own profile, removed when the browser ends', async () => {
  const host = fakeHost([0, 11])
  expect(await runBrowser(options, host.deps, host.abort.signal)).toBe(0)
  expect(host.profiles).toHaveLength(3)
  expect(host.removed).toEqual(host.profiles)
  expect(host.sleeps).toEqual([1_000, 2_000])
  expect(host.commands[0]?.[0]).toBe('/usr/bin/chromium')
})

test('an abort kills the running browser and is not an error', async () => {
  const host = fakeHost([])
  expect(await runBrowser(options, host.deps, host.abort.signal)).toBe(0)
  expect(host.killedCount()).toBe(1)
  expect(host.sleeps).toEqual([])
})

test('a browser that never stays up ends the host with 1', async () => {
  const host = fakeHost(Array.from({ length: 25 }, () => 1))
  expect(await runBrowser(options, host.deps, host.abort.signal)).toBe(1)
  expect(host.commands).toHaveLength(20)
})
