import { expect, test } from 'vitest'
import { MOST_KEPT_KEYS } from '../../contract/input-views.ts'
import { KeyQueue } from './key-queue.ts'

test('presses keep their order and get numbers that never come again', () => {
  let changes = 0
  const queue = new KeyQueue('boot', () => changes++)
  for (const key of ['down', 'down', 'select'] as const) queue.press(key)
  expect(queue.view).toMatchObject({
    last: 3,
    keys: [
      { number: 1, key: 'down' },
      { number: 2, key: 'down' },
      { number: 3, key: 'select' },
    ],
  })
  queue.clear()
  queue.press('up')
  expect(queue.view.keys).toEqual([{ number: 4, key: 'up' }])
  expect(changes).toBe(4)
})

test('a page that is away costs no memory: of presses nobody takes only the newest are kept', () => {
  const queue = new KeyQueue('boot', () => {})
  for (let i = 0; i < 10_000; i++) queue.press('down')
  expect(queue.view.keys).toHaveLength(MOST_KEPT_KEYS)
  expect(queue.view.keys.at(-1)).toEqual({ number: 10_000, key: 'down' })
})

test('a plug that stays as it was wakes nobody', () => {
  let changes = 0
  const queue = new KeyQueue('boot', () => changes++)
  queue.plugged('in')
  queue.plugged('in')
  expect([queue.view.headphones, changes]).toEqual(['in', 1])
})
