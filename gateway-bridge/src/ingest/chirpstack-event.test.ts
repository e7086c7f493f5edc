import { toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseUplinkEvent } from './chirpstack-event.ts'

const DEV_EUI = '24e124ffff000017'
const DATA = Uint8Array.of(0x92, 1, 2, 3)

/** As ChirpStack 4.19 writes it: default values of nested gateway messages are absent. */
const event = {
  deduplicationId: '3f0c5d3e-5d0b-4d8e-8a3b-111111111111',
  time: '2026-08-01T00:00:01.123456789+00:00',
  deviceInfo: { tenantId: 't', applicationId: 'a', deviceName: 'kiosk-17', devEui: DEV_EUI, tags: {} },
  devAddr: '00189440',
  adr: true,
  dr: 5,
  fCnt: 12,
  fPort: 1,
  confirmed: false,
  data: toBase64(DATA),
  rxInfo: [{ gatewayId: '0016c001f1500001', uplinkId: 2147, rssi: -57, context: 'AAAAAA==' }],
  txInfo: { frequency: 922500000 },
  regionConfigId: 'kr920',
}

const parse = (value: unknown) => parseUplinkEvent(utf8(JSON.stringify(value)), DEV_EUI)

test('an event of a real server yields its datagram, without snr, channel or location', () => {
  expect(parse(event)).toEqual({ ok: true, value: { devEui: DEV_EUI, fPort: 1, data: DATA } })
})

test('rxInfo may be missing or of any shape', () => {
  const { rxInfo: _, ...without } = event
  expect(parse(without).ok).toBe(true)
  expect(parse({ ...event, rxInfo: 'none' }).ok).toBe(true)
  expect(parse({ ...event, rxInfo: [null] }).ok).toBe(true)
})

test('fragments have a port of their own, and other ports carry nothing for the bridge', () => {
  expect(parse({ ...event, fPort: 20 })).toMatchObject({ ok: true, value: { fPort: 20 } })
  expect(parse({ ...event, fPort: 2 })).toMatchObject({ error: 'event-nothing' })
  expect(parse({ ...event, fPort: undefined })).toMatchObject({ error: 'event-nothing' })
  expect(parse({ ...event, fPort: 3 })).toMatchObject({ error: 'event-port', detail: '3' })
})

test('an event that names another device than its topic is refused', () => {
  const other = { ...event, deviceInfo: { ...event.deviceInfo, devEui: '24e124ffff000018' } }
  expect(parse(other)).toMatchObject({ error: 'event-device' })
})

test.each([
  ['not JSON', utf8('{'), 'event-not-json'],
  ['not UTF-8', Uint8Array.of(0xff, 0xfe), 'event-not-json'],
  ['no object', utf8('17'), 'event-fields'],
  ['no device', utf8('{"fPort":1,"data":""}'), 'event-fields'],
  ['too large', new Uint8Array(70_000), 'event-too-large'],
])('a payload that is %s is named, not thrown', (_, payload, error) => {
  expect(parseUplinkEvent(payload, DEV_EUI)).toMatchObject({ ok: false, error })
})

test('data that is not canonical base64 is refused', () => {
  expect(parse({ ...event, data: 'AQID*' })).toMatchObject({ error: 'event-data' })
})

test('no bytes make the parser throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.json().map(utf8)), (payload) => {
      parseUplinkEvent(payload, DEV_EUI)
    }),
  )
})
