import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import { createFaultyWorld, FAR_GATEWAY, type FaultyWorld, NEAR_GATEWAY } from '../testing/faulty-world.ts'
import { testIdentity } from '../testing/world.ts'
import { faultSettings, timelineEvent } from './fault-settings.ts'

const uplink = (text: string, isConfirmed = false) => ({ fPort: 1, payload: utf8(text), isConfirmed })

async function joined(world: FaultyWorld): Promise<FaultyWorld> {
  expectOk(await world.finish(world.device.join()))
  return world
}

const heardBy = (world: FaultyWorld, id: string): number =>
  world.broker.messages.filter(({ topic }) => topic === `kr920/gateway/${id}/event/up`).length

test('a gateway without power hears nothing and says it is offline; another one still serves the hall', async () => {
  const world = await joined(await createFaultyWorld())
  expect(await world.faults.setGateway(NEAR_GATEWAY, 'off')).toBe(true)
  const before = heardBy(world, NEAR_GATEWAY)
  const sent = expectOk(await world.finish(world.device.send(uplink('still there', true))))
  expect(sent.isAcknowledged).toBe(true)
  expect(heardBy(world, NEAR_GATEWAY)).toBe(before)
  const states = world.broker.messages.filter(
    ({ topic }) => topic === `kr920/gateway/${NEAR_GATEWAY}/state/conn`,
  )
  expect(states).toHaveLength(2)
  await world.faults.setGateway(NEAR_GATEWAY, 'on')
  await world.finish(world.device.send(uplink('both again')))
  expect(heardBy(world, NEAR_GATEWAY)).toBe(before + 1)
  expect(await world.faults.setGateway('0000000000000000', 'off')).toBe(false)
})

test('a gateway without backhaul loses what it hears and counts it', async () => {
  const world = await joined(await createFaultyWorld())
  await world.faults.setGateway(NEAR_GATEWAY, 'no-backhaul')
  await world.faults.setGateway(FAR_GATEWAY, 'no-backhaul')
  const sent = expectOk(await world.finish(world.device.send(uplink('into the void', true))))
  expect(sent.isAcknowledged).toBe(false)
  expect([world.near.counters.unpublished, world.far.counters.unpublished]).toEqual([1, 1])
  await world.faults.setGateway(NEAR_GATEWAY, 'on')
  await world.faults.setGateway(FAR_GATEWAY, 'on')
  expect(expectOk(await world.finish(world.device.send(uplink('back', true)))).isAcknowledged).toBe(true)
})

test('a command that comes while the server is cut off waits for it and is not lost', async () => {
  const world = await joined(await createFaultyWorld())
  const { devEui } = testIdentity(1)
  world.faults.setBroker(true)
  const published = world.broker.publish(
    `application/17c82e96-be03-4f38-aef3-f83d48582d97/device/${devEui}/command/down`,
    JSON.stringify({ devEui, fPort: 2, data: btoa('kept') }),
  )
  await world.finish(world.device.send(uplink('unheard')))
  world.faults.setBroker(false)
  await published
  const { downlinks } = expectOk(await world.finish(world.device.send(uplink('heard'))))
  expect(downlinks).toMatchObject([{ fPort: 2, payload: utf8('kept') }])
})

test('an event that the server loses was acknowledged on air all the same', async () => {
  const world = await joined(await createFaultyWorld())
  world.faults.apply({ eventLoss: 1 })
  const sent = expectOk(await world.finish(world.device.send(uplink('gone', true))))
  expect(sent.isAcknowledged).toBe(true)
  expect(world.broker.json('/event/up')).toEqual([])
  expect(world.faults.counts.lostEvents).toBe(1)
})

test('a frame handed over twice becomes one event, whether the copy is in time or late', async () => {
  const world = await joined(await createFaultyWorld({ duplicateUplinks: 1 }))
  for (let i = 0; i < 6; i++) await world.finish(world.device.send(uplink(`${i}`)))
  await world.clock.advance(3000)
  expect(world.near.counters.duplicated).toBe(7)
  expect(heardBy(world, NEAR_GATEWAY)).toBe(14)
  expect(world.broker.json('/event/up').map(({ fCnt }) => fCnt)).toEqual([0, 1, 2, 3, 4, 5])
  const codes = new Set(world.broker.json('/event/log').map(({ code }) => code))
  expect([...codes].filter((code) => code !== 'OTAA')).toEqual(['UPLINK_F_CNT_RETRANSMISSION'])
})

test('a refused downlink is logged as DOWNLINK_GATEWAY and its item goes with the next uplink', async () => {
  const world = await joined(await createFaultyWorld())
  const { devEui } = testIdentity(1)
  world.faults.apply({ txNacks: 1 })
  await world.broker.publish(
    `application/17c82e96-be03-4f38-aef3-f83d48582d97/device/${devEui}/command/down`,
    JSON.stringify({ devEui, fPort: 2, data: btoa('patient') }),
  )
  expect(expectOk(await world.finish(world.device.send(uplink('a')))).downlinks).toEqual([])
  expect(world.broker.json('/event/log')).toMatchObject([
    { code: 'DOWNLINK_GATEWAY', description: 'INTERNAL_ERROR' },
  ])
  world.faults.apply({ txNacks: 0 })
  expect(expectOk(await world.finish(world.device.send(uplink('b')))).downlinks).toHaveLength(1)
})

test('a downlink delayed by its backhaul misses RX1 and comes in RX2, or is refused as too late', async () => {
  const world = await joined(await createFaultyWorld({ downlinkDelayMs: 0 }))
  world.faults.apply({ downlinkDelayMs: 2800 })
  const inRx2 = expectOk(await world.finish(world.device.send(uplink('slow', true))))
  expect(inRx2.downlinks).toMatchObject([{ window: 'RX_2' }])
  world.faults.apply({ downlinkDelayMs: 5000 })
  const missed = expectOk(await world.finish(world.device.send(uplink('too slow', true))))
  expect(missed.isAcknowledged).toBe(false)
  await world.clock.advance(5000)
  expect(world.broker.json('/event/log').at(-1)).toMatchObject({
    code: 'DOWNLINK_GATEWAY',
    description: 'TOO_LATE',
  })
})

test('a brown-out comes in the middle of a send, and line faults reach the modem', async () => {
  const world = await joined(await createFaultyWorld())
  world.faults.apply({ brownOuts: 1, uartGarble: 0.2, uartSilence: 0.1 })
  expect(world.modem.faults).toEqual({ silence: 0.1, garble: 0.2 })
  expect(await world.finish(world.device.send(uplink('cut short')))).toMatchObject({ error: 'rebooted' })
  expect([world.modem.reboots, world.faults.counts.brownOuts, world.device.isJoined]).toEqual([1, 1, false])
})

test('line faults that a modem has of its own stay until others are set for all', async () => {
  const world = await createFaultyWorld()
  const odd = { faults: { silence: 0.7, garble: 0 }, reboot: async () => {} }
  world.faults.addModem('odd', odd)
  world.faults.apply({ txNacks: 0.1 })
  expect(odd.faults).toEqual({ silence: 0.7, garble: 0 })
  world.faults.apply({ uartSilence: 0 })
  expect(odd.faults).toEqual({ silence: 0, garble: 0 })
})

test('bursts change what is lost while the simulation runs', async () => {
  const world = await joined(await createFaultyWorld())
  world.faults.apply({ burstUp: { loss: 1, burstFrames: 5 } })
  await world.finish(world.device.send(uplink('lost')))
  expect(world.radio.metrics.lostBy.loss).toBe(1)
  world.faults.apply({ burstUp: { loss: 0, burstFrames: 1 } })
  expect(expectOk(await world.finish(world.device.send(uplink('ok', true)))).isAcknowledged).toBe(true)
})

test('a timeline happens at its times and ends what it began', async () => {
  const world = await joined(await createFaultyWorld())
  world.faults.play([
    timelineEvent.parse({ event: 'gateway-off', gateway: NEAR_GATEWAY, atSeconds: 10, forSeconds: 20 }),
    timelineEvent.parse({ event: 'loss', up: 0.5, atSeconds: 15 }),
    timelineEvent.parse({ event: 'brown-out', modem: 'kiosk-1', atSeconds: 16 }),
    timelineEvent.parse({ event: 'faults', set: { txNacks: 0.3 }, atSeconds: 17 }),
    timelineEvent.parse({ event: 'replay', atSeconds: 18 }),
  ])
  await world.clock.advance(9_999)
  expect([world.near.isOn, world.radio.loss.up, world.modem.reboots]).toEqual([true, 0, 0])
  await world.clock.advance(10_000)
  expect([world.near.isOn, world.far.isOn, world.radio.loss.up]).toEqual([false, true, 0.5])
  expect([world.modem.reboots, world.faults.settings.txNacks]).toEqual([1, 0.3])
  expect(world.radio.metrics.replaysInjected).toBe(1)
  await world.clock.advance(15_000)
  expect(world.near.isOn).toBe(true)
})

test('shares outside 0 to 1, unknown faults and unknown events are refused', () => {
  expect(faultSettings.safeParse({ txNacks: 1.5 }).success).toBe(false)
  expect(faultSettings.safeParse({ gremlins: 1 }).success).toBe(false)
  expect(timelineEvent.safeParse({ event: 'earthquake', atSeconds: 1 }).success).toBe(false)
  expect(timelineEvent.safeParse({ event: 'loss', up: 2, atSeconds: 1 }).success).toBe(false)
})
