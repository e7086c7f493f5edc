import { expect, test } from 'vitest'
import type { InputView } from '../../src/contract/input-views.ts'
import { createDeviceKeys } from './device-keys.ts'

function view(keys: InputView['keys'], boot = 'a'): InputView {
  return { boot, keys, last: keys.at(-1)?.number ?? 0, headphones: 'unknown' }
}

test('each press acts once and in order, however often a view with it comes', () => {
  const keys = createDeviceKeys()
  keys.take(view([]))
  expect(keys.take(view([{ number: 1, key: 'down' }]))).toEqual(['ArrowDown'])
  const both = view([
    { number: 1, key: 'down' },
    { number: 2, key: 'select' },
    { number: 3, key: 'switch-move' },
  ])
  expect(keys.take(both)).toEqual(['Enter', 'F19'])
  expect(keys.take(both)).toEqual([])
})

test('an older view that arrives late acts on nothing', () => {
  const keys = createDeviceKeys()
  keys.take(view([]))
  keys.take(view([{ number: 2, key: 'select' }]))
  expect(keys.take(view([{ number: 1, key: 'down' }]))).toEqual([])
  expect(keys.take(view([{ number: 3, key: 'up' }]))).toEqual(['ArrowUp'])
})

test('a page that has just loaded does not act on what was pressed before, and a core that started anew is followed', () => {
  const keys = createDeviceKeys()
  expect(keys.take(view([{ number: 7, key: 'select' }]))).toEqual([])
  expect(keys.take(view([{ number: 8, key: 'down' }]))).toEqual(['ArrowDown'])
  expect(keys.take(view([], 'b'))).toEqual([])
  expect(keys.take(view([{ number: 1, key: 'up' }], 'b'))).toEqual(['ArrowUp'])
})
