import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { counterRandom } from '@hanpyo/protocol/testing/counter-random.ts'
import { expect, onTestFinished, test } from 'vitest'
import { FakeModem } from '../testing/fake-modem.ts'
import { createLoraRoute } from './lora.ts'

const ballot = new Uint8Array(213).fill(7)

function setUp(prepare: (modem: FakeModem, number: number) => void = () => {}, label = 'lora route') {
  const clock = createVirtualClock()
  const modems: FakeModem[] = []
  const got: Uint8Array[] = []
  let isPlugged = true
  const route = createLoraRoute({
    bridges: ['b1'],
    openModem: async () => {
      if (!isPlugged) throw new Error('no such device')
      const modem = new FakeModem()
      prepare(modem, modems.length)
      modems.push(modem)
      return modem
    },
    clock,
    random: counterRandom(label),
    log: silentLogger,
  })
  route.start({ onDatagram: (bytes) => got.push(bytes), onStateChange: () => {} })
  onTestFinished(() => route.close())
  const plug = (value: boolean) => {
    isPlugged = value
  }
  /** A send, with the pause before it. */
  const send = async (datagram: Uint8Array) => {
    const sent = route.send(datagram)
    await clock.advance(3_000)
    return sent
  }
  return { clock, route, modems, got, plug, send }
}

test('it joins, says how much fits, and sends a ballot in one frame on port 1', async () => {
  const { clock, route, modems, got, send } = setUp()
  expect(route.state).toMatchObject({ isOnline: false, reason: 'no-modem' })
  await clock.advance(1)
  expect(route.state).toEqual({
    isOnline: true,
    maxBytes: 2520,
    frameBytes: 227,
    isTransferring: false,
    reason: null,
    dataRate: 5,
  })
  expect((await send(ballot)).ok).toBe(true)
  expect(modems[0]!.sent).toEqual([{ fPort: 1, payload: ballot }])
  modems[0]!.receive(1, Uint8Array.of(1, 2))
  modems[0]!.receive(20, Uint8Array.of(3))
  expect(got).toEqual([Uint8Array.of(1, 2)])
})

test('what is too long even for fragments is not handed to the modem', async () => {
  const { clock, modems, send } = setUp((modem) => {
    modem.rate = 3
  })
  await clock.advance(1)
  expect(await send(new Uint8Array(2521))).toMatchObject({ error: 'datagram-too-long' })
  expect(modems[0]!.sent).toEqual([])
})

test('a frame is preceded by a random pause, so that two kiosks do not keep step', async () => {
  const starts = await Promise.all(
    ['a', 'b', 'c', 'd'].map(async (label) => {
      const { clock, route, modems } = setUp(() => {}, label)
      await clock.advance(1)
      const startMs = clock.now()
      let atMs = 0
      modems[0]!.onSend = () => {
        atMs = clock.now() - startMs
      }
      void route.send(ballot)
      await clock.advance(3_000)
      return atMs
    }),
  )
  expect(Math.min(...starts)).toBeGreaterThanOrEqual(200)
  expect(Math.max(...starts)).toBeLessThanOrEqual(2_000)
  expect(new Set(starts).size).toBe(starts.length)
})

test('at a data rate too low for any ballot it sends single bytes, so that the network can raise it', async () => {
  const { clock, route, modems } = setUp((modem) => {
    modem.rate = 0
  })
  await clock.advance(10 * 60_000)
  const { sent } = modems[0]!
  expect(sent.length).toBeGreaterThan(1)
  expect(sent.every(({ fPort, payload }) => fPort === 2 && payload.length === 1)).toBe(true)
  modems[0]!.rate = 5
  await clock.advance(3_600_000)
  expect(route.state.frameBytes).toBe(227)
  const count = sent.length
  await clock.advance(86_400_000)
  expect(sent).toHaveLength(count)
})

test('joining goes on for as long as it takes, ever more rarely', async () => {
  const { clock, route, modems } = setUp((modem) => {
    modem.joinError = 'join-failed'
  })
  await clock.advance(60_000)
  const inFirstMinute = modems[0]!.joins
  await clock.advance(86_400_000)
  const inFirstDay = modems[0]!.joins
  expect(inFirstMinute).toBeGreaterThanOrEqual(3)
  expect(inFirstDay).toBeLessThan(inFirstMinute + 60)
  expect(route.state).toMatchObject({ isOnline: false, reason: 'joining' })
  modems[0]!.joinError = null
  await clock.advance(3_600_000)
  expect(route.state.isOnline).toBe(true)
})

test.each([
  ['rebooted', { type: 'rebooted' }],
  ['was reset', { type: 'reset' }],
] as const)('a modem that %s is joined again', async (_what, event) => {
  const { clock, route, modems } = setUp()
  await clock.advance(1)
  modems[0]!.happen(event)
  await clock.advance(1)
  expect([modems.length, modems[0]!.joins, route.state.isOnline]).toEqual([1, 2, true])
})

test('a modem that lost its session says so when it is asked to send, and is joined again', async () => {
  const { clock, modems, send } = setUp()
  await clock.advance(1)
  modems[0]!.sendError = 'not-joined'
  expect(await send(ballot)).toMatchObject({ error: 'route-offline' })
  modems[0]!.sendError = null
  await clock.advance(1)
  expect(modems[0]!.joins).toBe(2)
  expect((await send(ballot)).ok).toBe(true)
})

test('an unplugged modem is found again when it is back', async () => {
  const { clock, route, modems, plug } = setUp()
  await clock.advance(1)
  plug(false)
  modems[0]!.happen({ type: 'closed', reason: 'unplugged' })
  await clock.advance(120_000)
  expect(route.state).toMatchObject({ isOnline: false, reason: 'no-modem' })
  expect(modems[0]!.isClosed).toBe(true)
  plug(true)
  await clock.advance(120_000)
  expect([modems.length, route.state.isOnline]).toEqual([2, true])
})

test('a modem that stays silent three times is opened anew', async () => {
  const { clock, route, modems, send } = setUp()
  await clock.advance(1)
  modems[0]!.sendError = 'no-response'
  for (let i = 0; i < 3; i++) expect(await send(ballot)).toMatchObject({ error: 'route-failed' })
  await clock.advance(60_000)
  expect([modems.length, modems[0]!.isClosed, route.state.isOnline]).toEqual([2, true, true])
})

test('a busy modem is busy, nothing more', async () => {
  const { clock, route, modems, send } = setUp()
  await clock.advance(1)
  modems[0]!.sendError = 'busy'
  expect(await send(ballot)).toMatchObject({ error: 'route-busy' })
  expect(route.state.isOnline).toBe(true)
})
