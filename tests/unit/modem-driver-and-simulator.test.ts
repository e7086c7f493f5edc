import { openAtModem } from '@hanpyo/devices/modem/at-modem.ts'
import { joinPersistently } from '@hanpyo/devices/modem/join-loop.ts'
import { rui3Dialect } from '@hanpyo/devices/modem/rui3.ts'
import { createTransport } from '@hanpyo/devices/stream-transport.ts'
import { createVolatileMemory } from '@hanpyo/firmware-sim/mac/memory.ts'
import { startModem } from '@hanpyo/firmware-sim/modem/start-modem.ts'
import { createSeededRandom } from '@hanpyo/firmware-sim/random.ts'
import { createWorld, testIdentity } from '@hanpyo/firmware-sim/testing/world.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'

const BALLOT = new Uint8Array(213).fill(0xa5)

/** The kiosk's driver on one end of a line, the simulated RAK3172 on the other, both on the world's clock. */
async function connect(dataRate: number) {
  const world = await createWorld()
  const memory = createVolatileMemory()
  const simulated = await startModem('rui3', {
    identity: testIdentity(1),
    dataRate,
    isAdrOn: false,
    clock: world.clock,
    random: createSeededRandom('line'),
    log: silentLogger,
    createDevice: () => world.device(1, { memory, settings: {} }),
  })
  const line = createTransport('test:', {
    write: async (bytes) => simulated.receive(bytes),
    close: async () => simulated.detach(),
  })
  simulated.attach((bytes) => line.received(bytes))
  const opened = await world.finish(
    openAtModem(rui3Dialect, { transport: line.transport, clock: world.clock }),
  )
  return { world, simulated, modem: expectOk(opened) }
}

test('the driver joins and sends a ballot in one frame at DR5 through the simulated modem', async () => {
  const { world, modem } = await connect(5)
  expectOk(await world.finish(modem.join()))
  expect(await world.finish(modem.send(1, BALLOT))).toMatchObject({ ok: true, value: { dataRate: 5 } })
})

test('at DR3 the driver refuses the ballot before the simulated modem sees it', async () => {
  const { world, modem, simulated } = await connect(3)
  expectOk(await world.finish(modem.join()))
  const before = simulated.device.session?.fCntUp
  expect(await world.finish(modem.send(1, BALLOT))).toMatchObject({ error: 'payload-too-long' })
  expect(simulated.device.session?.fCntUp).toBe(before)
})

test('a reboot of the simulated modem is noticed, and the driver sends again after joining', async () => {
  const { world, modem, simulated } = await connect(5)
  expectOk(await world.finish(modem.join()))
  const sending = modem.send(1, BALLOT)
  await world.clock.advance(1_000)
  await world.finish(simulated.reboot())
  expect(await world.finish(sending)).toMatchObject({ error: 'rebooted' })
  // The first attempt may meet a gateway that is deaf because it sends the answer to the uplink.
  const { clock } = world
  const { signal } = new AbortController()
  expectOk(await world.finish(joinPersistently(modem, { clock, random: nodeRandom, signal })))
  expect(await world.finish(modem.send(1, BALLOT))).toMatchObject({ ok: true })
})

test('on a line that loses and garbles lines the driver keeps going, and recovers when it is clean again', async () => {
  const { world, modem, simulated } = await connect(5)
  simulated.faults.silence = 0.05
  simulated.faults.garble = 0.05
  const outcomes = new Map<string, number>()
  for (let i = 0; i < 60; i++) {
    if (!modem.isJoined) await world.finish(modem.join())
    const sent = await world.finish(modem.send(1, BALLOT))
    const outcome = sent.ok ? 'ok' : sent.error
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  expect(outcomes.get('ok') ?? 0).toBeGreaterThan(30)
  simulated.faults.silence = 0
  simulated.faults.garble = 0
  await world.clock.advance(60_000)
  if (!modem.isJoined) expectOk(await world.finish(modem.join()))
  expect(await world.finish(modem.send(1, BALLOT))).toMatchObject({ ok: true })
})
