import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import { createWorld, testIdentity } from '../testing/world.ts'

const UPLINK = { fPort: 1, payload: utf8('x'), isConfirmed: false }

test('a near device at DR0 is brought to DR5 and lowest power by three requests in a row, as ChirpStack 4.19.0 does', async () => {
  const world = await createWorld()
  const device = await world.device(1, { settings: { dataRate: 0, isAdrOn: true } })
  expectOk(await world.finish(device.join()))
  const session = () => world.server.device(testIdentity(1).devEui)!.record.session!
  const seen: unknown[] = []
  for (let i = 0; i < 5; i++) {
    await world.finish(device.send(UPLINK))
    const { dataRate, txPowerIndex, pendingCommands } = session()
    const request = pendingCommands.LinkADRReq
    const asked = request?.name === 'LinkADRReq' ? [request.dataRate, request.txPowerIndex] : null
    seen.push({ has: [dataRate, txPowerIndex], asked })
  }
  expect(seen).toEqual([
    { has: [0, 0], asked: [5, 2] },
    { has: [5, 2], asked: [5, 5] },
    { has: [5, 5], asked: [5, 7] },
    { has: [5, 7], asked: null },
    { has: [5, 7], asked: null },
  ])
})

test('a device that changes its data rate by itself counts as one that is back at full power', async () => {
  const world = await createWorld({ settings: {} })
  const device = await world.device(1, { settings: { dataRate: 5, isAdrOn: true } })
  expectOk(await world.finish(device.join()))
  const session = () => world.server.device(testIdentity(1).devEui)!.record.session!
  for (let i = 0; i < 4; i++) await world.finish(device.send(UPLINK))
  expect(session().txPowerIndex).toBeGreaterThan(0)
  device.settings.isAdrOn = false
  device.settings.dataRate = 4
  await world.finish(device.send(UPLINK))
  expect(session()).toMatchObject({ dataRate: 4, txPowerIndex: 0, adrHistory: [{ txPowerIndex: 0 }] })
})
