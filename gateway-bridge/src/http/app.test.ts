import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { openCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { inclusionProofFromTiles } from '@hanpyo/protocol/log/hash-reader.ts'
import { leafHash, verifyInclusion } from '@hanpyo/protocol/log/merkle.ts'
import { noteVerifier } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { engineLogReader } from '../ledger/log-reader.ts'
import { TestBridge } from '../testing/test-bridge.ts'
import { TestElection } from '../testing/test-election.ts'

const backend = await createNodeBackend()
const election = new TestElection({ backend })
let bridge: TestBridge

beforeAll(async () => {
  bridge = await TestBridge.start({ election })
  await bridge.cast(election.ballot(1))
  await bridge.tick()
})
afterAll(() => bridge.dispose())

test('the checkpoint is signed by the log key, and tiles prove every leaf under it', async () => {
  const response = await bridge.fetch('/checkpoint')
  expect(response.headers.get('cache-control')).toBe('no-store')
  const verifier = expectOk(noteVerifier(backend.ed25519, election.manifest.keys.log))
  const { checkpoint } = expectOk(openCheckpoint(await response.text(), verifier))
  const leaves = await bridge.leaves()
  expect(checkpoint.size).toBe(leaves.length)
  const reader = engineLogReader(bridge.engine)
  for (const [index, leaf] of leaves.entries()) {
    const proof = expectOk(await inclusionProofFromTiles(reader, checkpoint.size, index))
    const { size, root } = checkpoint
    expect(verifyInclusion({ index, size, root, proof, leafHash: leafHash(leaf) })).toBe(true)
  }
})

test('tiles are served up to the published width and not beyond', async () => {
  const size = (await bridge.leaves()).length
  const width = async (n: number) => (await bridge.fetch(`/tile/0/000.p/${n}`)).status
  expect(await width(size)).toBe(200)
  expect(await width(size - 1)).toBe(200)
  expect(await width(size + 1)).toBe(404)
  expect((await bridge.fetch('/tile/0/000')).status).toBe(404)
  expect((await bridge.fetch(`/tile/entries/000.p/${size}`)).status).toBe(200)
  expect((await bridge.fetch('/nothing')).status).toBe(404)
  expect((await bridge.fetch('/checkpoint', { method: 'DELETE' })).status).toBe(405)
})

test('the status counts what is published and nothing that waits', async () => {
  await bridge.cast(election.ballot(2))
  const before = (await (await bridge.fetch('/status')).json()) as { ballots: number }
  await bridge.tick()
  const after = (await (await bridge.fetch('/status')).json()) as {
    ballots: number
    centres: { ballots: number }[]
  }
  expect(after.ballots).toBe(before.ballots + 1)
  expect(after.centres[0]!.ballots).toBe(after.ballots)
})

test('metrics are for this machine or the token', async () => {
  expect((await bridge.fetch('/metrics')).status).toBe(200)
  expect((await bridge.fetch('/metrics', {}, '203.0.113.9')).status).toBe(403)
  const headers = { authorization: 'Bearer token' }
  const allowed = await bridge.fetch('/metrics', { headers }, '203.0.113.9')
  expect(await allowed.text()).toContain('hanpyo_bridge_log_size')
})

test('what alerts look at is shown from the start on, also after a restart', async () => {
  const restarted = await TestBridge.start({ election })
  const before = Math.floor(Date.now() / 1000)
  await restarted.restart()
  const text = await (await restarted.fetch('/metrics')).text()
  const value = (series: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.slice(series.length),
    )
  expect(value('hanpyo_bridge_log_size')).toBe(restarted.bridge.sequencer.logState.head.size)
  // Otherwise it would seem that no batch was appended since 1970.
  expect(value('hanpyo_bridge_batch_timestamp_seconds')).toBeGreaterThanOrEqual(before)
  // A counter that begins with 1 has not increased.
  expect(value('hanpyo_bridge_dropped_total{reason="internal-error"}')).toBe(0)
  expect(value('hanpyo_bridge_http_refused_total{reason="revocation-list-unusable"}')).toBe(0)
  await restarted.dispose()
})

test('no metric carries a kiosk, a slip or an id', async () => {
  const text = await (await bridge.fetch('/metrics')).text()
  const labels = [...text.matchAll(/(\w+)="/g)].map(([, name]) => name)
  expect(new Set(labels)).toEqual(
    new Set(['route', 'outcome', 'what', 'result', 'le', ...labels.filter((l) => l === 'reason')]),
  )
})

test('health is fine while everything can be stored', async () => {
  const response = await bridge.fetch('/healthz')
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({
    isAccepting: true,
    storage: 'ok',
    mqtt: { online: 2, wanted: 2 },
  })
})

test('a blob is taken when the log names it and its bytes fit, or with the token', async () => {
  const put = (name: string, body: Uint8Array, headers = {}) =>
    bridge.fetch(`/blob/${name}`, { method: 'PUT', body: new Uint8Array(body), headers })
  const ceremony = utf8('ceremony')
  const name = toHex(sha256(ceremony))
  expect((await put(name, utf8('something else'))).status).toBe(422)
  expect((await put(name, ceremony)).status).toBe(200)
  expect(new Uint8Array(await (await bridge.fetch(`/blob/${name}`)).arrayBuffer())).toEqual(ceremony)

  const unnamed = utf8('nobody named this')
  const other = toHex(sha256(unnamed))
  expect((await put(other, unnamed)).status).toBe(403)
  expect((await put(other, unnamed, { authorization: 'Bearer wrong' })).status).toBe(403)
  expect((await put(other, unnamed, { authorization: 'Bearer token' })).status).toBe(200)
  expect((await put('not-a-hash', unnamed)).status).toBe(400)
  const large = new Uint8Array((1 << 20) + 1)
  expect((await put(toHex(sha256(large)), large, { authorization: 'Bearer token' })).status).toBe(413)
})

test('those without the token fill no memory with blobs that never end', async () => {
  const fresh = await TestBridge.start({ election })
  const ceremony = utf8('ceremony')
  const path = `/blob/${toHex(sha256(ceremony))}`
  const endings: (() => void)[] = []
  const endless = (address: string) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(ceremony)
        endings.push(() => controller.close())
      },
    })
    return fresh.fetch(path, { method: 'PUT', body, duplex: 'half' } as RequestInit, address)
  }
  const put = (address: string, headers = {}) =>
    fresh.fetch(path, { method: 'PUT', body: new Uint8Array(ceremony), headers }, address)
  const pending = [endless('203.0.113.1'), endless('203.0.113.1')]
  const third = await put('203.0.113.1')
  expect([third.status, await third.json()]).toMatchObject([503, { error: 'blobs-at-once' }])
  for (let n = 2; n < 9; n++) pending.push(endless(`203.0.113.${n}`), endless(`203.0.113.${n}`))
  expect((await put('203.0.113.9')).status).toBe(503)
  expect((await put('203.0.113.9', { authorization: 'Bearer token' })).status).toBe(200)
  for (const end of endings) end()
  expect((await Promise.all(pending)).map(({ status }) => status)).toEqual(Array(16).fill(200))
  await fresh.dispose()
})
