import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { ByteReader, ByteWriter } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RadioChannel } from '../radio/channel.ts'
import { createSeededRandom } from '../random.ts'
import { createMemoryBroker } from '../testing/memory-broker.ts'
import { Gateway } from './gateway.ts'
import {
  type DownlinkItem,
  decodeDownlink,
  decodeTxAck,
  decodeUplink,
  encodeDownlink,
  encodeUplink,
} from './messages.ts'

const ID = '0016c001f1500001'

async function setUp() {
  const clock = createVirtualClock()
  const random = createSeededRandom('gateway')
  const radio = new RadioChannel({ clock, random })
  const broker = createMemoryBroker()
  const gateway = await Gateway.start({
    id: ID,
    position: { x: 0, y: 0 },
    radio,
    clock,
    random,
    messaging: broker,
    log: silentLogger,
  })
  const uplink = async () => {
    const frame = radio.send({
      source: 'device',
      position: { x: 50, y: 0 },
      direction: 'up',
      frequencyHz: 922_300_000,
      spreadingFactor: 7,
      powerDbm: 14,
      payload: Uint8Array.of(1, 2, 3),
      startMs: clock.now() + 0.25,
    })
    await clock.advance(100)
    const message = broker.messages.filter(({ topic }) => topic.endsWith('event/up')).at(-1)!
    return { frame, message: expectOk(decodeUplink(message.payload)) }
  }
  const down = async (...items: Partial<DownlinkItem>[]) => {
    const complete = items.map((item) => ({
      phyPayload: new Uint8Array(20),
      frequencyHz: 922_300_000,
      powerDbm: 14,
      spreadingFactor: 7,
      timing: { type: 'delay', delayMs: 1000 } as const,
      context: new Uint8Array(4),
      ...item,
    }))
    await broker.publish(
      `kr920/gateway/${ID}/command/down`,
      encodeDownlink({ gatewayId: ID, downlinkId: 7, items: complete }),
    )
    const ack = broker.messages.filter(({ topic }) => topic.endsWith('event/ack')).at(-1)!
    return expectOk(decodeTxAck(ack.payload)).statuses
  }
  return { clock, radio, broker, gateway, uplink, down }
}

test('an uplink is published with its counter at the end of the frame as context', async () => {
  const { uplink, gateway, clock } = await setUp()
  const startMs = clock.now()
  const { frame, message } = await uplink()
  expect(message).toMatchObject({ gatewayId: ID, frequencyHz: 922_300_000, spreadingFactor: 7, channel: 1 })
  expect(message.phyPayload).toEqual(Uint8Array.of(1, 2, 3))
  expect(new ByteReader(message.context).u32()).toBe(Math.round((frame.endMs - startMs) * 1000))
  expect(gateway.counters.received).toBe(1)
})

test('a downlink starts at exactly context plus delay', async () => {
  const { radio, uplink, down } = await setUp()
  const { frame, message } = await uplink()
  expect(await down({ context: message.context, timing: { type: 'delay', delayMs: 5000 } })).toEqual(['OK'])
  expect(radio.isSending(ID, frame.endMs + 4999, frame.endMs + 4999.99)).toBe(false)
  expect(radio.isSending(ID, frame.endMs + 5000.01, frame.endMs + 5001)).toBe(true)
})

test('the counter wraps after 71 minutes without losing the instant', async () => {
  const { clock, radio, uplink, down } = await setUp()
  await clock.advance(4_294_900)
  const { frame, message } = await uplink()
  expect(await down({ context: message.context, timing: { type: 'delay', delayMs: 1000 } })).toEqual(['OK'])
  expect(radio.isSending(ID, frame.endMs + 999, frame.endMs + 999.99)).toBe(false)
  expect(radio.isSending(ID, frame.endMs + 1000.01, frame.endMs + 1001)).toBe(true)
})

test('what cannot be sent is refused with the reason, and the second window is tried', async () => {
  const { clock, uplink, down } = await setUp()
  const { message } = await uplink()
  await clock.advance(2000)
  const late = { context: message.context, timing: { type: 'delay', delayMs: 1000 } as const }
  const inTime = { ...late, timing: { type: 'delay', delayMs: 2500 } as const }
  expect(await down(late)).toEqual(['TOO_LATE'])
  expect(await down(late, inTime)).toEqual(['TOO_LATE', 'OK'])
  expect(await down(inTime)).toEqual(['COLLISION_PACKET'])
  expect(await down({ ...late, frequencyHz: 868_100_000 })).toEqual(['TX_FREQ'])
  expect(await down({ ...late, powerDbm: 27 })).toEqual(['TX_POWER'])
  expect(await down({ timing: { type: 'gps' } })).toEqual(['GPS_UNLOCKED'])
  expect(await down({ ...inTime, timing: { type: 'delay', delayMs: 600_000 } })).toEqual(['TOO_EARLY'])
  expect(await down({ ...late, context: new Uint8Array(2) })).toEqual(['INTERNAL_ERROR'])
})

test('the first item that is accepted is the only one sent', async () => {
  const { radio, uplink, down } = await setUp()
  const { message } = await uplink()
  const item = { context: message.context }
  expect(await down(item, { ...item, timing: { type: 'delay', delayMs: 2000 } })).toEqual(['OK'])
  expect(radio.metrics.downlinks.sent).toBe(1)
})

test('statistics go out every 30 s, and the state is retained online and offline', async () => {
  const { clock, broker, gateway } = await setUp()
  await clock.advance(61_000)
  expect(broker.messages.filter(({ topic }) => topic.endsWith('event/stats'))).toHaveLength(3)
  await gateway.close()
  expect(broker.messages.filter(({ topic }) => topic.endsWith('state/conn'))).toHaveLength(2)
})

test('messages survive encoding, and any bytes decode to a value or an error, never an exception', () => {
  const uplink = {
    gatewayId: ID,
    phyPayload: Uint8Array.of(9),
    frequencyHz: 922_100_000,
    spreadingFactor: 12,
    uplinkId: 4_000_000_000,
    rssiDbm: -110,
    snrDb: -3.5,
    channel: 0,
    context: new ByteWriter().u32(4_294_967_295).bytes(),
    gatewayTimeMs: 1_780_000_000_123,
  }
  expect(decodeUplink(encodeUplink(uplink))).toEqual({ ok: true, value: uplink })
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(199), fc.nat(255), (bytes, at, value) => {
      const changed = encodeUplink(uplink)
      changed[at % changed.length] = value
      for (const input of [bytes, changed]) {
        decodeUplink(input)
        decodeDownlink(input)
        decodeTxAck(input)
      }
    }),
    { numRuns: 5000 },
  )
})

test('a length that points past the end is refused at once', () => {
  const hostile = Uint8Array.of(0x2a, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x0a, 0x00)
  const startMs = performance.now()
  expect(decodeUplink(hostile)).toMatchObject({ ok: false, error: 'gateway-message-malformed' })
  expect(decodeDownlink(hostile)).toMatchObject({ ok: false, error: 'gateway-message-malformed' })
  expect(performance.now() - startMs).toBeLessThan(1000)
})
