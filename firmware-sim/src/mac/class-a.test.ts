import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import { createVolatileServerMemory } from '../network-server/memory.ts'
import { eirpDbm } from '../radio/kr920.ts'
import type { Transmission } from '../radio/reception.ts'
import { loraPacket } from '../testing/lora-packet.ts'
import { createWorld, type TestWorld, testIdentity } from '../testing/world.ts'
import { encodeServerCommands, type ServerCommand } from './commands.ts'
import type { ClassADevice } from './device.ts'
import { createVolatileMemory, type DeviceMemory } from './memory.ts'

const uplink = (text: string, isConfirmed = false) => ({ fPort: 1, payload: utf8(text), isConfirmed })

async function joined(
  world: TestWorld,
  options: Parameters<TestWorld['device']>[1] = {},
): Promise<ClassADevice> {
  const device = await world.device(1, options)
  expectOk(await world.finish(device.join()))
  for (const text of ['brings RXTimingSetupReq', 'answers']) await world.finish(device.send(uplink(text)))
  return device
}

/** Every uplink from now on. */
function uplinksOf(world: TestWorld): Transmission[] {
  const sent: Transmission[] = []
  world.radio.observe({ onSent: (frame) => void (frame.direction === 'up' && sent.push(frame)) })
  return sent
}

/** Puts a downlink made by lora-packet into RX1 of the device's next uplink. */
async function withDownlink(
  world: TestWorld,
  device: ClassADevice,
  commands: readonly ServerCommand[],
  how: { text?: string; asPayload?: boolean; confirmed?: boolean } = {},
) {
  const session = device.session!
  const mac = Buffer.from(encodeServerCommands(commands))
  const keys = [Buffer.from(session.appSKey, 'hex'), Buffer.from(session.nwkSKey, 'hex')] as const
  const packet = loraPacket.fromFields(
    {
      MType: how.confirmed === true ? 'Confirmed Data Down' : 'Unconfirmed Data Down',
      DevAddr: Buffer.from(session.devAddr.toString(16).padStart(8, '0'), 'hex'),
      FCnt: session.nextFCntDown,
      FCtrl: { ADR: true, ACK: false, ADRACKReq: false, FPending: false },
      ...(how.asPayload === true
        ? { FPort: 0, payload: mac }
        : { FPort: 1, payload: Buffer.from('d'), FOpts: mac }),
    },
    ...keys,
  )
  const detach = world.radio.observe({
    onSent(frame) {
      if (frame.direction !== 'up') return
      detach()
      world.radio.send({
        source: 'oracle',
        position: { x: 90, y: 0 },
        direction: 'down',
        frequencyHz: frame.frequencyHz,
        spreadingFactor: frame.spreadingFactor,
        powerDbm: 20,
        payload: new Uint8Array(packet.getPHYPayload()!),
        startMs: frame.endMs + session.rx1DelayS * 1000,
      })
    },
  })
  return expectOk(await world.finish(device.send(uplink(how.text ?? 'x'))))
}

const ADR = { channelMask: 0xff, channelMaskControl: 0 }

test('NbTrans repeats an uplink with one counter until a downlink comes, and the server publishes it once', async () => {
  const world = await createWorld({ settings: { deviceProfile: quietProfile() } })
  const device = await joined(world, { settings: { isAdrOn: true } })
  await withDownlink(world, device, [
    { name: 'LinkADRReq', dataRate: 5, txPowerIndex: 0, ...ADR, transmissions: 3 },
  ])
  await world.finish(device.send(uplink('answers')))
  const sent = uplinksOf(world)
  const before = world.broker.json('/event/up').length
  world.radio.loss.down = 1
  const report = expectOk(await world.finish(device.send(uplink('three times'))))
  expect(report.transmissions).toBe(3)
  expect(sent.map(({ payload }) => payload)).toEqual([sent[0]!.payload, sent[0]!.payload, sent[0]!.payload])
  expect(world.broker.json('/event/up')).toHaveLength(before + 1)
})

test('all MAC commands of a frame are applied, whether in FOpts or encrypted under FPort 0', async () => {
  for (const asPayload of [false, true]) {
    const world = await createWorld({ settings: { deviceProfile: quietProfile() } })
    const device = await joined(world)
    const report = await withDownlink(
      world,
      device,
      [
        { name: 'RXTimingSetupReq', delayS: 7 },
        { name: 'DlChannelReq', index: 1, frequencyHz: 923_300_000 },
        { name: 'DevStatusReq' },
        { name: 'TXParamSetupReq', value: 0x3f },
      ],
      { asPayload },
    )
    const data = asPayload
      ? { fPort: undefined, payload: new Uint8Array(0) }
      : { fPort: 1, payload: utf8('d') }
    expect(report.downlinks).toMatchObject([data])
    expect(device.session).toMatchObject({ rx1DelayS: 7 })
    expect(device.session?.channels[1]).toMatchObject({ rx1FrequencyHz: 923_300_000 })
    const answersBytes = 1 + 2 + 3
    expect(device.roomForPayload).toBe(242 - answersBytes)
  }
})

test('after DlChannelReq the device listens in RX1 where it was told, and hears nothing on the old channel', async () => {
  const world = await createWorld()
  const device = await joined(world)
  const moves = [0, 1, 2, 3, 4, 5, 6, 7].map(
    (index) => ({ name: 'DlChannelReq', index, frequencyHz: 921_300_000 }) as const,
  )
  for (const half of [moves.slice(0, 3), moves.slice(3, 6), moves.slice(6)]) {
    await withDownlink(world, device, half)
  }
  await world.enqueue(1, { fPort: 1, data: btoa('on the old channel') })
  const { downlinks } = expectOk(await world.finish(device.send(uplink('x'))))
  expect(downlinks).toEqual([])
})

test('a duty cycle of 1/2048 keeps the device silent for 2048 times its airtime', async () => {
  const world = await createWorld({ settings: { deviceProfile: quietProfile() } })
  const device = await joined(world)
  await withDownlink(world, device, [{ name: 'DutyCycleReq', maxDutyCycle: 11 }])
  const sent = uplinksOf(world)
  expectOk(await world.finish(device.send(uplink('starts the silence'))))
  const airtimeMs = sent[0]!.endMs - sent[0]!.startMs
  expect(await world.finish(device.send(uplink('too soon')))).toMatchObject({ error: 'no-free-channel' })
  await world.clock.advance(sent[0]!.startMs + airtimeMs * 2048 - world.clock.now() - 10)
  expect(await world.finish(device.send(uplink('still too soon')))).toMatchObject({
    error: 'no-free-channel',
  })
  await world.clock.advance(20)
  expect((await world.finish(device.send(uplink('now')))).ok).toBe(true)
})

test('counters pass 65,535 in both directions without a gap', async () => {
  const [memory, serverMemory] = [createVolatileMemory(), createVolatileServerMemory()]
  const first = await createWorld({ serverMemory })
  await joined(first, { memory, keepsSession: true })
  await moveCounters(memory, 65_534)
  const { devEui } = testIdentity(1)
  const record = (await serverMemory.load(devEui))!
  Object.assign(record.session!, { nextFCntUp: 65_534, nextFCntDown: 65_534 })
  await serverMemory.save(devEui, record)
  const world = await createWorld({ serverMemory, seed: 'later' })
  const device = await world.device(1, { memory, keepsSession: true })
  const heard: number[] = []
  for (let i = 0; i < 5; i++) {
    await world.enqueue(1, { fPort: 1, data: btoa(`${i}`) })
    const { downlinks } = expectOk(await world.finish(device.send(uplink(`${i}`))))
    heard.push(...downlinks.map(({ fCnt }) => fCnt))
  }
  expect(world.broker.json('/event/up').map(({ fCnt }) => fCnt)).toEqual([
    65_534, 65_535, 65_536, 65_537, 65_538,
  ])
  expect(heard).toEqual([65_534, 65_535, 65_536, 65_537, 65_538])
})

test('a confirmed downlink is acknowledged with the next uplink and only once', async () => {
  const world = await createWorld()
  const device = await joined(world)
  const sent = uplinksOf(world)
  await withDownlink(world, device, [], { confirmed: true })
  for (const text of ['acknowledges', 'does not']) await world.finish(device.send(uplink(text)))
  const ackBits = sent.map(({ payload }) => (payload[5]! & 0x20) !== 0)
  expect(ackBits).toEqual([false, true, false])
})

test('a device pauses 50 ms between frames, senses 5 ms first and keeps to the EIRP of its channel', async () => {
  const world = await createWorld()
  const device = await joined(world)
  const sent = uplinksOf(world)
  for (let i = 0; i < 30; i++) await world.finish(device.send(uplink(`${i}`)))
  for (const [i, frame] of sent.entries()) {
    expect(frame.powerDbm).toBe(frame.frequencyHz < 922_100_000 ? 10 : 14)
    if (i > 0) expect(frame.startMs - sent[i - 1]!.endMs).toBeGreaterThanOrEqual(55)
  }
  expect(sent.some(({ frequencyHz }) => frequencyHz === 921_500_000)).toBe(true)
  expect([eirpDbm(922_100_000, 3), eirpDbm(921_500_000, 1), eirpDbm(921_500_000, 7)]).toEqual([8, 10, 0])
})

test('a device that senses more than -65 dBm on every channel does not send', async () => {
  const world = await createWorld()
  const device = await joined(world)
  const jam = (powerDbm: number) => {
    for (const { frequencyHz } of device.session!.channels) {
      world.radio.send({
        source: `jammer ${frequencyHz}`,
        position: { x: 101, y: 1 },
        direction: 'up',
        frequencyHz,
        spreadingFactor: 12,
        powerDbm,
        payload: new Uint8Array(51),
        startMs: world.clock.now(),
      })
    }
  }
  jam(14)
  expect(await world.finish(device.send(uplink('no')))).toEqual({ ok: false, error: 'no-free-channel' })
  await world.clock.advance(5000)
  jam(-40)
  expect((await world.finish(device.send(uplink('weak enough')))).ok).toBe(true)
})

async function moveCounters(memory: DeviceMemory, counter: number): Promise<void> {
  const state = (await memory.load())!
  await memory.save({ ...state, session: { ...state.session!, fCntUp: counter, nextFCntDown: counter } })
}

function quietProfile() {
  return { id: 'p', name: 'quiet', rx1DelayS: 1, flushQueueOnActivate: true }
}
