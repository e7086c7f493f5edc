import { expect, test } from 'vitest'
import { createSeededRandom } from '../random.ts'
import { createWorld } from '../testing/world.ts'
import { startTraffic } from './traffic.ts'

const SETTINGS = { everySeconds: 30, bytes: 213, fPort: 1, confirmed: false }

test('a device without a host joins, sends, and joins again after a power cut', async () => {
  const world = await createWorld()
  const device = await world.device(1)
  const traffic = startTraffic({
    device: () => device,
    settings: SETTINGS,
    clock: world.clock,
    random: createSeededRandom('traffic'),
  })
  await world.clock.advance(600_000)
  const before = { ...traffic.counters }
  expect(before).toMatchObject({ joins: 1, joinAttempts: 1 })
  expect(before.uplinks).toBeGreaterThan(10)
  await device.reboot()
  await world.clock.advance(300_000)
  expect(traffic.counters.joins).toBe(2)
  expect(traffic.counters.uplinks).toBeGreaterThan(before.uplinks)
  traffic.stop()
  await world.clock.advance(20_000)
  const { uplinks } = traffic.counters
  await world.clock.advance(300_000)
  expect(traffic.counters.uplinks).toBe(uplinks)
})

test('joins that fail come at growing intervals', async () => {
  const world = await createWorld({ loss: { up: 1 } })
  const device = await world.device(1)
  const traffic = startTraffic({
    device: () => device,
    settings: SETTINGS,
    clock: world.clock,
    random: createSeededRandom('traffic'),
  })
  await world.clock.advance(600_000)
  const inTenMinutes = traffic.counters.joinAttempts
  await world.clock.advance(6_000_000)
  expect(inTenMinutes).toBeGreaterThan(4)
  expect(traffic.counters.joinAttempts).toBeLessThan(inTenMinutes + 21)
  expect(traffic.counters.failures).toEqual({ 'join-timeout': traffic.counters.joinAttempts })
  traffic.stop()
})

test('what does not fit the data rate is cut to what does', async () => {
  const world = await createWorld()
  const device = await world.device(1, { settings: { dataRate: 0 } })
  const traffic = startTraffic({
    device: () => device,
    settings: SETTINGS,
    clock: world.clock,
    random: createSeededRandom('traffic'),
  })
  await world.clock.advance(300_000)
  expect(world.broker.json('/event/up').map(({ data }) => atob(String(data)).length)).toContain(51)
  traffic.stop()
})
