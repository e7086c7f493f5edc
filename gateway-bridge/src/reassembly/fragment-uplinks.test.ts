import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { SqliteError } from '@hanpyo/platform/sqlite.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { decodeUtf8, fromBase64, toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import { parseAck } from '@hanpyo/protocol/link/ack.ts'
import { recordId } from '@hanpyo/protocol/link/record-id.ts'
import { encodeUp, parseDown } from '@hanpyo/protocol/link/schc/messages.ts'
import { MAX_REASSEMBLY_BYTES } from '@hanpyo/protocol/link/schc/reassembly-bytes.ts'
import { FragmentSender } from '@hanpyo/protocol/link/schc/sender.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { seededDice } from '@hanpyo/protocol/testing/schc-channel.ts'
import { afterEach, expect, test } from 'vitest'
import { ackVerifier } from '../testing/ack-verifier.ts'
import { TestBridge, type TestBridgeOptions } from '../testing/test-bridge.ts'
import { TestElection } from '../testing/test-election.ts'
import { openFragmentStore } from './fragment-store.ts'

const IS_FULL = process.env.HANPYO_FULL === '1'
const backend = await createNodeBackend()
const APPLICATION = '7c1f2a8e-3d52-4a6b-9f0e-5a4d3c2b1a00'
let bridge: TestBridge

afterEach(() => bridge?.dispose())

async function start(options: Partial<TestBridgeOptions> = {}) {
  bridge = await TestBridge.start({ election: new TestElection({ backend }), ...options })
  return bridge.election
}

/** A message of a device on the fragments' port; resolves when the broker would be told that it is taken. */
function up(devEui: string, message: Uint8Array): Promise<void> {
  const event = { deviceInfo: { devEui }, fPort: 20, data: toBase64(message) }
  const topic = `application/${APPLICATION}/device/${devEui}/event/up`
  return bridge.uplink.deliver(topic, utf8(JSON.stringify(event)))
}

/** The frames of a datagram at a payload limit, the request at the end. */
function framesOf(datagram: Uint8Array, maxFrameBytes = 51): Uint8Array[] {
  const sender = new FragmentSender(datagram)
  const frames: Uint8Array[] = []
  for (;;) {
    const step = sender.next(maxFrameBytes, 0)
    if (step.do !== 'send') return frames
    frames.push(step.payload)
  }
}

interface Down {
  readonly id: string
  readonly fPort: number
  readonly data: Uint8Array
  readonly confirmed: boolean
  readonly expiresAt: string
}

async function downlinks(devEui: string): Promise<Down[]> {
  await bridge.settled()
  return bridge.downlink.sent
    .filter(({ topic }) => topic === `application/${APPLICATION}/device/${devEui}/command/down`)
    .map(({ payload }) => JSON.parse(decodeUtf8(payload)))
    .map((command) => ({ ...command, data: fromBase64(command.data) }))
}

const metric = (name: string) =>
  bridge.bridge.metrics.registry.getSingleMetricAsString(`hanpyo_bridge_${name}`)

test('a ballot in six fragments is recorded and acknowledged on the datagrams port, not by SCHC', async () => {
  const election = await start()
  const { devEui } = election.kiosks[0]!
  const ballot = election.ballot(3)
  const frames = framesOf(election.datagram(ballot))
  expect(frames).toHaveLength(6)
  for (const frame of frames) await up(devEui, frame)
  const downs = await downlinks(devEui)
  expect(downs.map(({ fPort }) => fPort)).toEqual([1])
  expect(expectOk(parseAck(downs[0]!.data)).items).toEqual([
    { status: 0, prefix: ballotId(ballot).subarray(0, 6) },
  ])
  await bridge.tick()
  expect(bridge.bridge.state.ballotCount).toBe(1)
  expect(await bridge.verifyLog()).toEqual([])
})

test('what is missing is asked for in the receive window of the request, by a downlink that does not outlive it', async () => {
  const election = await start()
  const { devEui } = election.kiosks[0]!
  const frames = framesOf(election.datagram(election.ballot(3)))
  for (const [at, frame] of frames.entries()) if (at !== 2) await up(devEui, frame)
  const [down] = await downlinks(devEui)
  expect(down).toMatchObject({ fPort: 20, confirmed: false })
  expect(down!.id).toMatch(/^[0-9a-f-]{36}$/)
  expect(Date.parse(down!.expiresAt)).toBe(bridge.clock.now() + 10_000)
  const answer = expectOk(parseDown(down!.data))
  expect(answer).toMatchObject({ type: 'ack-missing', window: 0 })
  expect(answer.type === 'ack-missing' && answer.bitmap.indexOf(false)).toBe(10)
  await up(devEui, frames[2] as Uint8Array)
  expect((await downlinks(devEui)).map(({ fPort }) => fPort)).toEqual([20, 1])
})

test('a kiosk that did not hear the ack asks again and gets it again, and nothing is recorded twice', async () => {
  const election = await start()
  const { devEui } = election.kiosks[0]!
  const frames = framesOf(election.datagram(election.ballot(3)))
  for (const frame of frames) await up(devEui, frame)
  await bridge.tick()
  await up(devEui, frames.at(-1) as Uint8Array)
  for (const frame of frames) await up(devEui, frame)
  expect((await downlinks(devEui)).map(({ fPort }) => fPort)).toEqual([1, 1, 1])
  await bridge.tick()
  expect(bridge.bridge.state.ballotCount).toBe(1)
})

test('kiosk manifests come in fragments too and are acknowledged by their record id', async () => {
  const election = await start()
  const { devEui } = election.kiosks[0]!
  const ballots = [1, 2, 3].map((slip) => election.ballot(slip))
  for (const ballot of ballots) await bridge.cast(ballot)
  await bridge.tick()
  const manifest = election.kioskManifest(1, ballots.map(ballotId), { final: true })
  expect(manifest.length).toBeGreaterThan(242)
  for (const frame of framesOf(manifest, 242)) await up(devEui, frame)
  const [down] = await downlinks(devEui)
  expect(expectOk(parseAck(down!.data)).items).toEqual([
    { status: 0, prefix: recordId(manifest).subarray(0, 6) },
  ])
})

test('a bridge that was stopped in the middle goes on with what it has on disk', async () => {
  const election = await start()
  const { devEui } = election.kiosks[0]!
  const frames = framesOf(election.datagram(election.ballot(3)))
  for (const frame of frames.slice(0, 3)) await up(devEui, frame)
  expectOk(await bridge.restart())
  for (const frame of frames.slice(3)) await up(devEui, frame)
  expect((await downlinks(devEui)).map(({ fPort }) => fPort)).toEqual([1])
})

test('a fragment is on disk before the broker is told that it was taken', async () => {
  const election = await start()
  const { devEui } = election.kiosks[0]!
  const frames = framesOf(election.datagram(election.ballot(3)))
  const lengths: number[] = []
  for (const frame of frames.slice(0, 5)) {
    await up(devEui, frame)
    // A connection of its own sees what a killed bridge would leave behind.
    const other = openFragmentStore(join(bridge.dir, 'fragments.db'), silentLogger)
    lengths.push(other.load().get(devEui)?.length ?? 0)
    other.close()
  }
  expect(lengths[0]).toBeGreaterThan(50)
  expect(lengths.every((length, at) => at === 0 || length > (lengths[at - 1] as number))).toBe(true)
})

test('a ballot that is recorded is not on that disk any more, and its ack can still be had again', async () => {
  const election = await start()
  const { devEui } = election.kiosks[0]!
  const datagram = election.datagram(election.ballot(3))
  const frames = framesOf(datagram)
  const path = join(bridge.dir, 'fragments.db')
  const holds = () => readFileSync(path).includes(Buffer.from(datagram.subarray(20, 30)))
  for (const frame of frames.slice(0, 5)) await up(devEui, frame)
  expect(holds()).toBe(true)
  await up(devEui, frames[5] as Uint8Array)
  await bridge.settled()
  expect(holds()).toBe(false)
  await up(devEui, frames[5] as Uint8Array)
  expect((await downlinks(devEui)).map(({ fPort }) => fPort)).toEqual([1, 1])
  // After a restart the bridge has to ask for it all again.
  expectOk(await bridge.restart())
  await up(devEui, frames[5] as Uint8Array)
  for (const frame of frames.slice(0, 5)) await up(devEui, frame)
  expect((await downlinks(devEui)).map(({ fPort }) => fPort)).toEqual([20, 1])
  await bridge.tick()
  expect(bridge.bridge.state.ballotCount).toBe(1)
})

test('a datagram that gets no ack is taken off the kiosk by SCHC itself', async () => {
  const election = await start()
  const { devEui } = election.kiosks[0]!
  const datagram = election.datagram(election.ballot(3))
  datagram[100] = (datagram[100] as number) ^ 1
  for (const frame of framesOf(datagram)) await up(devEui, frame)
  const downs = await downlinks(devEui)
  expect(downs.map(({ fPort, data }) => [fPort, ...data])).toEqual([[20, 0x20]])
})

test('a ballot of another election is left to the bridge of that election, whose ack must find the window free', async () => {
  const election = await start()
  const { devEui } = election.kiosks[0]!
  const datagram = election.datagram(election.ballot(3))
  datagram[0] = (datagram[0] as number) ^ 1
  for (const frame of framesOf(datagram)) await up(devEui, frame)
  expect(await downlinks(devEui)).toEqual([])
  expect(await metric('dropped_total')).toContain('reason="foreign-election"} 1')
})

test('a device that is not enrolled, and bytes that are no fragments, leave nothing behind', async () => {
  const election = await start()
  const { devEui } = election.kiosks[0]!
  await up('24e124ffff00ffff', framesOf(election.datagram(election.ballot(3)))[0] as Uint8Array)
  await up(devEui, new Uint8Array(0))
  await up(devEui, Uint8Array.of(0x15))
  await up(devEui, Uint8Array.of(0xc0, ...new Uint8Array(20)))
  const drops = await metric('dropped_total')
  for (const reason of ['device-unknown', 'fragment-empty', 'fragment-length', 'fragment-window']) {
    expect(drops).toContain(`reason="${reason}"} 1`)
  }
  expect(await metric('reassemblies')).toContain('hanpyo_bridge_reassemblies 0')
})

test('while the disk does not take fragments ballots still arrive, and what was handed on leaves it once it can', async () => {
  let isBroken = false
  const election = await start({
    wrapFragments: (store) => ({
      load: () => store.load(),
      close: () => store.close(),
      write(changes) {
        if (isBroken) throw new SqliteError('disk-full', 'test', undefined)
        store.write(changes)
      },
    }),
  })
  const [first, second] = election.kiosks.map(({ devEui }) => devEui) as [string, string]
  const [start0, ...rest] = framesOf(election.datagram(election.ballot(3))) as [Uint8Array, ...Uint8Array[]]
  await up(first, start0)
  isBroken = true
  for (const frame of rest) await up(first, frame)
  expect((await downlinks(first)).map(({ fPort }) => fPort)).toEqual([1])
  expect(bridge.errors).toContain('fragments-not-stored')
  expect(bridge.fatal).toEqual([])
  const onDisk = () => {
    const other = openFragmentStore(join(bridge.dir, 'fragments.db'), silentLogger)
    const rows = [...other.load().keys()]
    other.close()
    return rows
  }
  expect(onDisk()).toEqual([first])
  isBroken = false
  await up(second, framesOf(election.datagram(election.ballot(4, 2)))[0] as Uint8Array)
  expect(onDisk()).toEqual([second])
})

test('in whatever order and however often the broker delivers the fragments of two kiosks, both ballots are recorded once', async () => {
  const election = await start()
  const kiosks = election.kiosks.map(({ id, devEui }) => ({ devEui, ballot: election.ballot(2 + id, id) }))
  const events = kiosks.flatMap(({ devEui, ballot }) =>
    framesOf(election.datagram(ballot)).flatMap((frame, at) =>
      [...'x'.repeat(1 + (at % 3))].map(() => ({ devEui, frame })),
    ),
  )
  const dice = seededDice(3)
  for (let i = events.length - 1; i > 0; i--) {
    const j = Math.floor(dice() * (i + 1))
    ;[events[i], events[j]] = [events[j]!, events[i]!]
  }
  // Over several connections, so none waits for another.
  await Promise.all(events.map(({ devEui, frame }) => up(devEui, frame)))
  for (const [at, { devEui, ballot }] of kiosks.entries()) {
    const statusOf = ackVerifier(election, at + 1, ballotId(ballot))
    const acks = (await downlinks(devEui)).filter(({ fPort }) => fPort === 1)
    expect(acks.length).toBeGreaterThan(0)
    expect(acks.map(({ data }) => statusOf(data)).every((status) => status === 0)).toBe(true)
  }
  await bridge.tick()
  expect(bridge.bridge.state.ballotCount).toBe(2)
  // All of it once more, as after a restart of the broker and of the bridge.
  expectOk(await bridge.restart())
  for (const { devEui, frame } of events) await up(devEui, frame)
  await bridge.tick()
  expect(bridge.bridge.state.ballotCount).toBe(2)
  expect(await bridge.verifyLog()).toEqual([])
})

test('fragments of the ballot before that come again in the middle of the next one cost resends, and nothing else', async () => {
  const election = await start()
  const { devEui } = election.kiosks[0]!
  const old = framesOf(election.datagram(election.ballot(3)))
  for (const frame of old) await up(devEui, frame)
  const ballot = election.ballot(4)
  const statusOf = ackVerifier(election, 1, ballotId(ballot))
  const sender = new FragmentSender(election.datagram(ballot))
  let heard = (await downlinks(devEui)).length
  let isAcknowledged = false
  for (let frames = 0; !isAcknowledged; frames++) {
    const step = sender.next(51, 0)
    expect([step.do, frames < 60]).toEqual(['send', true])
    if (step.do === 'send') await up(devEui, step.payload)
    // From the last to the first: the All-1 of the old one, and then tiles that contradict.
    const again = frames % 2 === 0 ? old.pop() : undefined
    if (again !== undefined) await up(devEui, again)
    for (const { fPort, data } of (await downlinks(devEui)).slice(heard)) {
      heard++
      if (fPort === 20) sender.receive(data)
      else isAcknowledged ||= statusOf(data) === 0
    }
  }
  await bridge.tick()
  expect(bridge.bridge.state.ballotCount).toBe(2)
})

test('a kiosk that falls silent in the middle is forgotten, in memory and on disk', async () => {
  const election = await start()
  const { devEui } = election.kiosks[0]!
  await up(devEui, framesOf(election.datagram(election.ballot(3)))[0] as Uint8Array)
  expect(await metric('reassemblies')).toContain('hanpyo_bridge_reassemblies 1')
  await bridge.clock.advance(2 * 3_600_000)
  expect(await metric('reassemblies')).toContain('hanpyo_bridge_reassemblies 0')
  const store = openFragmentStore(join(bridge.dir, 'fragments.db'), silentLogger)
  expect(store.load().size).toBe(0)
  store.close()
})

test('a flood of hostile fragments grows neither memory nor disk, and a ballot still gets through', async () => {
  const election = await start()
  const [hostile, honest] = election.kiosks.map(({ devEui }) => devEui) as [string, string]
  const dice = seededDice(11)
  const total = IS_FULL ? 1_000_000 : 20_000
  const burst = 500
  for (let sent = 0; sent < total; sent += burst) {
    await Promise.all(
      Array.from({ length: burst }, (_, n) => {
        const devEui = n % 5 === 0 ? `24e124fffe${String(n).padStart(6, '0')}` : hostile
        return up(devEui, hostileMessage(dice))
      }),
    )
    bridge.downlink.sent.length = 0
  }
  expect(await metric('reassemblies')).toContain('hanpyo_bridge_reassemblies 1')
  expect(statSync(join(bridge.dir, 'fragments.db')).size).toBeLessThan(16 * MAX_REASSEMBLY_BYTES)
  for (const frame of framesOf(election.datagram(election.ballot(3, 2)))) await up(honest, frame)
  expect((await downlinks(honest)).map(({ fPort }) => fPort)).toEqual([1])
}, 3_600_000)

/** Fragments of all kinds: of any window, of any length, contradicting, requests without end, and noise. */
function hostileMessage(dice: () => number): Uint8Array {
  const noise = (length: number) => Uint8Array.from({ length }, () => dice() * 256)
  const kind = dice()
  if (kind < 0.5) {
    const position = Math.floor(dice() * 240)
    return encodeUp({ type: 'regular', position, payload: noise(10 + Math.floor(dice() * 100)) })
  }
  if (kind < 0.7) {
    return encodeUp({ type: 'all-1', window: Math.floor(dice() * 4), rcs: dice() * 2 ** 32, tile: noise(3) })
  }
  if (kind < 0.8) return encodeUp({ type: 'ack-req', window: Math.floor(dice() * 4) })
  if (kind < 0.82) return encodeUp({ type: 'sender-abort' })
  return noise(Math.floor(dice() * 243))
}
