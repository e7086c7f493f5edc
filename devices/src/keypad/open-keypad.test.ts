import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTransport, type TransportEnd } from '../stream-transport.ts'
import { EXCHANGED_SWITCH_CODES, openSwitches } from '../switches/open-switches.ts'
import type { KeyEvent, KeypadKey } from './keypad.ts'
import { openKeypad } from './open-keypad.ts'

const SOURCE = { write: async () => {}, close: async () => {} }

async function pad(uri = 'tcp:pad:1') {
  const clock = createVirtualClock()
  const ends: TransportEnd[] = []
  const events: string[] = []
  const options = {
    clock,
    random: (length: number) => new Uint8Array(length),
    async open(name: string) {
      const end = createTransport(name, SOURCE)
      ends.push(end)
      return end.transport
    },
  }
  const keypad = openKeypad(uri, options)
  keypad.onKey(({ kind, key }: KeyEvent<KeypadKey>) => events.push(`${kind} ${key}`))
  await clock.advance(0)
  return { clock, ends, events, keypad, options, send: (text: string) => ends.at(-1)!.received(utf8(text)) }
}

test('a key presses once however long it is held, and unknown keys do nothing', async () => {
  const { clock, events, send, keypad } = await pad()
  send('+up\n+up\n+constructor\n+nothing\n')
  await clock.advance(5_000)
  send('+up\n-up\n')
  expect(events).toEqual(['press up', 'release up'])
  await keypad.close()
})

test('bounces on the way down and up and double strikes are one press', async () => {
  const { clock, events, send, keypad } = await pad()
  send('+select\n-select\n')
  await clock.advance(5)
  send('+select\n')
  await clock.advance(400)
  send('-select\n')
  await clock.advance(10)
  send('+select\n-select\n')
  expect(events.filter((event) => event === 'press select')).toHaveLength(1)
  await clock.advance(200)
  send('+select\n')
  expect(events.filter((event) => event === 'press select')).toHaveLength(2)
  await keypad.close()
})

test('a key that stays down is said to be stuck, other keys go on working, and it is freed when it comes up', async () => {
  const { clock, events, send, keypad } = await pad()
  send('+left\n')
  await clock.advance(14_000)
  expect(keypad.stuckKeys).toEqual([])
  await clock.advance(2_000)
  send('+right\n')
  expect(keypad.stuckKeys).toEqual(['left'])
  send('-left\n')
  expect(events).toEqual(['press left', 'stuck left', 'press right', 'freed left'])
  expect(keypad.stuckKeys).toEqual([])
  await keypad.close()
})

test('unplugging lets go of what was held, and the pad works again when it is back', async () => {
  const { clock, ends, events, send, keypad } = await pad()
  const states: string[] = []
  keypad.onState((state) => states.push(state))
  send('+down\n')
  ends[0]!.ended('unplugged')
  await clock.advance(60_000)
  send('+down\n')
  expect(events).toEqual(['press down', 'release down', 'press down'])
  expect(states).toEqual(['offline', 'online'])
  await keypad.close()
  expect(clock.pendingCount).toBe(0)
})

test('a keyboard-like pad sends arrows, Enter and volume keys', async () => {
  const { ends, events, keypad } = await pad('hid:1234:5678')
  for (const code of [0x52, 0x28, 0x80]) ends[0]!.received(Uint8Array.of(0, 0, code, 0, 0, 0, 0, 0))
  expect(events.filter((event) => event.startsWith('press'))).toEqual([
    'press up',
    'press select',
    'press volume-up',
  ])
  await keypad.close()
})

test('switches can be exchanged for the other hand', async () => {
  const { clock, ends, options, keypad } = await pad()
  const switches = openSwitches('tcp:switches:1', { ...options, codes: EXCHANGED_SWITCH_CODES })
  const pressed: string[] = []
  switches.onKey(({ kind, key }) => kind === 'press' && pressed.push(key))
  await clock.advance(0)
  ends.at(-1)!.received(utf8('+1\n+select\n'))
  expect(pressed).toEqual(['select', 'move'])
  await switches.close()
  await keypad.close()
})

test('whatever arrives and whenever, presses and releases of a key come in turn', async () => {
  const piece = fc.oneof(
    fc.constantFrom('+up\n', '-up\n', '+select\n', '-select\n', '+up', '\n').map(utf8),
    fc.uint8Array({ maxLength: 20 }),
  )
  const steps = fc.array(fc.tuple(piece, fc.integer({ min: 0, max: 20_000 })), { maxLength: 25 })
  await fc.assert(
    fc.asyncProperty(steps, async (pieces) => {
      const { clock, ends, events, keypad } = await pad()
      for (const [bytes, pauseMs] of pieces) {
        ends[0]!.received(bytes)
        await clock.advance(pauseMs)
      }
      await keypad.close()
      for (const key of ['up', 'select']) {
        const kinds = events.filter((event) => event.endsWith(` ${key}`)).map((event) => event.split(' ')[0])
        expect(kinds.join(' ')).toMatch(/^((press (release|stuck freed)|stuck freed) ?)*$/)
      }
      expect(clock.pendingCount).toBe(0)
    }),
    { numRuns: 40 },
  )
})

test('the headphone plug is told apart from keys, never gets stuck, and is not known once the pad is gone', async () => {
  const { clock, ends, events, keypad, send } = await pad()
  const told: string[] = []
  keypad.onHeadphones((state) => told.push(state))
  expect(keypad.headphones).toBe('unknown')
  send('+headphones\n+headphones\n')
  await clock.advance(60_000)
  expect([keypad.headphones, keypad.stuckKeys]).toEqual(['in', []])
  send('-headphones\n+headphones\n')
  ends.at(-1)!.ended('unplugged')
  await clock.advance(0)
  expect(told).toEqual(['in', 'out', 'in', 'unknown'])
  expect(events).toEqual([])
  await keypad.close()
})

test('an audio keypad that types F15 and F16 says the same of its plug', async () => {
  const { ends, events, keypad } = await pad('hid:usage=01:06')
  const type = (usage: number) => {
    ends.at(-1)!.received(Uint8Array.of(0, 0, usage, 0, 0, 0, 0, 0))
    ends.at(-1)!.received(new Uint8Array(8))
  }
  type(0x6a)
  expect(keypad.headphones).toBe('in')
  type(0x6b)
  expect(keypad.headphones).toBe('out')
  type(0x52)
  expect(events).toEqual(['press up', 'release up'])
  await keypad.close()
})
