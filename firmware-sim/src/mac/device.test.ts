import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import { decodeDownlink } from '../gateway/messages.ts'
import { createWorld, testIdentity } from '../testing/world.ts'
import type { ClassADevice } from './device.ts'
import { createVolatileMemory } from './memory.ts'

const uplink = (text: string, isConfirmed = false) => ({ fPort: 1, payload: utf8(text), isConfirmed })
const BALLOT = new Uint8Array(213).fill(0xa5)

async function joined(
  world: Awaited<ReturnType<typeof createWorld>>,
  number = 1,
  options = {},
): Promise<ClassADevice> {
  const device = await world.device(number, options)
  expectOk(await world.finish(device.join()))
  return device
}

test('a device joins in the window five seconds after its request and learns the extra channels', async () => {
  const world = await createWorld()
  const device = await world.device(1)
  const startMs = world.clock.now()
  const session = expectOk(await world.finish(device.join()))
  const tookMs = world.clock.now() - startMs
  expect(tookMs).toBeGreaterThan(5000 + 61)
  expect(tookMs).toBeLessThan(5000 + 61 + 72 + 100)
  expect(session.channels).toHaveLength(8)
  expect(device.isJoined).toBe(true)
  expect(world.broker.json('/event/join')).toMatchObject([
    {
      devAddr: session.devAddr.toString(16).padStart(8, '0'),
      deviceInfo: { devEui: testIdentity(1).devEui },
    },
  ])
})

test('an uplink without an answer ends after RX2 and publishes one up event with the clear payload', async () => {
  const world = await createWorld()
  const device = await joined(world)
  for (const text of ['brings RXTimingSetupReq', 'answers it']) await world.finish(device.send(uplink(text)))
  const sent = expectOk(await world.finish(device.send(uplink('hello'))))
  expect(sent).toMatchObject({ fCntUp: 2, transmissions: 1, isAcknowledged: false, downlinks: [] })
  const up = world.broker.json('/event/up').at(-1)
  expect(up).toMatchObject({ fCnt: 2, fPort: 1, dr: 5, confirmed: false, data: btoa('hello') })
})

test('the first uplink after the join brings RXTimingSetupReq, then RX1 opens five seconds later', async () => {
  const world = await createWorld()
  const device = await joined(world)
  expect(device.session?.rx1DelayS).toBe(1)
  const first = expectOk(await world.finish(device.send(uplink('one'))))
  expect(first.downlinks).toHaveLength(1)
  expect(device.session?.rx1DelayS).toBe(5)
  const startMs = world.clock.now()
  await world.enqueue(1, { confirmed: false, fPort: 1, data: btoa('answer') })
  const second = expectOk(await world.finish(device.send(uplink('two'))))
  expect(second.downlinks).toMatchObject([{ window: 'RX_1', fPort: 1, payload: utf8('answer') }])
  expect(world.clock.now() - startMs).toBeGreaterThan(5000)
  expect(world.clock.now() - startMs).toBeLessThan(5500)
})

test('an answer enqueued 4.2 s after the uplink still rides in the same window, one at 4.6 s does not', async () => {
  const world = await createWorld()
  const device = await joined(world)
  await world.finish(device.send(uplink('rx timing')))
  await world.finish(device.send(uplink('settled')))
  const airtimeMs = 56
  const answerAfter = async (delayMs: number) => {
    world.clock.setTimeout(
      () => void world.enqueue(1, { confirmed: false, fPort: 1, data: btoa('ack') }),
      airtimeMs + delayMs,
    )
    return expectOk(await world.finish(device.send(uplink('vote')))).downlinks
  }
  expect(await answerAfter(4200)).toMatchObject([{ window: 'RX_1', payload: utf8('ack') }])
  expect(await answerAfter(4600)).toEqual([])
  expect(await answerAfter(9000)).toMatchObject([{ payload: utf8('ack') }])
})

test('a ballot of 213 bytes is one frame at DR5 and does not fit DR3', async () => {
  const world = await createWorld()
  const device = await joined(world)
  await world.finish(device.send(uplink('rx timing')))
  const before = world.radio.metrics.framesSent
  const sent = await world.finish(device.send({ fPort: 1, payload: BALLOT, isConfirmed: false }))
  expect(sent.ok).toBe(true)
  expect(world.radio.metrics.framesSent - before).toBe(1)
  device.settings.dataRate = 3
  expect(await device.send({ fPort: 1, payload: BALLOT, isConfirmed: false })).toEqual({
    ok: false,
    error: 'payload-too-long',
  })
})

test('a confirmed uplink whose ACK is lost is repeated with the same counter, and the server acks only once', async () => {
  const world = await createWorld()
  const device = await joined(world, 1, { settings: { confirmedRetries: 2 } })
  await world.finish(device.send(uplink('rx timing')))
  world.radio.loss.down = 1
  const sent = expectOk(await world.finish(device.send(uplink('confirm me', true))))
  expect(sent).toMatchObject({ transmissions: 3, isAcknowledged: false })
  expect(world.broker.json('/event/up').filter((one) => one.confirmed === true)).toHaveLength(1)
  expect(world.broker.json('/event/log').map((one) => one.code)).toEqual([
    'UPLINK_F_CNT_RETRANSMISSION',
    'UPLINK_F_CNT_RETRANSMISSION',
  ])
})

test('a confirmed uplink is acknowledged in RX1', async () => {
  const world = await createWorld()
  const device = await joined(world)
  await world.finish(device.send(uplink('rx timing')))
  const sent = expectOk(await world.finish(device.send(uplink('confirm me', true))))
  expect(sent).toMatchObject({ transmissions: 1, isAcknowledged: true })
})

test('what does not fit RX1 in time is sent in RX2, at SF12 on 921.9 MHz', async () => {
  const world = await createWorld({ settings: { getDownlinkDataDelayMs: 1200 } })
  const device = await joined(world)
  const sent = expectOk(await world.finish(device.send(uplink('one'))))
  expect(sent.downlinks).toMatchObject([{ window: 'RX_2' }])
})

test('a replayed downlink, another address and a wrong MIC are ignored', async () => {
  const world = await createWorld()
  const device = await joined(world)
  await world.finish(device.send(uplink('one')))
  const before = device.session
  const downlink = world.broker.messages.filter(({ topic }) => topic.endsWith('command/down')).at(-1)!
  const item = expectOk(decodeDownlink(downlink.payload)).items[0]!
  const forged = item.phyPayload.slice()
  forged[forged.length - 1]! ^= 1
  for (const payload of [item.phyPayload, forged]) {
    const sending = device.send(uplink('two'))
    await world.clock.advance(10)
    const endMs = world.clock.now() - 10 + 5 + 51.5
    for (const frequencyHz of device.session!.channels.map((one) => one.frequencyHz)) {
      world.radio.send({
        source: `attacker ${frequencyHz}`,
        position: { x: 90, y: 0 },
        direction: 'down',
        frequencyHz,
        spreadingFactor: 7,
        powerDbm: 14,
        payload,
        startMs: endMs + 5000,
      })
    }
    expect(expectOk(await world.finish(sending)).downlinks).toEqual([])
  }
  expect(device.session?.nextFCntDown).toBe(before?.nextFCntDown)
})

test('an answer about receive timing goes with every uplink until a downlink shows that it arrived', async () => {
  const world = await createWorld()
  const device = await joined(world)
  await world.finish(device.send(uplink('brings RXTimingSetupReq')))
  expect(device.roomForPayload).toBe(241)
  world.radio.loss.up = 1
  await world.finish(device.send(uplink('lost, with its answer')))
  world.radio.loss.up = 0
  expect(device.roomForPayload).toBe(241)
  await world.enqueue(1, { fPort: 1, data: btoa('x') })
  expect(expectOk(await world.finish(device.send(uplink('arrives')))).downlinks).toHaveLength(1)
  expect(device.roomForPayload).toBe(242)
})

test('a DevNonce is never used twice, not even after the memory of the session is gone', async () => {
  const world = await createWorld()
  const memory = createVolatileMemory()
  const first = await joined(world, 1, { memory })
  await first.reboot()
  expect(first.isJoined).toBe(false)
  const second = await joined(world, 1, { memory })
  expect((await memory.load())?.nextDevNonce).toBe(2)
  expect(second.isJoined).toBe(true)
  const forgetful = await world.device(1, { memory: createVolatileMemory() })
  expect(await world.finish(forgetful.join())).toEqual({ ok: false, error: 'join-timeout' })
  expect(world.broker.json('/event/log')).toMatchObject([
    { code: 'OTAA', description: 'DevNonce has already been used', context: { dev_nonce: '0' } },
  ])
})

test('a device that keeps its session goes on counting after a reboot', async () => {
  const world = await createWorld()
  const memory = createVolatileMemory()
  const device = await joined(world, 1, { memory, keepsSession: true })
  await world.finish(device.send(uplink('one')))
  await device.reboot()
  const sent = expectOk(await world.finish(device.send(uplink('two'))))
  expect(sent.fCntUp).toBe(1)
  expect(world.broker.json('/event/up').map((one) => one.fCnt)).toEqual([0, 1])
})

test('a reboot in the middle of a send ends it and leaves the device usable', async () => {
  const world = await createWorld()
  const device = await joined(world, 1, { keepsSession: true })
  const sending = device.send(uplink('one'))
  await world.clock.advance(40)
  await device.reboot()
  expect(await world.finish(sending)).toEqual({ ok: false, error: 'rebooted' })
  expect(device.isBusy).toBe(false)
  expect((await world.finish(device.send(uplink('two')))).ok).toBe(true)
})

test.each([1, 50, 2000, 5030, 5090, 6500, 8000])(
  'a reboot %i ms into a confirmed send does no harm',
  async (afterMs) => {
    const world = await createWorld()
    const device = await joined(world, 1, { settings: { confirmedRetries: 3 } })
    await world.finish(device.send(uplink('rx timing')))
    if (afterMs > 6000) world.radio.loss.down = 1
    await world.enqueue(1, { fPort: 1, data: btoa('too late for this life') })
    const sending = device.send(uplink('cut short', true))
    await world.clock.advance(afterMs)
    await device.reboot()
    expect(await world.finish(sending)).toEqual({ ok: false, error: 'rebooted' })
    expect(device.isJoined).toBe(false)
    world.radio.loss.down = 0
    expect((await world.finish(device.join())).ok).toBe(true)
  },
)

test('one operation at a time', async () => {
  const world = await createWorld()
  const device = await joined(world)
  const first = device.send(uplink('one'))
  expect(await device.send(uplink('two'))).toEqual({ ok: false, error: 'busy' })
  expect(await device.join()).toEqual({ ok: false, error: 'busy' })
  await world.finish(first)
})

test('without a network a join times out after RX2', async () => {
  const world = await createWorld({ loss: { up: 1 } })
  const device = await world.device(1)
  const startMs = world.clock.now()
  expect(await world.finish(device.join())).toEqual({ ok: false, error: 'join-timeout' })
  expect(world.clock.now() - startMs).toBeGreaterThan(6000)
  expect(await device.send(uplink('x'))).toEqual({ ok: false, error: 'not-joined' })
})

test('ADR raises a close device from DR0 to DR5 and lowers its power', async () => {
  const world = await createWorld()
  const device = await joined(world, 1, {
    settings: { dataRate: 0, isAdrOn: true },
    position: { x: 30, y: 0 },
  })
  for (let i = 0; i < 6; i++) await world.finish(device.send(uplink(`adr ${i}`)))
  expect(device.settings.dataRate).toBe(5)
  expect(device.session?.txPowerIndex).toBeGreaterThan(0)
  expect(world.broker.json('/event/up').at(-1)).toMatchObject({ adr: true, dr: 5 })
})

test('with ADR a device that hears nothing asks after 64 uplinks and then goes down one data rate', async () => {
  const world = await createWorld({ settings: { deviceProfile: quietProfile() } })
  const device = await joined(world, 1, { settings: { isAdrOn: true, dataRate: 5 } })
  world.radio.loss.up = 1
  for (let i = 0; i < 64 + 32 + 1; i++) await world.finish(device.send(uplink('x')))
  expect(device.settings.dataRate).toBe(4)
  world.radio.loss.up = 0
  expect(expectOk(await world.finish(device.send(uplink('again')))).downlinks).toHaveLength(1)
  expect(device.session?.adrAckCounter).toBe(0)
})

test('LinkCheckReq and DeviceTimeReq are answered with the next downlink', async () => {
  const world = await createWorld()
  const device = await joined(world)
  device.request('LinkCheckReq')
  device.request('DeviceTimeReq')
  const { notices } = expectOk(await world.finish(device.send(uplink('how late is it?'))))
  expect(notices).toMatchObject([{ name: 'LinkCheckAns', gatewayCount: 1 }, { name: 'DeviceTimeAns' }])
  const time = notices[1]
  const unixMs =
    time?.name === 'DeviceTimeAns'
      ? (time.gpsSeconds + time.fraction - 18) * 1000 + Date.UTC(1980, 0, 6)
      : Number.NaN
  expect(Math.abs(unixMs - world.clock.now())).toBeLessThan(10_000)
})

function quietProfile() {
  return { id: 'p', name: 'quiet', rx1DelayS: 1, flushQueueOnActivate: true }
}
