import { expect, test } from 'vitest'
import { type Events, follow } from './follow.ts'

/** A host's events by hand, a clock that moves when it is told to, and a board that counts. */
function scene() {
  const looks: number[] = []
  const ways: string[] = []
  const sleepers: { untilMs: number; wake: () => void }[] = []
  const opened: { fire(type: string): void; readyState: number }[] = []
  let nowMs = 0
  let asked = 0
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await Promise.resolve()
  }
  const board = {
    look: async () => void looks.push(nowMs),
    askWatchers: async () => void asked++,
    followsBy: (way: string) => void ways.push(way),
    tickSeconds: 10,
  }
  void follow(board, {
    host: 'https://host.example/log/',
    nowMs: () => nowMs,
    sleep: (ms) => new Promise((resolve) => sleepers.push({ untilMs: nowMs + ms, wake: resolve })),
    openEvents: (address) => {
      expect(address).toBe('https://host.example/log/events')
      const listeners = new Map<string, () => void>()
      const source = { fire: (type: string) => listeners.get(type)?.(), readyState: 1 }
      opened.push(source)
      return Object.assign(source, {
        addEventListener: (type: string, listener: () => void) => void listeners.set(type, listener),
        close: () => undefined,
      }) as unknown as Events
    },
  })
  return {
    looks,
    ways,
    opened,
    asked: () => asked,
    settle,
    async advance(ms: number) {
      for (const until = nowMs + ms; ; ) {
        await settle()
        const next = Math.min(...sleepers.map(({ untilMs }) => untilMs))
        if (next > until) {
          nowMs = until
          return
        }
        nowMs = next
        for (const sleeper of sleepers.splice(0)) {
          if (sleeper.untilMs <= nowMs) sleeper.wake()
          else sleepers.push(sleeper)
        }
      }
    },
  }
}

test('without events the log is looked at every tick, and witnesses are asked every minute', async () => {
  const { advance, looks, opened, asked, ways } = scene()
  await advance(0)
  const [events] = opened
  if (events !== undefined) events.readyState = 2
  events?.fire('error')
  await advance(65_000)
  expect(ways).toEqual(['polling'])
  expect(looks).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000])
  expect(asked()).toBe(2)
})

test('with events it is looked at when something was published, and every minute in any case', async () => {
  const { advance, looks, opened, settle } = scene()
  await advance(0)
  opened[0]?.fire('open')
  await advance(25_000)
  opened[0]?.fire('published')
  await settle()
  await advance(60_000)
  expect(looks).toEqual([0, 0, 25_000, 85_000])
})

test('events that were dropped are asked for again', async () => {
  const { advance, opened } = scene()
  await advance(0)
  const [events] = opened
  if (events !== undefined) events.readyState = 2
  events?.fire('error')
  await advance(119_000)
  expect(opened).toHaveLength(1)
  await advance(2_000)
  expect(opened).toHaveLength(2)
})
