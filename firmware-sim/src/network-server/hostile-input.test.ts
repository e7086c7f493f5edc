import { fromHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import { encodeUplink } from '../gateway/messages.ts'
import { type OutgoingFrame, sealDataFrame, sessionKeys } from '../mac/codec.ts'
import type { ClassADevice } from '../mac/device.ts'
import { APPLICATION, createWorld, GATEWAY_ID, type TestWorld, testIdentity } from '../testing/world.ts'

const NOTHING = new Uint8Array(0)
const uplink = (text: string) => ({ fPort: 1, payload: utf8(text), isConfirmed: false })
const COMMANDS = `application/${APPLICATION}/device/${testIdentity(1).devEui}/command/down`

async function ready(): Promise<{ world: TestWorld; device: ClassADevice }> {
  const world = await createWorld()
  const device = await world.device(1)
  expectOk(await world.finish(device.join()))
  for (const text of ['one', 'two', 'three']) await world.finish(device.send(uplink(text)))
  return { world, device }
}

function seal(device: ClassADevice, frame: Partial<OutgoingFrame>): Uint8Array {
  const { devAddr, nwkSKey, appSKey } = device.session!
  const keys = sessionKeys({ nwkSKey: fromHex(nwkSKey), appSKey: fromHex(appSKey) })
  return sealDataFrame(
    {
      direction: 'up',
      isConfirmed: false,
      devAddr,
      control: { adr: false, adrAckReq: false, ack: false, fPending: false },
      fCnt: 3,
      fOpts: NOTHING,
      fPort: 1,
      payload: utf8('x'),
      ...frame,
    },
    keys,
  )
}

async function hear(world: TestWorld, phyPayload: Uint8Array): Promise<void> {
  const frame = {
    gatewayId: GATEWAY_ID,
    phyPayload,
    frequencyHz: 922_100_000,
    spreadingFactor: 7,
    uplinkId: 1,
    rssiDbm: -60,
    snrDb: 9,
    channel: 0,
    context: new Uint8Array(4),
    gatewayTimeMs: world.clock.now(),
  }
  await world.broker.publish(`kr920/gateway/${GATEWAY_ID}/event/up`, encodeUplink(frame))
  await world.clock.advance(10_000)
}

test('a wrong MIC, a foreign address and a downlink from the air change nothing and give no event', async () => {
  const { world, device } = await ready()
  const count = () => world.broker.messages.filter(({ topic }) => topic.startsWith('application/')).length
  const events = count()
  const forged = seal(device, {})
  forged[forged.length - 1]! ^= 1
  const foreign = seal(device, { devAddr: (device.session!.devAddr + 1) >>> 0 })
  for (const frame of [forged, foreign, seal(device, { direction: 'down' })]) await hear(world, frame)
  expect(count()).toBe(events)
  const sent = expectOk(await world.finish(device.send(uplink('as if nothing had been'))))
  expect(sent.fCntUp).toBe(3)
  expect(world.broker.json('/event/up').at(-1)).toMatchObject({ fCnt: 3 })
})

test('a replayed counter is reported by its kind and answered by nothing', async () => {
  const { world, device } = await ready()
  const downlinks = () => world.broker.messages.filter(({ topic }) => topic.endsWith('command/down')).length
  const before = downlinks()
  await hear(world, seal(device, { fCnt: 2, isConfirmed: true }))
  await hear(world, seal(device, { fCnt: 0, isConfirmed: true }))
  expect(world.broker.json('/event/log').map(({ code }) => code)).toEqual([
    'UPLINK_F_CNT_RETRANSMISSION',
    'UPLINK_F_CNT_RESET',
  ])
  expect(downlinks()).toBe(before)
})

test('FPort 0 gives an up event without data, and what it carries is read as MAC commands', async () => {
  const { world, device } = await ready()
  await hear(world, seal(device, { fPort: 0, payload: Uint8Array.of(0x06, 0xff, 0x05) }))
  expect(world.broker.json('/event/up').at(-1)).toMatchObject({ fCnt: 3, fPort: 0, data: '' })
  expect(world.broker.json('/event/status')).toMatchObject([{ batteryLevelUnavailable: true, margin: 5 }])
})

test('MAC commands cut short, unknown or never asked for change nothing', async () => {
  const { world, device } = await ready()
  const session = structuredClone(world.server.device(testIdentity(1).devEui)!.record.session!)
  const fOpts = ['03', '05', '070308', '80ff', '0507', '0707', '0307']
  for (const [i, hex] of fOpts.entries())
    await hear(world, seal(device, { fCnt: 3 + i, fOpts: fromHex(hex) }))
  const after = world.server.device(testIdentity(1).devEui)!.record.session!
  const { nextFCntUp: _up, nextFCntDown: _down, adrHistory: _history, ...rest } = after
  expect(session).toMatchObject(rest)
  expect(world.broker.json('/event/up')).toHaveLength(3 + fOpts.length)
})

test('application ports above 223 come through as they are', async () => {
  const { world, device } = await ready()
  for (const [i, fPort] of [224, 225, 226, 255].entries()) {
    await hear(world, seal(device, { fCnt: 3 + i, fPort }))
    expect(world.broker.json('/event/up').at(-1)).toMatchObject({ fPort, data: btoa('x') })
  }
})

test('a flood of commands fills the queue to its limit and no further', async () => {
  const { world, device } = await ready()
  const { devEui } = testIdentity(1)
  for (let i = 0; i < 1200; i++) {
    await world.broker.publish(COMMANDS, JSON.stringify({ devEui, fPort: 1, data: btoa(`${i}`) }))
  }
  expect(world.server.device(devEui)!.record.queue).toHaveLength(1000)
  const { downlinks } = expectOk(await world.finish(device.send(uplink('x'))))
  expect(downlinks).toMatchObject([{ payload: utf8('0'), fPending: true }])
})

test('commands that are wrong in any field are refused and the next good one goes out', async () => {
  const { world, device } = await ready()
  const { devEui } = testIdentity(1)
  const good = { devEui, fPort: 1, data: btoa('good') }
  const bad = [
    '',
    '{',
    'null',
    JSON.stringify({ ...good, data: 'AQ' }),
    JSON.stringify({ ...good, data: 'A===' }),
    JSON.stringify({ ...good, data: 7 }),
    JSON.stringify({ ...good, devEui: devEui.toUpperCase() }),
    JSON.stringify({ ...good, fPort: -1 }),
    JSON.stringify({ ...good, fPort: 1.5 }),
    JSON.stringify({ ...good, id: 5 }),
    JSON.stringify({ ...good, expiresAt: {} }),
    `{"devEui":"${devEui}","fPort":1,"data":"${'A'.repeat(400)}"}`,
  ]
  for (const payload of bad) await world.broker.publish(COMMANDS, payload)
  await world.broker.publish(COMMANDS, Uint8Array.of(0xff, 0xfe, 0x00))
  await world.broker.publish(COMMANDS, JSON.stringify({ ...good, unknownField: { a: 1 } }))
  const { downlinks } = expectOk(await world.finish(device.send(uplink('x'))))
  expect(downlinks).toMatchObject([{ payload: utf8('good'), fPending: false }])
})

test('a flood of frames in one deduplication interval is held to a limit', async () => {
  const { world, device } = await ready()
  const frame = seal(device, {})
  const topic = `kr920/gateway/${GATEWAY_ID}/event/up`
  for (let i = 0; i < 12_000; i++) {
    frame[1] = i & 0xff
    frame[2] = i >> 8
    await world.broker.publish(
      topic,
      encodeUplink({
        gatewayId: GATEWAY_ID,
        phyPayload: frame,
        frequencyHz: 922_100_000,
        spreadingFactor: 7,
        uplinkId: i,
        rssiDbm: -60,
        snrDb: 9,
        channel: 0,
        context: new Uint8Array(4),
        gatewayTimeMs: undefined,
      }),
    )
  }
  expect(world.clock.pendingCount).toBeLessThan(10_100)
  await world.clock.advance(1000)
  expect(expectOk(await world.finish(device.send(uplink('after the flood')))).fCntUp).toBe(3)
  expect(world.broker.json('/event/up').at(-1)).toMatchObject({ data: btoa('after the flood') })
})
