import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { encodeDown, parseUp } from '@hanpyo/protocol/link/schc/messages.ts'
import { EMPTY_REASSEMBLY, receive } from '@hanpyo/protocol/link/schc/receiver.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { counterRandom } from '@hanpyo/protocol/testing/counter-random.ts'
import { expect, onTestFinished, test } from 'vitest'
import { FakeModem } from '../testing/fake-modem.ts'
import { createLoraRoute } from './lora.ts'

const FRAGMENTS = 20
const bytesOf = (length: number, label = 'ballot') => counterRandom(label)(length)
const ballot = bytesOf(213)

interface Air {
  /** Whether uplink number `n` on the fragments' port gets lost. */
  losesUp?(n: number): boolean
  losesDown?(n: number): boolean
  /** Answers a packet that is whole; the default says C = 1. */
  onPacket?(packet: Uint8Array): 'silent' | 'complete'
}

/** A route over a fake modem with a bridge's receiver behind it. */
async function setUp(air: Air = {}, rate = 0) {
  const clock = createVirtualClock()
  const modems: FakeModem[] = []
  const packets: Uint8Array[] = []
  const single: Uint8Array[] = []
  let state = EMPTY_REASSEMBLY
  let ups = 0
  let downs = 0
  const listen = (modem: FakeModem) => (fPort: number, payload: Uint8Array) => {
    if (fPort !== FRAGMENTS) return void single.push(payload)
    if (air.losesUp?.(++ups) === true) return
    const taken = receive(state, expectOk(parseUp(payload)), clock.now())
    state = taken.state
    const { reply } = taken
    if (reply.type === 'none') return
    if (reply.type === 'packet') packets.push(reply.packet)
    if (reply.type !== 'answer' && air.onPacket?.(reply.packet) === 'silent') return
    if (air.losesDown?.(++downs) === true) return
    modem.receive(FRAGMENTS, encodeDown(reply.type === 'answer' ? reply.message : reply.completion))
  }
  const route = createLoraRoute({
    bridges: ['b1'],
    openModem: async () => {
      const modem = new FakeModem()
      modem.rate = rate
      modem.onSend = listen(modem)
      modems.push(modem)
      return modem
    },
    clock,
    random: counterRandom('lora fragments'),
    log: silentLogger,
  })
  route.start({ onDatagram: () => {}, onStateChange: () => {} })
  onTestFinished(() => route.close())
  await clock.advance(1)
  /** Runs the clock until a send ends. */
  const end = async <T>(sending: Promise<T>): Promise<T> => {
    let isDone = false
    void sending.finally(() => {
      isDone = true
    })
    while (!isDone && (await clock.runNext()));
    return sending
  }
  const fragments = () =>
    modems.flatMap(({ sent }) =>
      sent.filter(({ fPort }) => fPort === FRAGMENTS).map(({ payload }) => payload),
    )
  return { clock, route, modems, packets, single, end, fragments }
}

test('at DR0 a ballot goes in six fragments and arrives whole', async () => {
  const { route, end, packets, fragments } = await setUp()
  expect(route.state).toMatchObject({ maxBytes: 2520, frameBytes: 36 })
  const sending = route.send(ballot)
  expect(route.state.isTransferring).toBe(true)
  expect(await end(sending)).toEqual({ ok: true, value: undefined })
  expect(packets).toEqual([ballot])
  expect(fragments().map((payload) => payload.length)).toEqual([51, 51, 51, 51, 11, 8])
  expect(route.state.isTransferring).toBe(false)
})

test('what the air takes is sent again, both ways', async () => {
  const manifest = bytesOf(1_800)
  const { route, end, packets } = await setUp({ losesUp: (n) => n % 5 === 0, losesDown: (n) => n % 3 === 0 })
  expect(await end(route.send(manifest))).toMatchObject({ ok: true })
  expect(packets).toEqual([manifest])
})

test('once the ballot is answered nothing more of it is sent', async () => {
  const answered = new AbortController()
  const { route, end, fragments, clock } = await setUp({
    onPacket() {
      answered.abort()
      return 'silent'
    },
  })
  expect(await end(route.send(ballot, answered.signal))).toMatchObject({ ok: true })
  const count = fragments().length
  await clock.advance(3_600_000)
  expect([count, fragments().length]).toEqual([6, 6])
})

test('an answer over another route wakes a transfer that waits', async () => {
  const answered = new AbortController()
  const { route, end, clock, fragments } = await setUp({ losesDown: () => true })
  const sending = route.send(ballot, answered.signal)
  await clock.advance(20_000)
  expect(fragments()).toHaveLength(6)
  answered.abort()
  expect(await sending).toMatchObject({ ok: true })
  await end(sending)
  expect(fragments()).toHaveLength(6)
})

test('a data rate that falls in the middle makes the frames shorter', async () => {
  const { route, end, packets, modems, fragments } = await setUp({}, 3)
  const [modem] = modems as [FakeModem]
  const listen = modem.onSend
  modem.onSend = (fPort, payload) => {
    listen(fPort, payload)
    if (fragments().length === 2) modem.rate = 0
  }
  const manifest = bytesOf(1_000)
  expect(await end(route.send(manifest))).toMatchObject({ ok: true })
  expect(packets).toEqual([manifest])
  expect(
    fragments()
      .slice(0, 4)
      .map(({ length }) => length),
  ).toEqual([111, 111, 51, 51])
})

test('where MAC answers leave no room frames are a tile shorter until something comes down', async () => {
  const { route, end, packets, modems, fragments } = await setUp({ losesUp: (n) => n === 3 || n === 4 })
  const [modem] = modems as [FakeModem]
  const listen = modem.onSend
  modem.onSend = (fPort, payload) => {
    listen(fPort, payload)
    // The modem's own view of the data rate does not change; it refuses one frame.
    if (fragments().length === 1) modem.sendErrors.push('payload-too-long')
  }
  expect(await end(route.send(ballot))).toMatchObject({ ok: true })
  expect(packets).toEqual([ballot])
  expect(fragments().map(({ length }) => length)).toEqual([51, 41, 41, 41, 41, 8, 51, 31])
})

test('a modem that reboots in the middle joins again, and the transfer goes on where it was', async () => {
  const { route, end, clock, packets, modems, fragments } = await setUp()
  const [modem] = modems as [FakeModem]
  const listen = modem.onSend
  modem.onSend = (fPort, payload) => {
    listen(fPort, payload)
    if (fragments().length === 4) modem.sendError = 'rebooted'
  }
  expect(await end(route.send(ballot))).toMatchObject({ error: 'route-offline' })
  modem.onSend = listen
  modem.sendError = null
  await clock.advance(10_000)
  expect(route.state.isOnline).toBe(true)
  expect(await end(route.send(ballot))).toMatchObject({ ok: true })
  expect(packets).toEqual([ballot])
  expect(fragments().length).toBeLessThanOrEqual(4 + 3)
})

test('a transfer that had come to its end when the radio broke off is begun anew, not taken for sent', async () => {
  const { route, end, clock, packets, modems, fragments } = await setUp()
  const [modem] = modems as [FakeModem]
  const listen = modem.onSend
  // The modem restarts while it sends, but a Receiver-Abort still came through.
  modem.onSend = () => {
    modem.receive(FRAGMENTS, Uint8Array.of(0xff, 0xff))
    modem.sendError = 'rebooted'
  }
  expect(await end(route.send(ballot))).toMatchObject({ error: 'route-offline' })
  modem.onSend = listen
  modem.sendError = null
  await clock.advance(10_000)
  expect(await end(route.send(ballot))).toMatchObject({ ok: true })
  expect(fragments()).toHaveLength(1 + 6)
  expect(packets).toEqual([ballot])
})

test.each([1, 10, 11, 630, 631, 2_519, 2_520])(
  'at the slow rates %i bytes arrive whole, through an air that takes every third frame',
  async (length) => {
    const { route, end, packets, single } = await setUp({
      losesUp: (n) => n % 3 === 1,
      losesDown: (n) => n % 3 === 1,
    })
    const datagram = bytesOf(length)
    expect(await end(route.send(datagram))).toMatchObject({ ok: true })
    // What fits goes in one frame and is none of the transfer's business.
    expect([...packets, ...single]).toEqual([datagram])
    expect(single).toHaveLength(length <= 36 ? 1 : 0)
  },
)

test('after an unplugged modem another datagram may come first, and both arrive', async () => {
  const { route, end, clock, packets, modems } = await setUp()
  const [modem] = modems as [FakeModem]
  const sending = route.send(ballot)
  await clock.advance(5_000)
  modem.sendError = 'closed'
  modem.happen({ type: 'closed', reason: 'unplugged' })
  expect((await end(sending)).ok).toBe(false)
  await clock.advance(120_000)
  expect([modems.length, route.state.isOnline]).toEqual([2, true])
  const other = bytesOf(309, 'two contests')
  expect(await end(route.send(other))).toMatchObject({ ok: true })
  expect(await end(route.send(ballot))).toMatchObject({ ok: true })
  expect(packets).toEqual([other, ballot])
})

test('a second long datagram has to wait, and single frames take turns with the fragments', async () => {
  const { route, end, packets, modems } = await setUp({}, 3)
  const manifest = bytesOf(1_800)
  const sending = route.send(manifest)
  expect(await route.send(bytesOf(700))).toMatchObject({ error: 'route-busy' })
  const beside = [route.send(bytesOf(90, 'a')), route.send(bytesOf(90, 'b'))]
  expect((await end(Promise.all(beside))).every(({ ok }) => ok)).toBe(true)
  expect(await end(sending)).toMatchObject({ ok: true })
  expect(packets).toEqual([manifest])
  const ports = modems[0]!.sent.map(({ fPort }) => fPort)
  expect(ports.slice(0, 5).filter((fPort) => fPort === 1)).toHaveLength(2)
})

test('without any answer the transfer is given up with an abort, and the next datagram goes', async () => {
  let isDeaf = true
  const { route, end, packets, fragments } = await setUp({ losesDown: () => isDeaf })
  // It left the machine, as far as the route can tell; only an ack would say more.
  expect(await end(route.send(ballot))).toMatchObject({ ok: true })
  expect(fragments().at(-1)).toEqual(Uint8Array.of(0xff))
  expect(fragments()).toHaveLength(5 + 8 + 1)
  isDeaf = false
  expect(await end(route.send(bytesOf(213, 'next')))).toMatchObject({ ok: true })
  expect(packets).toEqual([ballot, bytesOf(213, 'next')])
})

test('a flood of Receiver-Aborts and forged answers ends transfers, and nothing else', async () => {
  const { route, end, modems, packets } = await setUp()
  const [modem] = modems as [FakeModem]
  const listen = modem.onSend
  const junk = [[0xff, 0xff], [0xe0], [], [0x20, 1], [0xc0, 0, 0, 0, 0, 0, 0, 0, 0]].map((b) =>
    Uint8Array.from(b),
  )
  modem.onSend = (fPort, payload) => {
    listen(fPort, payload)
    for (let i = 0; i < 200; i++) modem.receive(FRAGMENTS, junk[i % junk.length] as Uint8Array)
  }
  for (let i = 0; i < 5; i++) await end(route.send(ballot))
  expect([modem.sent.length, packets.length]).toEqual([5, 0])
  modem.onSend = listen
  expect(await end(route.send(ballot))).toMatchObject({ ok: true })
  expect(packets).toEqual([ballot])
})
