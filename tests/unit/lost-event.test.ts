import { openAtModem } from '@hanpyo/devices/modem/at-modem.ts'
import { rui3Dialect } from '@hanpyo/devices/modem/rui3.ts'
import { createTransport } from '@hanpyo/devices/stream-transport.ts'
import { createVolatileMemory } from '@hanpyo/firmware-sim/mac/memory.ts'
import { startModem } from '@hanpyo/firmware-sim/modem/start-modem.ts'
import { createSeededRandom } from '@hanpyo/firmware-sim/random.ts'
import { createWorld, testIdentity } from '@hanpyo/firmware-sim/testing/world.ts'
import { TestBridge } from '@hanpyo/gateway-bridge/testing/test-bridge.ts'
import { TestElection } from '@hanpyo/gateway-bridge/testing/test-election.ts'
import type { BallotBox, SealedItem } from '@hanpyo/kiosk/core/box/ballot-box.ts'
import { Outbox } from '@hanpyo/kiosk/core/outbox/outbox.ts'
import { SCHEDULE_OPTIONS } from '@hanpyo/kiosk/core/outbox/schedule.ts'
import { createLoraRoute } from '@hanpyo/kiosk/routes/lora.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { ackKey } from '@hanpyo/protocol/link/ack.ts'
import { expectOk, ok } from '@hanpyo/protocol/result.ts'
import { counterRandom } from '@hanpyo/protocol/testing/counter-random.ts'
import { expect, onTestFinished, test } from 'vitest'

const backend = await createNodeBackend()
const { devEui } = testIdentity(1)

/** What the outbox needs of a ballot box: one item and whether its ack has come. */
function boxOf(item: SealedItem) {
  const settled = Promise.withResolvers<number>()
  const box: Pick<BallotBox, 'waiting' | 'idsWithPrefix' | 'settle' | 'keepPromise'> = {
    waiting: () => [item],
    idsWithPrefix: () => [item.id],
    settle: (_id, status) => {
      settled.resolve(status)
      return ok({ isSettled: true, open: [] })
    },
    keepPromise: () => ok('no-such-leaf'),
  }
  return { box: box as BallotBox, settled: settled.promise }
}

test('a ballot whose uplinks the network server took but never published reaches the ledger by the kiosk sending it again', async () => {
  let eventsToLose = 0
  const world = await createWorld({ seed: 'lost events', losesEvent: () => eventsToLose-- > 0 })
  const { clock, broker, server } = world
  const election = new TestElection({ backend, opens: Math.floor(clock.now() / 1000) })
  const bridge = await TestBridge.start({ election, clock })
  onTestFinished(() => bridge.dispose())
  await broker.subscribe('application/+/device/+/event/up', 1, (topic, payload) =>
    bridge.uplink.deliver(topic, payload),
  )
  bridge.downlink.publish = async (topic, payload) => {
    await broker.publish(topic, payload)
    return ok(undefined)
  }

  const simulated = await startModem('rui3', {
    identity: testIdentity(1),
    dataRate: 5,
    isAdrOn: false,
    clock,
    random: createSeededRandom('line'),
    log: silentLogger,
    createDevice: () => world.device(1, { memory: createVolatileMemory(), settings: {} }),
  })
  const line = createTransport('test:', {
    write: async (bytes) => simulated.receive(bytes),
    close: async () => simulated.detach(),
  })
  simulated.attach((bytes) => line.received(bytes))
  const modem = expectOk(await world.finish(openAtModem(rui3Dialect, { transport: line.transport, clock })))
  const random = counterRandom('lost events')
  const route = createLoraRoute({
    bridges: ['b1'],
    openModem: async () => modem,
    clock,
    random,
    log: silentLogger,
  })

  const ballot = election.ballot(3)
  const item: SealedItem = {
    id: ballotId(ballot),
    kind: 'ballot',
    datagram: election.datagram(ballot),
    interval: 0,
  }
  const { manifestHash, bridgeKeys } = election
  const secret = election.kiosks[0]!.x25519Secret
  const peerPublic = x25519PublicKey(bridgeKeys.x25519Secret)
  const { box, settled } = boxOf(item)
  const outbox = new Outbox({
    box,
    routes: [route],
    clock,
    random,
    ed25519: backend.ed25519,
    manifest: election.manifest,
    manifestHash,
    kioskId: 1,
    ackKeys: [{ bridge: 'b1', key: expectOk(ackKey({ secret, peerPublic, manifestHash, kioskId: 1 })) }],
    options: { ...SCHEDULE_OPTIONS, holdMaxMs: 0 },
    log: silentLogger,
    onChange: () => {},
  })
  onTestFinished(() => outbox.close())

  // The join event and the first two ballots' events.
  eventsToLose = 3
  outbox.start()
  expect(await world.finish(settled)).toBe(0)

  const published = broker.json('/event/up').map(({ fCnt }) => fCnt)
  expect(published).toEqual([2])
  expect(server.device(devEui)!.record.session!.nextFCntUp).toBe(3)
  await bridge.tick()
  expect(bridge.bridge.state.ballotCount).toBe(1)
  expect(await bridge.verifyLog()).toEqual([])
})
