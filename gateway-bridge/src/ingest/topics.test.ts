import { expect, test } from 'vitest'
import { parseUplinkTopic, uplinkSubscriptions } from './topics.ts'

const APPLICATION = '7c1f2a8e-3d52-4a6b-9f0e-5a4d3c2b1a00'

test('a kiosk topic gives the kiosk id the broker has authenticated', () => {
  expect(parseUplinkTopic('hanpyo/v1/kiosk/17/up')).toEqual({ route: 'wifi', kioskId: 17 })
  expect(parseUplinkTopic('hanpyo/v1/kiosk/65535/up')).toEqual({ route: 'wifi', kioskId: 65535 })
})

test('a device topic gives application and DevEUI', () => {
  expect(parseUplinkTopic(`application/${APPLICATION}/device/24e124ffff000017/event/up`)).toEqual({
    route: 'lora',
    applicationId: APPLICATION,
    devEui: '24e124ffff000017',
  })
})

test.each([
  'hanpyo/v1/kiosk/017/up',
  'hanpyo/v1/kiosk/65536/up',
  'hanpyo/v1/kiosk/-1/up',
  'hanpyo/v1/kiosk/1/down',
  'hanpyo/v2/kiosk/1/up',
  `application/${APPLICATION}/device/24E124FFFF000017/event/up`,
  `application/${APPLICATION}/device/24e124ffff000017/event/join`,
  '',
])('%j is no uplink topic', (topic) => {
  expect(parseUplinkTopic(topic)).toBeUndefined()
})

test('a shared group is put before every subscription, and LoRa only when an application is set', () => {
  expect(uplinkSubscriptions(undefined, undefined)).toEqual(['hanpyo/v1/kiosk/+/up'])
  expect(uplinkSubscriptions(APPLICATION, 'bridge')).toEqual([
    '$share/bridge/hanpyo/v1/kiosk/+/up',
    `$share/bridge/application/${APPLICATION}/device/+/event/up`,
  ])
})
