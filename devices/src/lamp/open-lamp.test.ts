import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { decodeUtf8, utf8 } from '@hanpyo/protocol/bytes.ts'
import { expect, test } from 'vitest'
import { createTransport, type TransportEnd } from '../stream-transport.ts'
import { openGpioLamp } from './gpio-lamp.ts'
import { openLamp } from './open-lamp.ts'

const random = (length: number) => new Uint8Array(length)

function lampOnALine() {
  const clock = createVirtualClock()
  const sent: string[] = []
  const ends: TransportEnd[] = []
  const line = { isThere: true, answers: true }
  const lamp = openLamp('tcp:lamp:1', {
    clock,
    random,
    async open(uri) {
      if (!line.isThere) throw new Error('not there')
      const end: TransportEnd = createTransport(uri, {
        async write(bytes) {
          const text = decodeUtf8(bytes)
          sent.push(text)
          if (line.answers) end.received(utf8(text.replace('lamp', 'ok')))
        },
        async close() {},
      })
      ends.push(end)
      return end.transport
    },
  })
  return { clock, sent, ends, line, lamp }
}

test('the lamp confirms what it shows, and is off after the kiosk ended', async () => {
  const { clock, sent, lamp } = lampOnALine()
  await clock.advance(0)
  expect(await lamp.set('blink')).toEqual({ ok: true, value: undefined })
  await lamp.close()
  expect(sent).toEqual(['lamp off\n', 'lamp blink\n', 'lamp off\n'])
  expect(await lamp.set('on')).toMatchObject({ error: 'lamp-closed' })
})

test('a lamp that was unplugged shows what was wanted meanwhile as soon as it is back', async () => {
  const { clock, sent, ends, line, lamp } = lampOnALine()
  await clock.advance(0)
  line.isThere = false
  ends[0]!.ended('unplugged')
  await clock.advance(0)
  expect(await lamp.set('on')).toMatchObject({ error: 'lamp-not-connected' })
  line.isThere = true
  await clock.advance(60_000)
  expect(lamp.state).toBe('online')
  expect(sent.at(-1)).toBe('lamp on\n')
  await lamp.close()
})

test('a lamp that does not answer is reported after a second', async () => {
  const { clock, line, lamp } = lampOnALine()
  await clock.advance(0)
  line.answers = false
  const set = lamp.set('on')
  await clock.advance(1_000)
  expect(await set).toMatchObject({ error: 'lamp-silent' })
  await lamp.close()
  expect(clock.pendingCount).toBe(0)
})

test('a GPIO lamp blinks once a second and ends dark', async () => {
  const clock = createVirtualClock()
  const written: string[] = []
  const lamp = openGpioLamp('/gpio', { clock, write: async (_, text) => void written.push(text) })
  await clock.advance(0)
  expect(await lamp.set('blink')).toMatchObject({ ok: true })
  await clock.advance(2_000)
  await lamp.close()
  expect(written).toEqual(['0', '1', '0', '1', '0', '1', '0'])
  expect(clock.pendingCount).toBe(0)
})

test('a GPIO file that appears later is written then', async () => {
  const clock = createVirtualClock()
  const written: string[] = []
  let isThere = false
  const write = async (_: string, text: string) => {
    if (!isThere) throw new Error('ENOENT')
    written.push(text)
  }
  const lamp = openGpioLamp('/gpio', { clock, write })
  const states: string[] = []
  lamp.onState((state) => states.push(state))
  expect(await lamp.set('on')).toMatchObject({ error: 'lamp-not-connected' })
  isThere = true
  await clock.advance(6_000)
  expect(written).toEqual(['1'])
  expect(states).toEqual(['online'])
  await lamp.close()
})
