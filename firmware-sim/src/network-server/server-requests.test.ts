import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import type { ClassADevice } from '../mac/device.ts'
import { createVolatileMemory } from '../mac/memory.ts'
import { createWorld, type TestWorld, testIdentity } from '../testing/world.ts'
import { createVolatileServerMemory } from './memory.ts'
import { DEFAULT_SERVER_SETTINGS, type ServerSettings } from './types.ts'

const uplink = (text: string) => ({ fPort: 1, payload: utf8(text), isConfirmed: false })

/** A device that joined while the region was as usual, in a world where the operator changed it since. */
async function afterChange(
  region: Partial<ServerSettings['region']>,
  deviceProfile: Partial<ServerSettings['deviceProfile']> = {},
): Promise<{ world: TestWorld; device: ClassADevice }> {
  const [serverMemory, memory] = [createVolatileServerMemory(), createVolatileMemory()]
  const before = await createWorld({ serverMemory })
  const joined = await before.device(1, { memory, keepsSession: true })
  expectOk(await before.finish(joined.join()))
  for (const text of ['one', 'two']) await before.finish(joined.send(uplink(text)))
  const world = await createWorld({
    serverMemory,
    seed: 'changed',
    settings: {
      region: { ...DEFAULT_SERVER_SETTINGS.region, ...region },
      deviceProfile: { ...DEFAULT_SERVER_SETTINGS.deviceProfile, ...deviceProfile },
    },
  })
  return { world, device: await world.device(1, { memory, keepsSession: true }) }
}

const serverSession = ({ server }: TestWorld) => server.device(testIdentity(1).devEui)?.record.session

test('changed receive parameters reach the device, and both sides use them from its answer on', async () => {
  const { world, device } = await afterChange({
    rx1DataRateOffset: 2,
    rx2DataRate: 3,
    rx2FrequencyHz: 922_300_000,
  })
  await world.finish(device.send(uplink('brings RXParamSetupReq')))
  expect(device.session).toMatchObject({ rx1DataRateOffset: 2, rx2DataRate: 3, rx2FrequencyHz: 922_300_000 })
  expect(serverSession(world)).toMatchObject({ rx1DataRateOffset: 0, rx2DataRate: 0 })
  await world.enqueue(1, { fPort: 1, data: btoa('heard at DR3') })
  const { downlinks } = expectOk(await world.finish(device.send(uplink('answers'))))
  expect(downlinks).toMatchObject([{ payload: utf8('heard at DR3') }])
  expect(serverSession(world)).toMatchObject({ rx1DataRateOffset: 2, rx2DataRate: 3 })
})

test('RXParamSetupAns goes with every uplink until a downlink came', async () => {
  const { world, device } = await afterChange({ rx1DataRateOffset: 1 })
  await world.finish(device.send(uplink('brings RXParamSetupReq')))
  world.radio.loss.up = 1
  await world.finish(device.send(uplink('lost')))
  world.radio.loss.up = 0
  expect(device.roomForPayload).toBe(240)
  await world.finish(device.send(uplink('arrives')))
  expect(serverSession(world)?.rx1DataRateOffset).toBe(1)
  expect(device.roomForPayload).toBe(242)
})

test('channels that the operator adds and takes away are set one by one', async () => {
  const { world, device } = await afterChange({
    extraChannelsHz: [922_700_000, 921_700_000, 923_100_000],
  })
  for (let i = 0; i < 6; i++) await world.finish(device.send(uplink(`channel ${i}`)))
  expect(device.session?.channels.map(({ frequencyHz }) => frequencyHz)).toEqual([
    922_100_000, 922_300_000, 922_500_000, 922_700_000, 921_700_000, 923_100_000,
  ])
  const sent = expectOk(await world.finish(device.send(uplink('nothing more to ask'))))
  expect(sent.downlinks).toEqual([])
})

test('a frequency that the device refuses is asked for three times and no more', async () => {
  const { world, device } = await afterChange({
    extraChannelsHz: [...DEFAULT_SERVER_SETTINGS.region.extraChannelsHz.slice(0, 4), 868_100_000],
  })
  const answered: number[] = []
  for (let i = 0; i < 6; i++) {
    answered.push(expectOk(await world.finish(device.send(uplink(`${i}`)))).downlinks.length)
  }
  expect(answered).toEqual([1, 1, 1, 0, 0, 0])
  expect(device.session?.channels).toHaveLength(8)
})

test('the device is asked for its status as often a day as its profile says', async () => {
  const { world, device } = await afterChange({}, { deviceStatusRequestsPerDay: 24 })
  for (const text of ['brings DevStatusReq', 'answers', 'quiet'])
    await world.finish(device.send(uplink(text)))
  expect(world.broker.json('/event/status')).toMatchObject([{ externalPowerSource: true }])
  await world.clock.advance(3_600_000)
  for (const text of ['again', 'answers']) await world.finish(device.send(uplink(text)))
  expect(world.broker.json('/event/status')).toHaveLength(2)
})
