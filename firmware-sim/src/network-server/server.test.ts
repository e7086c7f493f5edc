import { fromHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeUplink, encodeUplink } from '../gateway/messages.ts'
import { sealDataFrame, sessionKeys } from '../mac/codec.ts'
import { encodeDeviceCommand } from '../mac/commands.ts'
import { ClassADevice } from '../mac/device.ts'
import { createVolatileMemory } from '../mac/memory.ts'
import { createSeededRandom } from '../random.ts'
import { APPLICATION, createWorld, GATEWAY_ID, type TestWorld, testIdentity } from '../testing/world.ts'
import { createVolatileServerMemory } from './memory.ts'

const uplink = (text: string) => ({ fPort: 1, payload: utf8(text), isConfirmed: false })
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/

/** A joined device whose receive timing is settled. */
async function ready(world: TestWorld, number = 1): Promise<ClassADevice> {
  const device = await world.device(number)
  expectOk(await world.finish(device.join()))
  await world.finish(device.send(uplink('rx timing')))
  await world.finish(device.send(uplink('settled')))
  return device
}

test('an up event has exactly the fields and forms of ChirpStack', async () => {
  const world = await createWorld({
    settings: { gatewayLocations: { [GATEWAY_ID]: { latitude: 37.48, longitude: 127.03 } } },
  })
  const device = await ready(world)
  const { topic } = world.broker.messages.findLast(
    (one) => one.topic.startsWith('application/') && one.topic.endsWith('/event/up'),
  )!
  expect(topic).toBe(`application/${APPLICATION}/device/${testIdentity(1).devEui}/event/up`)
  const [up] = world.broker.json('/event/up').slice(-1)
  expect(up).toEqual({
    deduplicationId: expect.stringMatching(UUID),
    time: expect.stringMatching(TIME),
    deviceInfo: {
      tenantId: expect.stringMatching(UUID),
      tenantName: 'hanpyo',
      applicationId: APPLICATION,
      applicationName: 'votes',
      deviceProfileId: expect.stringMatching(UUID),
      deviceProfileName: 'kiosk-kr920',
      deviceName: 'kiosk-1',
      devEui: testIdentity(1).devEui,
      deviceClassEnabled: 'CLASS_A',
      tags: {},
    },
    devAddr: device.session!.devAddr.toString(16).padStart(8, '0'),
    adr: false,
    dr: 5,
    fCnt: 1,
    fPort: 1,
    confirmed: false,
    data: btoa('settled'),
    rxInfo: [
      {
        gatewayId: GATEWAY_ID,
        uplinkId: expect.any(Number),
        gwTime: expect.stringMatching(TIME),
        nsTime: expect.stringMatching(TIME),
        rssi: expect.any(Number),
        snr: expect.any(Number),
        ...((up!.rxInfo as { channel?: number }[])[0]?.channel === undefined
          ? {}
          : { channel: expect.any(Number) }),
        location: { latitude: 37.48, longitude: 127.03 },
        context: expect.stringMatching(/^[A-Za-z0-9+/]{6}==$/),
        crcStatus: 'CRC_OK',
      },
    ],
    txInfo: {
      frequency: expect.any(Number),
      modulation: { lora: { bandwidth: 125000, spreadingFactor: 7, codeRate: 'CR_4_5' } },
    },
    regionConfigId: 'kr920',
  })
})

test('a device that changed its receive timing hears an empty frame and stops repeating the answer', async () => {
  const world = await createWorld()
  const device = await world.device(1)
  expectOk(await world.finish(device.join()))
  await world.finish(device.send(uplink('gets RXTimingSetupReq')))
  const { downlinks } = expectOk(await world.finish(device.send(uplink('answers it'))))
  expect(downlinks).toMatchObject([{ fPort: undefined, payload: new Uint8Array(0) }])
  await world.finish(device.send(uplink('is done')))
  const fOptsLengths = world.broker.messages
    .filter(({ topic }) => topic.endsWith('/event/up') && topic.startsWith('kr920/'))
    .map(({ payload }) => expectOk(decodeUplink(payload)).phyPayload)
    .filter((phy) => phy[0] === 0x40)
    .map((phy) => phy[5]! & 0x0f)
  expect(fOptsLengths).toEqual([0, 1, 0])
})

test('an unconfirmed downlink gives one txack that names the queue item', async () => {
  const world = await createWorld()
  const device = await ready(world)
  const id = '5f8b0a1e-0d5c-4c39-9d0e-0c1f4b1c9d11'
  await world.enqueue(1, { id, confirmed: false, fPort: 1, data: btoa('receipt') })
  const { downlinks } = expectOk(await world.finish(device.send(uplink('vote'))))
  expect(downlinks).toMatchObject([{ payload: utf8('receipt'), isConfirmed: false, fPending: false }])
  expect(world.broker.json('/event/txack')).toMatchObject([
    {
      queueItemId: id,
      gatewayId: GATEWAY_ID,
      fCntDown: 2,
      txInfo: {
        power: 23,
        timing: { delay: { delay: '5s' } },
        modulation: { lora: { polarizationInversion: true } },
      },
    },
  ])
  expect(expectOk(await world.finish(device.send(uplink('next')))).downlinks).toEqual([])
})

test('the queue is a FIFO with one item per uplink and FPending while more wait', async () => {
  const world = await createWorld()
  const device = await ready(world)
  for (const text of ['a', 'b', 'c']) await world.enqueue(1, { fPort: 2, data: btoa(text) })
  const seen: [string, boolean][] = []
  for (let i = 0; i < 4; i++) {
    const { downlinks } = expectOk(await world.finish(device.send(uplink('x'))))
    for (const one of downlinks) seen.push([new TextDecoder().decode(one.payload), one.fPending])
  }
  expect(seen).toEqual([
    ['a', true],
    ['b', true],
    ['c', false],
  ])
})

test('a confirmed downlink is acknowledged with the next uplink, or dropped without', async () => {
  const world = await createWorld()
  const device = await ready(world)
  await world.enqueue(1, { confirmed: true, fPort: 1, data: btoa('one') })
  await world.finish(device.send(uplink('x')))
  await world.finish(device.send(uplink('this one acknowledges')))
  expect(world.broker.json('/event/ack')).toMatchObject([{ acknowledged: true }])
  await world.enqueue(1, { confirmed: true, fPort: 1, data: btoa('two') })
  world.radio.loss.down = 1
  await world.finish(device.send(uplink('never hears it')))
  world.radio.loss.down = 0
  await world.finish(device.send(uplink('does not acknowledge')))
  expect(world.broker.json('/event/ack')).toMatchObject([{ acknowledged: true }, { acknowledged: false }])
})

test('expired and oversized items are dropped with a log event and the next one is sent', async () => {
  const world = await createWorld()
  const device = await ready(world)
  const past = new Date(world.clock.now() + 1000).toISOString()
  await world.enqueue(1, { fPort: 1, data: btoa('stale'), expiresAt: past })
  await world.enqueue(1, { fPort: 1, data: btoa('x'.repeat(243)) })
  await world.enqueue(1, { fPort: 1, data: btoa('good') })
  const { downlinks } = expectOk(await world.finish(device.send(uplink('x'))))
  expect(downlinks).toMatchObject([{ payload: utf8('good') }])
  expect(world.broker.json('/event/log')).toMatchObject([
    { level: 'ERROR', code: 'EXPIRED' },
    { level: 'ERROR', code: 'DOWNLINK_PAYLOAD_SIZE', context: { max_payload_size: '242', item_size: '243' } },
  ])
})

test('a replayed frame gives a log event and no second up event', async () => {
  const world = await createWorld()
  const device = await ready(world)
  await world.finish(device.send(uplink('vote')))
  const before = world.broker.json('/event/up').length
  await world.clock.advance(5000)
  world.radio.replayLastUplink('kiosk-1')
  await world.clock.advance(2000)
  const old = world.broker.json('/event/up').length
  expect(old).toBe(before)
  expect(world.broker.json('/event/log')).toMatchObject([
    { level: 'WARNING', code: 'UPLINK_F_CNT_RETRANSMISSION', context: { f_cnt_up: '2' } },
  ])
})

test('an older frame played back is reported as a counter reset', async () => {
  const world = await createWorld()
  const device = await ready(world)
  const recorded = world.broker.messages.filter(
    ({ topic }) => topic.startsWith('kr920/') && topic.endsWith('event/up'),
  )
  await world.finish(device.send(uplink('later')))
  await world.clock.advance(5000)
  await world.broker.publish(recorded[1]!.topic, recorded[1]!.payload)
  await world.clock.advance(1000)
  expect(world.broker.json('/event/log')).toMatchObject([
    { code: 'UPLINK_F_CNT_RESET', context: { f_cnt_up: '0' } },
  ])
})

test('copies from several gateways within 200 ms become one event with all receptions', async () => {
  const world = await createWorld()
  const device = await ready(world)
  const copyFrom = '0016c001f1500002'
  let isCopied = false
  await world.broker.subscribe(`kr920/gateway/${GATEWAY_ID}/event/up`, 1, async (_topic, payload) => {
    if (isCopied) return
    isCopied = true
    const message = expectOk(decodeUplink(payload))
    await world.broker.publish(
      `kr920/gateway/${copyFrom}/event/up`,
      encodeUplink({ ...message, gatewayId: copyFrom, snrDb: message.snrDb - 3 }),
    )
  })
  const before = world.broker.json('/event/up').length
  await world.finish(device.send(uplink('heard twice')))
  const events = world.broker.json('/event/up').slice(before)
  expect(events).toHaveLength(1)
  expect((events[0]!.rxInfo as { gatewayId: string }[]).map((one) => one.gatewayId)).toEqual([
    GATEWAY_ID,
    copyFrom,
  ])
})

test('a join-request with a wrong key is logged as UPLINK_MIC', async () => {
  const world = await createWorld()
  const stranger = await ClassADevice.start({
    name: 'stranger',
    identity: { ...testIdentity(1), appKey: 'f'.repeat(32) },
    position: { x: 10, y: 10 },
    radio: world.radio,
    clock: world.clock,
    random: createSeededRandom('stranger'),
    memory: createVolatileMemory(),
    settings: { dataRate: 5 },
  })
  expect((await world.finish(stranger.join())).ok).toBe(false)
  expect(world.broker.json('/event/log')).toMatchObject([{ level: 'ERROR', code: 'UPLINK_MIC' }])
})

test('sessions, counters and the queue survive a restart of the server', async () => {
  const serverMemory = createVolatileServerMemory()
  const world = await createWorld({ serverMemory })
  const device = await ready(world)
  await world.enqueue(1, { fPort: 1, data: btoa('kept') })
  const { devEui } = testIdentity(1)
  const stored = await serverMemory.load(devEui)
  expect(stored?.session?.nextFCntUp).toBe(2)
  expect(stored?.queue).toHaveLength(1)
  expect(stored?.usedDevNonces).toEqual([0])
  const second = await createWorld({ serverMemory, seed: 'second' })
  const phy = sealDataFrame(
    {
      direction: 'up',
      isConfirmed: false,
      devAddr: device.session!.devAddr,
      control: { adr: false, adrAckReq: false, ack: false, fPending: false },
      fCnt: 2,
      fOpts: new Uint8Array(0),
      fPort: 1,
      payload: utf8('after the restart'),
    },
    keysOf(device),
  )
  await publishPhy(second, phy)
  await second.clock.advance(6000)
  expect(second.broker.json('/event/up')).toMatchObject([{ fCnt: 2, data: btoa('after the restart') }])
})

test('a DevStatusAns becomes a status event', async () => {
  const world = await createWorld()
  const device = await ready(world)
  const phy = sealDataFrame(
    {
      direction: 'up',
      isConfirmed: false,
      devAddr: device.session!.devAddr,
      control: { adr: false, adrAckReq: false, ack: false, fPending: false },
      fCnt: 2,
      fOpts: encodeDeviceCommand({ name: 'DevStatusAns', battery: 127, marginDb: -4 }),
      fPort: undefined,
      payload: new Uint8Array(0),
    },
    keysOf(device),
  )
  await publishPhy(world, phy)
  await world.clock.advance(1000)
  expect(world.broker.json('/event/status')).toMatchObject([
    { margin: -4, externalPowerSource: false, batteryLevelUnavailable: false, batteryLevel: 50 },
  ])
})

test('the FPort of a command may be a decimal text, as in every protobuf JSON', async () => {
  const world = await createWorld()
  const device = await ready(world)
  await world.enqueue(1, { fPort: '7', data: btoa('as text') })
  expect(expectOk(await world.finish(device.send(uplink('x')))).downlinks).toMatchObject([{ fPort: 7 }])
  await world.enqueue(1, { fPort: '7.5', data: btoa('not a port') })
  expect(expectOk(await world.finish(device.send(uplink('x')))).downlinks).toEqual([])
})

test('bad commands are refused without an event and without harm', async () => {
  const world = await createWorld()
  const device = await ready(world)
  const { devEui } = testIdentity(1)
  const good = { devEui, fPort: 1, data: btoa('x') }
  const topic = `application/${APPLICATION}/device/${devEui}/command/down`
  const bad: [string, string][] = [
    [topic, 'not json'],
    [topic, '[]'],
    [topic, JSON.stringify({ ...good, devEui: '0000000000000000' })],
    [topic, JSON.stringify({ ...good, fPort: 0 })],
    [topic, JSON.stringify({ ...good, fPort: 256 })],
    [topic, JSON.stringify({ ...good, data: '***' })],
    [topic, JSON.stringify({ ...good, id: 'not a uuid' })],
    [topic, JSON.stringify({ ...good, expiresAt: 'tomorrow' })],
    [topic.replace('command/down', 'command/flush'), JSON.stringify(good)],
    [topic.replace(APPLICATION, '00000000-0000-4000-8000-000000000000'), JSON.stringify(good)],
    [topic.replace(devEui, 'ffffffffffffffff'), JSON.stringify({ ...good, devEui: 'ffffffffffffffff' })],
  ]
  for (const [where, payload] of bad) await world.broker.publish(where, payload)
  expect(expectOk(await world.finish(device.send(uplink('x')))).downlinks).toEqual([])
  expect(world.broker.json('/event/log')).toEqual([])
})

test('nonsense on any topic never stops the server', async () => {
  const world = await createWorld()
  const device = await ready(world)
  const { devEui } = testIdentity(1)
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(
        `kr920/gateway/${GATEWAY_ID}/event/up`,
        `kr920/gateway/${GATEWAY_ID}/event/ack`,
        `kr920/gateway/${GATEWAY_ID}/event/stats`,
        'kr920/gateway/x/event/up',
        `kr920/gateway/${GATEWAY_ID}/command/down`,
        `application/${APPLICATION}/device/${devEui}/command/down`,
      ),
      fc.oneof(fc.uint8Array({ maxLength: 120 }), fc.json().map(utf8)),
      async (topic, payload) => {
        await world.broker.publish(topic, payload)
      },
    ),
    { numRuns: 2000 },
  )
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (phy) => publishPhy(world, phy)),
    { numRuns: 500 },
  )
  await world.clock.advance(10_000)
  await world.enqueue(1, { fPort: 1, data: btoa('still here') })
  const { downlinks } = expectOk(await world.finish(device.send(uplink('x'))))
  expect(downlinks).toMatchObject([{ payload: utf8('still here') }])
})

function keysOf(device: ClassADevice) {
  const { nwkSKey, appSKey } = device.session!
  return sessionKeys({ nwkSKey: fromHex(nwkSKey), appSKey: fromHex(appSKey) })
}

async function publishPhy(world: TestWorld, phyPayload: Uint8Array): Promise<void> {
  await world.broker.publish(
    `kr920/gateway/${GATEWAY_ID}/event/up`,
    encodeUplink({
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
    }),
  )
}
