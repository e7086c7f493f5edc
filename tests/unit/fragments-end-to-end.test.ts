import { openAtModem } from '@hanpyo/devices/modem/at-modem.ts'
import { rui3Dialect } from '@hanpyo/devices/modem/rui3.ts'
import { createTransport } from '@hanpyo/devices/stream-transport.ts'
import { createVolatileMemory } from '@hanpyo/firmware-sim/mac/memory.ts'
import { startModem } from '@hanpyo/firmware-sim/modem/start-modem.ts'
import type { LossRates } from '@hanpyo/firmware-sim/radio/channel.ts'
import { createSeededRandom } from '@hanpyo/firmware-sim/random.ts'
import { APPLICATION, createWorld, testIdentity } from '@hanpyo/firmware-sim/testing/world.ts'
import { TestBridge } from '@hanpyo/gateway-bridge/testing/test-bridge.ts'
import { TestElection } from '@hanpyo/gateway-bridge/testing/test-election.ts'
import { createLoraRoute } from '@hanpyo/kiosk/routes/lora.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { ackKey, verifyAck } from '@hanpyo/protocol/link/ack.ts'
import { recordId } from '@hanpyo/protocol/link/record-id.ts'
import { expectOk, ok } from '@hanpyo/protocol/result.ts'
import { counterRandom } from '@hanpyo/protocol/testing/counter-random.ts'
import { expect, onTestFinished, test } from 'vitest'

const backend = await createNodeBackend()

/**
 * The whole way of a datagram on one virtual clock: kiosk's route, modem driver, simulated RAK3172, MAC, radio, gateway,
 * network server, the bridge with its stores, and back.
 */
async function connect(dataRate: number, loss: Partial<LossRates> = {}, contestCount = 1) {
  const world = await createWorld({ seed: 'fragments', loss })
  const { clock } = world
  const election = new TestElection({ backend, contestCount, opens: Math.floor(clock.now() / 1000) })
  const bridge = await TestBridge.start({ election, clock })
  onTestFinished(() => bridge.dispose())
  await world.broker.subscribe('application/+/device/+/event/up', 1, (topic, payload) =>
    bridge.uplink.deliver(topic, payload),
  )
  const downlinks: number[] = []
  bridge.downlink.publish = async (topic, payload) => {
    if (typeof payload === 'string') downlinks.push(JSON.parse(payload).fPort)
    await world.broker.publish(topic, payload)
    return ok(undefined)
  }

  const memory = createVolatileMemory()
  const simulated = await startModem('rui3', {
    identity: testIdentity(1),
    dataRate,
    isAdrOn: false,
    clock,
    random: createSeededRandom('line'),
    log: silentLogger,
    createDevice: () => world.device(1, { memory, settings: {} }),
  })
  const line = createTransport('test:', {
    write: async (bytes) => simulated.receive(bytes),
    close: async () => simulated.detach(),
  })
  simulated.attach((bytes) => line.received(bytes))
  const modem = expectOk(await world.finish(openAtModem(rui3Dialect, { transport: line.transport, clock })))
  const route = createLoraRoute({
    bridges: ['b1'],
    openModem: async () => modem,
    clock,
    random: counterRandom('fragments'),
    log: silentLogger,
  })
  onTestFinished(() => route.close())

  const kiosk = election.kiosks[0]!
  const { manifestHash, bridgeKeys } = election
  const key = expectOk(
    ackKey({
      secret: kiosk.x25519Secret,
      peerPublic: x25519PublicKey(bridgeKeys.x25519Secret),
      manifestHash,
      kioskId: 1,
    }),
  )
  let waiting: { id: Uint8Array; answered: AbortController } | undefined
  const online = Promise.withResolvers<void>()
  route.start({
    onDatagram(bytes) {
      if (waiting === undefined) return
      const { id, answered } = waiting
      const ack = verifyAck({ key, manifestHash, kioskId: 1, bytes, findIds: () => [id] })
      if (ack.ok) answered.abort()
    },
    onStateChange() {
      if (route.state.isOnline) online.resolve()
    },
  })
  await world.finish(online.promise)
  /** Sends one datagram as the outbox does; whether its authenticated ack came before the send ended. */
  const deliver = async (datagram: Uint8Array, id: Uint8Array): Promise<boolean> => {
    waiting = { id, answered: new AbortController() }
    await world.finish(route.send(datagram, waiting.answered.signal))
    return waiting.answered.signal.aborted
  }
  const fragmentCount = () =>
    world.broker.json('/event/up').filter(({ fPort, deviceInfo }) => fPort === 20 && deviceInfo).length
  return { world, election, bridge, deliver, downlinks, fragmentCount }
}

test('at DR0 a ballot travels in six fragments through radio and network server and is acknowledged', async () => {
  const { election, bridge, deliver, downlinks, fragmentCount, world } = await connect(0)
  const ballot = election.ballot(3)
  expect(await deliver(election.datagram(ballot), ballotId(ballot))).toBe(true)
  expect(fragmentCount()).toBe(6)
  expect(downlinks).toEqual([1])
  expect(world.broker.messages.some(({ topic }) => topic.startsWith(`application/${APPLICATION}/`))).toBe(
    true,
  )
  await bridge.tick()
  expect(bridge.bridge.state.ballotCount).toBe(1)
  expect(await bridge.verifyLog()).toEqual([])
})

test('with one frame in five lost both ways ballots and a kiosk manifest at DR0 all arrive, once', async () => {
  const { election, bridge, deliver } = await connect(0, { up: 0.2, down: 0.2 })
  const ids: Uint8Array[] = []
  for (const slip of [1, 2, 3, 4]) {
    const ballot = election.ballot(slip)
    ids.push(ballotId(ballot))
    let tries = 0
    while (!(await deliver(election.datagram(ballot), ballotId(ballot)))) expect(++tries).toBeLessThan(5)
  }
  await bridge.tick()
  const manifest = election.kioskManifest(1, ids, { final: true })
  let tries = 0
  while (!(await deliver(manifest, recordId(manifest)))) expect(++tries).toBeLessThan(5)
  await bridge.tick()
  expect(bridge.bridge.state.ballotCount).toBe(4)
  expect(await bridge.verifyLog()).toEqual([])
})

test.each([
  [0, 19],
  [5, 5],
])(
  'at DR%i ballots with eight contests, 885 bytes, travel in %i fragments each and arrive through a lossy air',
  async (dataRate, frames) => {
    const clear = await connect(dataRate, {}, 8)
    const ballot = clear.election.ballot(3)
    const datagram = clear.election.datagram(ballot)
    expect(datagram).toHaveLength(885)
    expect(await clear.deliver(datagram, ballotId(ballot))).toBe(true)
    expect([clear.fragmentCount(), clear.downlinks]).toEqual([frames, [1]])
    await clear.bridge.tick()
    expect(clear.bridge.bridge.state.ballotCount).toBe(1)

    const lossy = await connect(dataRate, { up: 0.25, down: 0.25 }, 8)
    for (const slip of [1, 2]) {
      const another = lossy.election.ballot(slip)
      let tries = 0
      while (!(await lossy.deliver(lossy.election.datagram(another), ballotId(another)))) {
        expect(++tries).toBeLessThan(5)
      }
    }
    await lossy.bridge.tick()
    expect(lossy.bridge.bridge.state.ballotCount).toBe(2)
    expect(await lossy.bridge.verifyLog()).toEqual([])
  },
)
