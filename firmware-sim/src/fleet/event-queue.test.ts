import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventQueue } from './event-queue.ts'

test('events run in order of time, and those of one instant in the order in which they were planned', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
      const queue = new EventQueue()
      const ran: [number, number][] = []
      for (const [order, atMs] of times.entries()) queue.at(atMs, () => ran.push([queue.nowMs, order]))
      queue.run(Number.POSITIVE_INFINITY)
      expect(ran).toEqual(
        times
          .map((atMs, order): [number, number] => [atMs, order])
          .sort((a, b) => a[0] - b[0] || a[1] - b[1]),
      )
    }),
  )
})

test('an event planned from an event for the past runs now; a run stops at its limit or when it is done', () => {
  const queue = new EventQueue(100)
  const ran: number[] = []
  const tick = () => {
    ran.push(queue.nowMs)
    queue.at(queue.nowMs + 10, tick)
    if (queue.nowMs === 110) queue.at(5, () => ran.push(-queue.nowMs))
  }
  queue.at(0, tick)
  queue.run(125)
  expect(ran).toEqual([100, 110, -110, 120])
  expect(queue.nowMs).toBe(125)
  queue.run(1000, () => ran.length >= 6)
  expect(ran.slice(4)).toEqual([130, 140])
  expect(queue.nowMs).toBe(140)
})
