import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { concatBytes, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { recordId } from '@hanpyo/protocol/link/record-id.ts'
import { afterEach, expect, test } from 'vitest'
import { TestBridge } from '../testing/test-bridge.ts'
import { TestElection, type TestElectionOptions } from '../testing/test-election.ts'

const backend = await createNodeBackend()
let bridge: TestBridge

afterEach(() => bridge?.dispose())

async function start(options: Partial<TestElectionOptions> = {}) {
  bridge = await TestBridge.start({ election: new TestElection({ backend, ...options }) })
  return bridge.election
}

const loggedTypes = async () => (await bridge.leaves()).map(([type]) => type)

test('a record is answered 202 while it waits and 200 with its position once it is logged', async () => {
  const election = await start()
  const turnout = election.turnout(5)
  expect(await bridge.record(turnout)).toMatchObject({ status: 202, body: { ok: true, position: null } })
  await bridge.tick()
  const { status, body } = await bridge.record(turnout)
  expect(status).toBe(200)
  expect((await bridge.leaves())[body.position as number]).toEqual(turnout)
  await bridge.tick()
  expect((await loggedTypes()).filter((type) => type === 0x05)).toHaveLength(1)
})

test('a record with a wrong signature or of another election names the rule it breaks', async () => {
  const election = await start()
  const turnout = election.turnout(5)
  const forged = turnout.slice()
  const at = forged.length - 10
  forged[at] = forged[at] === 0x41 ? 0x42 : 0x41
  expect(await bridge.record(forged)).toMatchObject({
    status: 422,
    body: { ok: false, error: 'note.signature' },
  })
  const other = new TestElection({ backend, label: 'another' })
  expect((await bridge.record(other.turnout(5))).status).toBe(422)
})

test('a text that is nested without end is refused like any other', async () => {
  await start()
  const nested = `${'['.repeat(32_000)}${']'.repeat(32_000)}\n\n— a AAAAAAAAAAA=\n`
  for (const type of [0x02, 0x04, 0x30]) {
    const record = concatBytes(Uint8Array.of(type), utf8(nested))
    expect(await bridge.record(record)).toMatchObject({ status: 422, body: { error: 'note.content' } })
  }
})

test('ballots, refusals, batches and manifests are not taken over HTTP', async () => {
  const election = await start()
  expect((await bridge.record(election.datagram(election.ballot(1)))).status).toBe(400)
  for (const type of [0x01, 0x10, 0x13, 0x14, 0x20, 0x99]) {
    const { status } = await bridge.record(Uint8Array.of(type, 1, 2, 3))
    expect([400, 422]).toContain(status)
  }
  expect((await bridge.record(new Uint8Array(0))).status).toBe(400)
})

test('polls go forward only, and the seal has to wait for the kiosks', async () => {
  const election = await start()
  expect((await bridge.record(election.polls('open', election.manifest.times.opens + 1))).status).toBe(422)
  const sealed = await bridge.record(election.polls('sealed', election.manifest.times.closes))
  expect(sealed).toMatchObject({ status: 422, body: { error: 'polls.transition' } })
  await bridge.record(election.polls('closed', election.manifest.times.closes))
  await bridge.tick()
  const early = await bridge.record(election.polls('sealed', election.manifest.times.closes + 1))
  expect(early).toMatchObject({ status: 409, body: { error: 'polls.sealed-early' } })
})

test('of records about one thing the second waits until the first is logged', async () => {
  const election = await start()
  expect((await bridge.record(election.turnout(5))).status).toBe(202)
  expect(await bridge.record(election.turnout(6))).toMatchObject({
    status: 409,
    body: { error: 'record-deferred' },
  })
  await bridge.tick()
  expect((await bridge.record(election.turnout(6))).status).toBe(202)
})

test("a kiosk's record is acknowledged by its record id, and again when it is sent again", async () => {
  const election = await start({ slipCount: 30 })
  const ballots = Array.from({ length: 20 }, (_, slip) => election.ballot(slip))
  for (const ballot of ballots) await bridge.cast(ballot)
  await bridge.tick()
  await bridge.settled()
  bridge.downlink.sent.length = 0
  const manifest = election.kioskManifest(1, ballots, { final: false })
  const expected = { id: toHex(recordId(manifest)), status: 0 }
  await bridge.deliver(manifest)
  await bridge.deliver(manifest)
  await bridge.tick()
  await bridge.deliver(manifest)
  expect(await bridge.acks(1, [recordId(manifest)])).toEqual([expected, expected, expected])
  expect((await loggedTypes()).filter((type) => type === 0x12)).toHaveLength(1)
})

test('a kiosk speaks for itself only, and brings no records of the authority', async () => {
  const election = await start()
  await bridge.deliver(election.kioskManifest(1, [], { final: true }), 2)
  await bridge.deliver(election.turnout(3), 1)
  await bridge.settled()
  expect(bridge.downlink.sent).toEqual([])
})
