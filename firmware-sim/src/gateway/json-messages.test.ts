import { decodeUtf8, utf8 } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFaultyWorld, NEAR_GATEWAY } from '../testing/faulty-world.ts'
import { formatOf, JSON_FORMAT, PROTOBUF_FORMAT } from './message-format.ts'

const UPLINK = {
  gatewayId: NEAR_GATEWAY,
  phyPayload: Uint8Array.of(0x40, 1, 2),
  frequencyHz: 922_100_000,
  spreadingFactor: 7,
  uplinkId: 2147,
  rssiDbm: -57,
  snrDb: 9.5,
  channel: 0,
  context: Uint8Array.of(0, 0, 0, 0),
  gatewayTimeMs: 1_780_000_000_123,
}

test('an uplink in JSON has the names and forms of proto3 JSON and leaves defaults out', () => {
  expect(JSON.parse(decodeUtf8(JSON_FORMAT.encodeUplink(UPLINK)))).toEqual({
    phyPayload: 'QAEC',
    txInfo: {
      frequency: 922_100_000,
      modulation: { lora: { bandwidth: 125_000, spreadingFactor: 7, codeRate: 'CR_4_5' } },
    },
    rxInfo: {
      gatewayId: NEAR_GATEWAY,
      uplinkId: 2147,
      rssi: -57,
      snr: 9.5,
      gwTime: '2026-05-28T20:26:40.123Z',
      context: 'AAAAAA==',
      crcStatus: 'CRC_OK',
    },
  })
})

test('messages survive both formats, which are told apart from their bytes', () => {
  const item = {
    phyPayload: Uint8Array.of(0x60),
    frequencyHz: 921_900_000,
    powerDbm: 23,
    spreadingFactor: 12,
    context: Uint8Array.of(1, 2, 3, 4),
  }
  const downlink = {
    gatewayId: NEAR_GATEWAY,
    downlinkId: 7,
    items: [
      { ...item, timing: { type: 'delay', delayMs: 5000 } },
      { ...item, timing: { type: 'delay', delayMs: 42.5 } },
      { ...item, timing: { type: 'immediately' } },
      { ...item, timing: { type: 'gps' } },
    ],
  } as const
  const ack = { gatewayId: NEAR_GATEWAY, downlinkId: 7, statuses: ['TOO_LATE', 'OK'] } as const
  for (const format of [PROTOBUF_FORMAT, JSON_FORMAT]) {
    expect(formatOf(format.encodeUplink(UPLINK))).toBe(format)
    expect(expectOk(format.decodeUplink(format.encodeUplink(UPLINK)))).toEqual(UPLINK)
    expect(expectOk(format.decodeDownlink(format.encodeDownlink(downlink)))).toEqual(downlink)
    expect(expectOk(format.decodeTxAck(format.encodeTxAck(ack)))).toEqual(ack)
  }
})

test('any JSON decodes to a value or an error, never an exception', () => {
  const wrong = [
    '{"gatewayId":1}',
    '[]',
    'null',
    '{"items":[]}',
    '{"phyPayload":"*","txInfo":{},"rxInfo":{}}',
  ]
  for (const text of wrong) expect(JSON_FORMAT.decodeUplink(utf8(text))).toMatchObject({ ok: false })
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      const bytes = utf8(text)
      JSON_FORMAT.decodeUplink(bytes)
      JSON_FORMAT.decodeDownlink(bytes)
      JSON_FORMAT.decodeTxAck(bytes)
    }),
    { numRuns: 1000 },
  )
})

test('a gateway that writes JSON is answered in JSON, and a device joins and is acknowledged through it', async () => {
  const world = await createFaultyWorld({}, JSON_FORMAT)
  expectOk(await world.finish(world.device.join()))
  const sent = world.device.send({ fPort: 1, payload: utf8('x'), isConfirmed: true })
  expect(expectOk(await world.finish(sent)).isAcknowledged).toBe(true)
  const gatewayMessages = world.broker.messages.filter(({ topic }) => topic.startsWith('kr920/'))
  const kinds = new Set(gatewayMessages.map(({ topic }) => topic.split('/').slice(3).join('/')))
  expect(kinds).toEqual(new Set(['state/conn', 'event/stats', 'event/up', 'event/ack', 'command/down']))
  for (const { payload } of gatewayMessages) expect(decodeUtf8(payload)).toContain(NEAR_GATEWAY.slice(0, 14))
})
