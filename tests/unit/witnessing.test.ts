import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TestBridge } from '@hanpyo/gateway-bridge/testing/test-bridge.ts'
import { TestElection } from '@hanpyo/gateway-bridge/testing/test-election.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { ByteWriter } from '@hanpyo/protocol/bytes.ts'
import { parseAddCheckpoint } from '@hanpyo/protocol/log/add-checkpoint.ts'
import { signCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { cosign, cosignatureMessage } from '@hanpyo/protocol/log/cosignature.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { formatNote, formatSignatureLine, parseNote, parseVkey, vkeyOf } from '@hanpyo/protocol/log/note.ts'
import { parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { verifyWitnessed } from '@hanpyo/protocol/log/witnessed.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { createWitnessHandler } from '@hanpyo/verifier/witness/http.ts'
import { WitnessMetrics } from '@hanpyo/verifier/witness/metrics.ts'
import { Witness } from '@hanpyo/verifier/witness/witness.ts'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  type Handler,
  policiesOf,
  seedOf,
  vkeyFor,
  WITNESS_NAMES,
  WitnessNetwork,
} from './support/witnesses.ts'

const backend = await createNodeBackend()
const { ed25519 } = backend

let election: TestElection
let witnesses: WitnessNetwork
let hosts: Map<string, Handler>
let bridge: TestBridge | undefined

beforeEach(() => {
  const policies = (logVkey: string) => policiesOf(ed25519, logVkey)
  election = new TestElection({ backend, policies, label: 'witnessing' })
  witnesses = new WitnessNetwork(election)
  hosts = witnesses.hosts
})

afterEach(async () => {
  await bridge?.dispose()
  bridge = undefined
  witnesses.close()
})

async function start(): Promise<TestBridge> {
  bridge = await TestBridge.start({ election, fetch: witnesses.fetch })
  return bridge
}

async function served(path: string): Promise<Response> {
  if (bridge === undefined) throw new Error('no bridge')
  return bridge.bridge.http(new Request(`http://bridge.test${path}`), { remoteAddress: '127.0.0.1' })
}

async function publicSize(): Promise<number> {
  const response = await served('/checkpoint')
  if (response.status !== 200) return 0
  const policy = parsePolicy(election.manifest.policies.seen)
  if (!policy.ok) throw new Error(policy.error)
  const witnessed = verifyWitnessed(ed25519, policy.value, await response.text())
  if (!witnessed.ok) throw new Error(`published without its quorum: ${witnessed.error}`)
  return witnessed.value.checkpoint.size
}

const headSize = (): number => bridge?.bridge.sequencer.logState.head.size ?? -1

test('what is public carries the cosignatures of the quorum, and each witness keeps the evidence', async () => {
  const test = await start()
  await vi.waitFor(async () => expect(await publicSize()).toBe(headSize()))
  await test.record(election.turnout(5))
  await test.tick(2)
  await vi.waitFor(async () => expect(await publicSize()).toBe(headSize()))
  const view = (await (await served('/witnesses')).json()) as { name: string; size: number }[]
  expect(view.map(({ name }) => name)).toEqual([...WITNESS_NAMES, 'm1'])
  await vi.waitFor(() => {
    for (const store of witnesses.stores.values())
      expect(store.read(election.manifest.id)?.size).toBe(headSize())
  })
})

test('a witness that is down is shown, and holds up nothing that three can do', async () => {
  hosts.delete('w4.example')
  await start()
  await vi.waitFor(async () => expect(await publicSize()).toBe(headSize()))
  const view = (await (await served('/witnesses')).json()) as { name: string; problem: string | null }[]
  expect(view.find(({ name }) => name === 'w4')?.problem).toBe('unreachable')
})

/** What a fourth witness may do wrong while three are well. */
const MISBEHAVIOURS: readonly (readonly [string, () => Handler])[] = [
  ['answers garbage', () => () => new Response('\u0000— w4.example AAAA\n'.repeat(9))],
  ['answers without end', () => () => new Response(endless())],
  [
    'never answers',
    () =>
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  ],
  ['has a clock in 2038', () => witnessOf('w4', Date.UTC(2038, 0, 19, 3, 14, 8) / 1000)],
]

test.each(MISBEHAVIOURS)('a witness that %s stops neither voting nor publication', async (_, handler) => {
  const test = await start()
  hosts.set('w4.example', handler())
  const ballot = election.ballot(1)
  await test.cast(ballot)
  await test.tick(3_600)
  expect(await test.acks(1, [ballotId(ballot)])).toMatchObject([{ status: 0 }])
  await vi.waitFor(async () => expect(await publicSize()).toBe(headSize()))
  expect(test.fatal).toEqual([])
})

/** An honest witness by another clock, in POSIX seconds. */
function witnessOf(name: string, seconds: number): Handler {
  const store = witnesses.stores.get(name)
  if (store === undefined) throw new RangeError(`no witness ${name}`)
  const witness = new Witness({
    ed25519,
    store,
    name: `${name}.example`,
    seed: seedOf(name),
    now: () => seconds,
  })
  const origins = () => [election.manifest.id]
  const onBroken = (error: Error): never => {
    throw error
  }
  return createWitnessHandler({
    witness,
    origins,
    vkey: vkeyFor(ed25519, name),
    log: silentLogger,
    metrics: new WitnessMetrics(store),
    onBroken,
  })
}

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(65)) })
}

test('below the quorum ballots are taken and logged but not shown as published, until the witnesses are back', async () => {
  for (const name of ['w2', 'w3', 'w4']) hosts.set(`${name}.example`, () => new Response('— garbage\n'))
  const test = await start()
  const before = headSize()
  await test.record(election.turnout(5))
  await test.tick(2)
  expect(headSize()).toBeGreaterThan(before)
  expect(await publicSize()).toBe(0)
  expect((await served('/healthz')).status).toBe(200)
  for (const name of ['w2', 'w3', 'w4']) witnesses.restore(name)
  await test.clock.advance(1_000)
  await vi.waitFor(async () => expect(await publicSize()).toBe(headSize()))
})

test('a bridge whose store is shorter than what a witness has seen refuses to start', async () => {
  const test = await start()
  await vi.waitFor(async () => expect(await publicSize()).toBe(headSize()))
  const size = headSize() + 3
  const { id } = election.manifest
  const checkpoint = { origin: id, size, root: leafHash(new Uint8Array(1)) }
  const note = signCheckpoint({ ed25519, seed: election.bridgeKeys.logSeed, checkpoint })
  const parsed = parseNote(note)
  if (!parsed.ok) throw new Error(parsed.error)
  const cosigner = { ed25519, name: 'w2.example', seed: seedOf('w2'), timestamp: 1_800_000_000 }
  const line = cosign({ ...cosigner, checkpointText: parsed.value.text })
  const evidence = formatNote(parsed.value.text, [...parsed.value.signatures, line])
  hosts.set('w2.example', () => new Response(evidence))
  const restarted = await test.restart()
  expect(restarted).toMatchObject({ ok: false, error: 'ledger-behind-witnesses' })
})

test('a witness that claims a longer tree without the signature of the log is only named', async () => {
  const conflict = { status: 409, headers: { 'content-type': 'text/x.tlog.size' } }
  hosts.set('w1.example', ({ method }) =>
    method === 'POST' ? new Response('999\n', conflict) : new Response('', { status: 404 }),
  )
  const test = await start()
  await vi.waitFor(async () => expect(await publicSize()).toBe(headSize()))
  expect(test.fatal).toEqual([])
  const view = (await (await served('/witnesses')).json()) as { name: string; problem: string | null }[]
  expect(view[0]).toMatchObject({ name: 'w1', problem: 'other-history' })
})

test('a log that forked while it ran is found out by the evidence of a witness, and stops', async () => {
  const test = await start()
  await vi.waitFor(async () => expect(await publicSize()).toBe(headSize()))
  const { id } = election.manifest
  const checkpoint = { origin: id, size: headSize(), root: leafHash(new Uint8Array(2)) }
  const note = parseNote(signCheckpoint({ ed25519, seed: election.bridgeKeys.logSeed, checkpoint }))
  if (!note.ok) throw new Error(note.error)
  const cosigner = { ed25519, name: 'w3.example', seed: seedOf('w3'), timestamp: 1_800_000_000 }
  const line = cosign({ ...cosigner, checkpointText: note.value.text })
  const evidence = formatNote(note.value.text, [...note.value.signatures, line])
  hosts.set('w3.example', ({ method }) =>
    method === 'POST' ? new Response('not-consistent\n', { status: 422 }) : new Response(evidence),
  )
  await test.record(election.turnout(5))
  await test.tick(2)
  await vi.waitFor(() => expect(test.fatal).toEqual(['forked']))
})

test('cosignatures of a mirror join what is public when they come', async () => {
  const test = await start()
  await vi.waitFor(async () => expect(await publicSize()).toBe(headSize()))
  const text = await (await served('/checkpoint')).text()
  const parsed = parseNote(text)
  if (!parsed.ok) throw new Error(parsed.error)
  const cosigner = { ed25519, name: 'm1.example', seed: seedOf('m1'), timestamp: 1_800_000_000 }
  const line = cosign({ ...cosigner, checkpointText: parsed.value.text })
  hosts.set(
    'm1.example',
    () => new Response(formatNote(parsed.value.text, [...parsed.value.signatures, line])),
  )
  await test.clock.advance(1_000)
  await vi.waitFor(async () => {
    const policy = parsePolicy(election.manifest.policies.official)
    if (!policy.ok) throw new Error(policy.error)
    expect(verifyWitnessed(ed25519, policy.value, await (await served('/checkpoint')).text()).ok).toBe(true)
  })
})

test('the published checkpoint outlives a restart while all witnesses are away', async () => {
  const test = await start()
  await vi.waitFor(async () => expect(await publicSize()).toBe(headSize()))
  hosts.clear()
  expect((await test.restart()).ok).toBe(true)
  expect(await publicSize()).toBe(headSize())
})

/** A signature line of a witness over the text of a note, at a time of its choice. */
function cosignatureOn(note: string, name: string, timestamp: number | bigint): string {
  const { text } = expectOk(parseNote(note))
  const signature = new ByteWriter()
    .u64(BigInt(timestamp))
    .raw(ed25519.sign(seedOf(name), cosignatureMessage(text, timestamp)))
    .bytes()
  const { keyId } = expectOk(parseVkey(vkeyFor(ed25519, name)))
  return `${formatSignatureLine({ name: `${name}.example`, keyId, signature })}\n`
}

/** The witness signs whatever it is sent, with this time. */
function alwaysSigns(name: string, timestamp: number | bigint): Handler {
  return async (request) => {
    if (request.method !== 'POST') return new Response('', { status: 404 })
    const { note } = expectOk(parseAddCheckpoint(new Uint8Array(await request.arrayBuffer())))
    return new Response(cosignatureOn(note, name, timestamp))
  }
}

test.each([0, 2n ** 53n, 2n ** 63n])('a cosignature at the time %s makes nothing public', async (time) => {
  hosts.set('w3.example', alwaysSigns('w3', time))
  hosts.delete('w4.example')
  await start()
  await vi.waitFor(async () => {
    const view = (await (await served('/witnesses')).json()) as { name: string; problem: string | null }[]
    expect(view[2]).toMatchObject({ name: 'w3', problem: 'bad-answer' })
  })
  expect(await publicSize()).toBe(0)
})

test('a size that somebody on the way made up silences no witness', async () => {
  const honest = hosts.get('w1.example') as Handler
  const conflict = { status: 409, headers: { 'content-type': 'text/x.tlog.size' } }
  hosts.set('w1.example', ({ method }) =>
    method === 'POST' ? new Response('9007199254740991\n', conflict) : new Response('', { status: 404 }),
  )
  const test = await start()
  await vi.waitFor(async () => expect(await publicSize()).toBe(headSize()))
  hosts.set('w1.example', honest)
  await vi.waitFor(async () => {
    await test.clock.advance(1_000)
    expect(witnesses.stores.get('w1')?.read(election.manifest.id)?.size).toBe(headSize())
  })
})

test('an older cosignature does not take the place of a newer one', async () => {
  const test = await start()
  await vi.waitFor(async () => expect(await publicSize()).toBe(headSize()))
  await vi.waitFor(async () => expect(await (await served('/checkpoint')).text()).toContain('w1.example'))
  const line = (await (await served('/checkpoint')).text()).match(/— w1.*\n/)?.[0]
  let asked = 0
  const old = alwaysSigns('w1', 1_000)
  hosts.set('w1.example', (request) => {
    asked++
    return old(request)
  })
  await test.clock.advance(601_000)
  await vi.waitFor(() => expect(asked).toBeGreaterThan(0))
  await test.settled()
  expect(await (await served('/checkpoint')).text()).toContain(line)
})

test('a bridge whose store is shorter than what it has published refuses to start, whoever is away', async () => {
  const test = await start()
  await vi.waitFor(async () => expect(await publicSize()).toBe(headSize()))
  const before = new Map(
    ['ledger.db', 'ledger.db-wal'].map((name) => [name, readIfThere(join(test.dir, name))]),
  )
  await test.record(election.turnout(5))
  await test.tick(2)
  await vi.waitFor(async () => expect(await publicSize()).toBe(headSize()))
  await test.stop()
  hosts.clear()
  for (const [name, bytes] of before) {
    rmSync(join(test.dir, name), { force: true })
    if (bytes !== null) writeFileSync(join(test.dir, name), bytes)
  }
  rmSync(join(test.dir, 'ledger.db-shm'), { force: true })
  expect(await test.open()).toMatchObject({ ok: false, error: 'ledger-behind-witnesses' })
})

function readIfThere(path: string): Uint8Array | null {
  return existsSync(path) ? readFileSync(path) : null
}

test('a mirror that has the name of a witness in the other policy does not count as that witness', async () => {
  const policies = (logVkey: string) => {
    const { seen } = policiesOf(ed25519, logVkey)
    const log = `log ${logVkey}\n`
    const mirror = `witness w1 ${vkeyFor(ed25519, 'm1')} https://m1.example/\n`
    return { seen, official: `${log}${mirror}quorum w1\n` }
  }
  election = new TestElection({ backend, policies, label: 'witnessing' })
  witnesses.close()
  witnesses = new WitnessNetwork(election)
  hosts = witnesses.hosts
  hosts.delete('w4.example')
  const test = await start()
  await vi.waitFor(async () => expect(await publicSize()).toBe(headSize()))
  hosts.clear()
  expect((await test.restart()).ok).toBe(true)
  expect(await publicSize()).toBe(headSize())
})

test('the keys of the test are what the policy says', () => {
  expect(election.manifest.policies.seen).toContain(vkeyFor(ed25519, 'w1'))
  expect(election.manifest.keys.log).toBe(vkeyOf(ed25519, election.manifest.id, election.bridgeKeys.logSeed))
})
