import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { decodeUtf8, fromBase64, toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import { parseAck } from '@hanpyo/protocol/link/ack.ts'
import { verifyPromise } from '@hanpyo/protocol/link/promise.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { expectOk, ok } from '@hanpyo/protocol/result.ts'
import { afterEach, expect, test } from 'vitest'
import type { LedgerEngine } from '../ledger/engine.ts'
import { TestBridge } from '../testing/test-bridge.ts'
import { TestElection } from '../testing/test-election.ts'

const backend = await createNodeBackend()
const APPLICATION = '7c1f2a8e-3d52-4a6b-9f0e-5a4d3c2b1a00'
let bridge: TestBridge

afterEach(() => bridge?.dispose())

async function start(options: Partial<Parameters<typeof TestBridge.start>[0]> = {}) {
  bridge = await TestBridge.start({ election: new TestElection({ backend }), ...options })
  return bridge.election
}

const upTopic = (devEui: string) => `application/${APPLICATION}/device/${devEui}/event/up`
const upEvent = (devEui: string, data: Uint8Array, more: object = {}) =>
  utf8(JSON.stringify({ deviceInfo: { devEui }, fPort: 1, data: toBase64(data), rxInfo: [{}], ...more }))
const metric = (name: string) =>
  bridge.bridge.metrics.registry.getSingleMetricAsString(`hanpyo_bridge_${name}`)

test('a ballot over LoRaWAN is bound to its kiosk by the DevEUI and answered down the same route', async () => {
  const election = await start()
  const { devEui } = election.kiosks[1]!
  const ballot = election.ballot(3, 2)
  await bridge.uplink.deliver(upTopic(devEui), upEvent(devEui, election.datagram(ballot)))
  await bridge.settled()
  expect(bridge.downlink.sent.map(({ topic }) => topic)).toEqual([
    `application/${APPLICATION}/device/${devEui}/command/down`,
  ])
  const command = JSON.parse(decodeUtf8(bridge.downlink.sent[0]!.payload))
  const ack = expectOk(parseAck(fromBase64(command.data)))
  expect(ack.items).toEqual([{ status: 0, prefix: ballotId(ballot).subarray(0, 6) }])
})

test('the same ballot over the other route is known, and its promise comes with Wi-Fi', async () => {
  const election = await start()
  const { devEui } = election.kiosks[0]!
  const ballot = election.ballot(3)
  await bridge.uplink.deliver(upTopic(devEui), upEvent(devEui, election.datagram(ballot)))
  expect(bridge.promises(1)).toEqual([])
  await bridge.cast(ballot)
  const [note] = bridge.promises(1)
  const vkey = election.manifest.keys.bridges[0]!.promise
  const promise = expectOk(verifyPromise(backend.ed25519, vkey, note as string))
  await bridge.tick()
  const leaves = await bridge.leaves()
  const at = leaves.findIndex((leaf) => toBase64(leafHash(leaf)) === toBase64(promise.leaf))
  expect(at).toBeGreaterThanOrEqual(promise.size)
  expect(promise.deadline % election.manifest.tickSeconds).toBe(0)
})

test('a device no record binds to a kiosk gets no answer', async () => {
  const election = await start()
  await bridge.uplink.deliver(
    upTopic('24e124ffff00ffff'),
    upEvent('24e124ffff00ffff', election.datagram(election.ballot(3))),
  )
  await bridge.settled()
  expect(bridge.downlink.sent).toEqual([])
  expect(await metric('dropped_total')).toContain('reason="device-unknown"')
})

test('events the bridge has no use for are counted by what is wrong with them', async () => {
  const election = await start()
  const { devEui } = election.kiosks[0]!
  const datagram = election.datagram(election.ballot(3))
  await bridge.uplink.deliver(upTopic(devEui), upEvent(devEui, datagram, { fPort: 3 }))
  await bridge.uplink.deliver(upTopic(devEui), utf8('not json'))
  await bridge.uplink.deliver(upTopic(devEui), upEvent('24e124ffff000002', datagram))
  await bridge.uplink.deliver('application/x/device/y/event/up', utf8('{}'))
  const drops = await metric('dropped_total')
  for (const reason of ['event-port', 'event-not-json', 'event-device', 'topic']) {
    expect(drops).toContain(`reason="${reason}"} 1`)
  }
  expect(bridge.fatal).toEqual([])
})

test('neither the broker nor the kiosk hears anything before the commit has returned', async () => {
  const gate = Promise.withResolvers<void>()
  let isSlow = false
  let isCommitting = false
  const wrap = (engine: LedgerEngine): LedgerEngine =>
    new Proxy(engine, {
      get(target, name: keyof LedgerEngine) {
        const value = target[name]
        if (name !== 'accept') return typeof value === 'function' ? value.bind(target) : value
        return async (...args: Parameters<LedgerEngine['accept']>) => {
          isCommitting = true
          if (isSlow) await gate.promise
          return target.accept(...args)
        }
      },
    })
  const election = await start({ wrap })
  isSlow = true
  isCommitting = false
  let isAcknowledged = false
  const ballot = election.ballot(3)
  const delivered = bridge.cast(ballot).then(() => {
    isAcknowledged = true
  })
  while (!isCommitting) await bridge.settled()
  const copy = bridge.cast(ballot)
  await bridge.tick()
  for (let n = 0; n < 20; n++) await bridge.settled()
  expect(isAcknowledged).toBe(false)
  expect(bridge.downlink.sent).toEqual([])
  expect(bridge.bridge.state.ballotCount).toBe(0)
  gate.resolve()
  await Promise.all([delivered, copy])
  expect(await bridge.acks(1, [ballotId(ballot)])).toHaveLength(2)
  await bridge.tick()
  expect(bridge.bridge.state.ballotCount).toBe(1)
})

test('with a full disk nothing is acknowledged, health says so, and everything goes on when there is space', async () => {
  let isFull = false
  const wrap = (engine: LedgerEngine): LedgerEngine =>
    new Proxy(engine, {
      get(target, name: keyof LedgerEngine) {
        const value = target[name]
        if (isFull && ['accept', 'transaction', 'putBlob'].includes(name)) {
          return async () => ({ ok: false, error: 'disk-full' })
        }
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  const election = await start({ wrap })
  const before = election.ballot(1)
  await bridge.cast(before)
  isFull = true
  const ballot = election.ballot(3)
  let isAcknowledged = false
  const delivered = bridge.cast(ballot).then(() => {
    isAcknowledged = true
  })
  while ((await bridge.fetch('/healthz')).status === 200) await bridge.settled()
  expect(await (await bridge.fetch('/healthz')).json()).toMatchObject({
    isAccepting: false,
    storage: 'disk-full',
  })
  expect((await bridge.record(election.turnout(1))).status).toBe(503)
  await bridge.tick()
  expect(isAcknowledged).toBe(false)
  expect(bridge.bridge.state.ballotCount).toBe(0)

  isFull = false
  await bridge.clock.advance(4_000)
  await delivered
  expect((await bridge.fetch('/healthz')).status).toBe(200)
  await bridge.tick()
  expect(bridge.bridge.state.ballotCount).toBe(2)
  expect(await bridge.verifyLog()).toEqual([])
})

test('a slip that another bridge on the same store has spent is not answered and not held', async () => {
  let isTaken = true
  const wrap = (engine: LedgerEngine): LedgerEngine =>
    new Proxy(engine, {
      get(target, name: keyof LedgerEngine) {
        const value = target[name]
        if (name !== 'accept') return typeof value === 'function' ? value.bind(target) : value
        return async (...[records, refused]: Parameters<LedgerEngine['accept']>) => {
          const spends = records.some((record) => record.spends !== undefined)
          return spends && isTaken
            ? ok(records.map(() => 'credential-taken'))
            : target.accept(records, refused)
        }
      },
    })
  const election = await start({ wrap })
  const ballot = election.ballot(3)
  await bridge.cast(ballot)
  expect(await bridge.acks(1, [ballotId(ballot)])).toEqual([])
  isTaken = false
  await bridge.cast(ballot)
  expect(await bridge.acks(1, [ballotId(ballot)])).toHaveLength(1)
})

test('a ballot on its way to the disk when the bridge is stopped gets there, and is answered', async () => {
  const election = await start()
  const ballot = election.ballot(3)
  const delivered = bridge.cast(ballot)
  await bridge.bridge.close()
  await delivered
  expect(await bridge.acks(1, [ballotId(ballot)])).toHaveLength(1)
  expect(await bridge.engine.waiting()).toHaveLength(1)
})
