import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { expect, test } from 'vitest'
import { createSeededRandom } from '../random.ts'
import { RadioChannel, type SendRequest, type WindowResult } from './channel.ts'
import type { Reception } from './reception.ts'

const PAYLOAD = new Uint8Array(60)
const FREQUENCY = 922_100_000

function setUp(options: { seed?: string; up?: number; down?: number } = {}) {
  const clock = createVirtualClock({ startMs: 0 })
  const radio = new RadioChannel({
    clock,
    random: createSeededRandom(options.seed ?? 'air'),
    loss: { up: options.up ?? 0, down: options.down ?? 0 },
    propagation: { fadingDb: 0 },
  })
  const heard: Reception[] = []
  radio.attachGateway({
    id: 'gateway',
    position: { x: 0, y: 0 },
    channelsHz: [FREQUENCY],
    onUplink: (reception) => heard.push(reception),
  })
  const send = (source: string, startMs: number, extra: Partial<SendRequest> = {}) =>
    radio.send({
      source,
      position: { x: 100, y: 0 },
      direction: 'up',
      frequencyHz: FREQUENCY,
      spreadingFactor: 7,
      powerDbm: 14,
      payload: PAYLOAD,
      startMs,
      ...extra,
    })
  return { clock, radio, heard, send, sources: () => heard.map((one) => one.transmission.source) }
}

test('a frame is heard at its end, with the strength its distance leaves', async () => {
  const { clock, heard, send } = setUp()
  const frame = send('near', 0)
  await clock.advance(frame.endMs - 1)
  expect(heard).toEqual([])
  await clock.advance(2)
  expect(heard).toHaveLength(1)
  expect(heard[0]?.rssiDbm).toBeCloseTo(14 - 31.7 - 60, 5)
})

test('a frame from too far away is lost at SF7 and heard at SF12', async () => {
  const { clock, radio, sources, send } = setUp()
  const position = { x: 4500, y: 0 }
  send('fast', 0, { position })
  send('slow', 5000, { position, spreadingFactor: 12, payload: new Uint8Array(20) })
  await clock.advance(20_000)
  expect(sources()).toEqual(['slow'])
  expect(radio.metrics.lostBy.weak).toBe(1)
})

test('two equally strong frames on one channel and spreading factor are both lost', async () => {
  const { clock, radio, sources, send } = setUp()
  send('a', 0)
  send('b', 50)
  await clock.advance(1000)
  expect(sources()).toEqual([])
  expect(radio.metrics).toMatchObject({ framesSent: 2, framesLost: 2, lostBy: { collision: 2 } })
})

test('a frame 6 dB stronger is captured; other spreading factors and channels do not disturb', async () => {
  const { clock, sources, send } = setUp()
  send('strong', 0, { position: { x: 50, y: 0 } })
  send('weak', 10)
  send('other factor', 20, { spreadingFactor: 8 })
  await clock.advance(1000)
  expect(sources().sort()).toEqual(['other factor', 'strong'])
})

test('an overlap with no more than the start of the preamble does no harm', async () => {
  const { clock, sources, send } = setUp()
  const first = send('first', 0)
  send('second', first.endMs - 2)
  await clock.advance(1000)
  expect(sources()).toEqual(['second'])
})

test('a gateway hears nothing while it sends', async () => {
  const { clock, radio, sources, send } = setUp()
  send('gateway', 80, { direction: 'down', position: { x: 0, y: 0 }, frequencyHz: 921_900_000 })
  send('during', 0)
  const after = send('after', 400)
  await clock.advance(after.endMs + 1)
  expect(sources()).toEqual(['after'])
  expect(radio.metrics.lostBy.deaf).toBe(1)
})

test('the configured share of frames is lost, the same ones for the same seed', async () => {
  const run = async (seed: string) => {
    const world = setUp({ seed, up: 0.1 })
    for (let i = 0; i < 1000; i++) world.send(`kiosk-${i % 3}`, i * 1000)
    await world.clock.advance(1_001_000)
    return world
  }
  const [first, again, other] = [await run('one'), await run('one'), await run('two')]
  expect(first.radio.metrics.framesLost).toBeGreaterThan(70)
  expect(first.radio.metrics.framesLost).toBeLessThan(130)
  expect(first.heard.map((one) => one.transmission.startMs)).toEqual(
    again.heard.map((one) => one.transmission.startMs),
  )
  expect(first.heard.map((one) => one.transmission.startMs)).not.toEqual(
    other.heard.map((one) => one.transmission.startMs),
  )
})

test('a window locks on a downlink that starts inside it and on no other', async () => {
  const { clock, radio, send } = setUp()
  const results: Record<string, WindowResult> = {}
  const listen = (device: string, opensAtMs: number) =>
    radio.listen(
      {
        device,
        position: { x: 100, y: 0 },
        frequencyHz: FREQUENCY,
        spreadingFactor: 7,
        opensAtMs,
        closesAtMs: opensAtMs + 40,
      },
      (result) => {
        results[device] = result
      },
    )
  const frame = send('gateway', 1000, { direction: 'down', position: { x: 0, y: 0 } })
  listen('on time', 980)
  listen('too early', 900)
  listen('too late', 1020)
  await clock.advance(2000)
  expect(results['on time']).toMatchObject({ endMs: frame.endMs, reception: { transmission: frame } })
  expect(results['too early']).toEqual({ reception: undefined, endMs: 940 })
  expect(results['too late']).toEqual({ reception: undefined, endMs: 1060 })
  await clock.advance(2000)
  expect(radio.metrics.downlinks).toMatchObject({ sent: 1, lost: 0 })
})

test('a downlink nobody listened to counts as lost', async () => {
  const { clock, radio, send } = setUp()
  send('gateway', 1000, { direction: 'down' })
  await clock.advance(5000)
  expect(radio.metrics.downlinks).toMatchObject({ sent: 1, lost: 1, lostBy: { 'no-listener': 1 } })
})

test('carrier sense hears the neighbour in the same hall and not the one across town', () => {
  const { radio, send } = setUp()
  send('neighbour', 0, { position: { x: 110, y: 0 } })
  const sense = (x: number, fromMs = 10) =>
    radio.isBusy({
      position: { x, y: 0 },
      frequencyHz: FREQUENCY,
      fromMs,
      toMs: fromMs + 5,
      thresholdDbm: -65,
    })
  expect(sense(100)).toBe(true)
  expect(sense(2000)).toBe(false)
  expect(sense(100, 500)).toBe(false)
})

test('the last frame of a device can be played back, and is counted apart', async () => {
  const { clock, radio, heard, send } = setUp()
  expect(radio.replayLastUplink('kiosk')).toBe(false)
  send('kiosk', 0)
  await clock.advance(1000)
  expect(radio.replayLastUplink('kiosk')).toBe(true)
  await clock.advance(1000)
  expect(heard).toHaveLength(2)
  expect(heard[1]?.transmission.payload).toEqual(PAYLOAD)
  expect(radio.metrics).toMatchObject({ framesSent: 1, replaysInjected: 1 })
})

test('a frame longer than four seconds is refused', () => {
  const { send } = setUp()
  expect(() => send('kiosk', 0, { spreadingFactor: 12, payload: new Uint8Array(200) })).toThrow('4 s')
})
