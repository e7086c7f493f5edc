import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startWatchers } from '@hanpyo/cli/demo/watchers.ts'
import { ProcessBridge } from '@hanpyo/gateway-bridge/testing/process-bridge.ts'
import { TestElection } from '@hanpyo/gateway-bridge/testing/test-election.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { connectMqtt } from '@hanpyo/platform/mqtt/client.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { encodeLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { kioskTopic } from '@hanpyo/protocol/link/constants.ts'
import { parseDownDatagram } from '@hanpyo/protocol/link/datagram.ts'
import { promiseOf } from '@hanpyo/protocol/link/promise-judgement.ts'
import { parseCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { inclusionProofFromTiles } from '@hanpyo/protocol/log/hash-reader.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { type Policy, parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { formatTlogProof, verifyTlogProof } from '@hanpyo/protocol/log/proof.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import { decodeBundle, TILE_WIDTH } from '@hanpyo/protocol/log/tiles.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { seededDice } from '@hanpyo/protocol/testing/schc-channel.ts'
import { openUrl } from '@hanpyo/verifier/source/url.ts'
import { type Bench, percentile } from './harness.ts'

const BALLOTS = 3_000
const PER_SECOND = 50
const KIOSKS = 16
const TICK_SECONDS = 2
const LOOK_MS = 20

export const proofBench: Bench = {
  name: 'proof',
  summary: `${PER_SECOND} ballots/s over Wi-Fi, four witnesses: ballot to promise, and batch to a proof that the policy accepts`,
  async run(report) {
    const dir = await mkdtemp(join(tmpdir(), 'hanpyo-bench-proof-'))
    const closers: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true })]
    try {
      const { promiseMs, proofMs } = await measure(dir, closers, report)
      const figure = (name: string, value: number, reach: string) => ({ name, value, unit: 'ms', reach })
      return [
        figure('ballot sent to promise at the kiosk, p50', percentile(promiseMs, 0.5), ''),
        figure('the same, p99', percentile(promiseMs, 0.99), '≤ 1,000'),
        figure('batch cut to cosigned and verified proof, p50', percentile(proofMs, 0.5), ''),
        figure(`the same, p99 of ${proofMs.length} batches`, percentile(proofMs, 0.99), '≤ 3,000'),
      ]
    } finally {
      for (const close of closers.reverse()) await close()
    }
  },
}

interface Measured {
  /** From handing the ballot to the broker to the promise coming from it, real milliseconds. */
  readonly promiseMs: readonly number[]
  /** From the commit of a batch to a verified proof of one of its ballots, real milliseconds. */
  readonly proofMs: readonly number[]
}

/** Broker, bridge and four witnesses, each as a process of its own. */
async function measure(
  dir: string,
  closers: (() => Promise<unknown>)[],
  report: (line: string) => void,
): Promise<Measured> {
  const backend = await createNodeBackend()
  const watchers = await startWatchers(join(dir, 'watchers'))
  closers.push(() => watchers.close())
  const { witnesses = [], quorum } = watchers.config
  const lines = witnesses.map(({ name, vkey, url }) => `witness ${name} ${vkey} ${url}\n`).join('')
  const names = witnesses.map(({ name }) => name).join(' ')
  const policyText = (logVkey: string) =>
    `log ${logVkey}\n${lines}group seen ${quorum?.witnesses} ${names}\nquorum seen\n`
  report('  making an election and its ballots …')
  const election = new TestElection({
    backend,
    slipCount: BALLOTS,
    kioskCount: KIOSKS,
    tickSeconds: TICK_SECONDS,
    policies: (logVkey) => ({ seen: policyText(logVkey), official: policyText(logVkey) }),
  })
  const kioskOf = (slip: number) => 1 + (slip % KIOSKS)
  const ballots = Array.from({ length: BALLOTS }, (_, slip) => election.ballot(slip, kioskOf(slip)))
  await watchers.tell(election.manifest.keys.log)
  const broker = await startBroker({ kind: 'mosquitto', dir: join(dir, 'broker'), plainPort: 0 })
  closers.push(() => broker.close())
  const mqttUrl = broker.plainUrl as string
  const bridge = await ProcessBridge.prepare({ dir, election, mqttUrl, mqttVersion: 5 })
  const initialised = await bridge.init()
  if (initialised.code !== 0) throw new Error(initialised.output)
  const running = await bridge.run()
  closers.push(() => running.stop())
  for (const record of [...election.kiosks.map(({ id }) => election.enrol(id)), election.polls('open')]) {
    const posted = { method: 'POST', body: new Uint8Array(record) }
    const response = await fetch(`${running.url}/records`, posted)
    if (response.status !== 200) throw new Error(await response.text())
  }

  const mqtt = connectMqtt({
    url: mqttUrl,
    clientId: 'kiosks',
    protocolVersion: 5,
    clean: true,
    publishLimit: 4096,
  })
  closers.push(() => mqtt.close())
  const { ed25519 } = backend
  const sentMs = new Map<string, number>()
  const promiseMs: number[] = []
  const allPromised = Promise.withResolvers<void>()
  const topics = election.kiosks.map(({ id }) => kioskTopic(id, 'down'))
  const subscribed = await mqtt.subscribe(topics, 1, async (_, bytes) => {
    const nowMs = performance.now()
    const down = expectOk(parseDownDatagram(bytes))
    if (down.kind !== 'promise') return
    const { leaf } = expectOk(promiseOf(ed25519, election.manifest, down.note))
    promiseMs.push(nowMs - (sentMs.get(toHex(leaf)) as number))
    if (promiseMs.length === BALLOTS) allPromised.resolve()
  })
  expectOk(subscribed)

  report(`  sending ${BALLOTS} of them, ${PER_SECOND} a second …`)
  const proofs = watchProofs(running.url, ed25519, expectOk(parsePolicy(election.manifest.policies.seen)))
  const dice = seededDice(7)
  let dueMs = performance.now()
  for (const [slip, ballot] of ballots.entries()) {
    dueMs += (-Math.log(1 - dice()) * 1_000) / PER_SECOND
    await delay(Math.max(0, dueMs - performance.now()))
    sentMs.set(toHex(leafHash(encodeLeaf(RECORD.ballot, ballot))), performance.now())
    void mqtt.publish(kioskTopic(kioskOf(slip), 'up'), election.datagram(ballot), 1)
  }
  await Promise.race([allPromised.promise, tooLate(() => BALLOTS - promiseMs.length)])
  return { promiseMs, proofMs: await proofs.stop() }
}

/** Asks for the checkpoint again and again, as kiosks do, and proves a ballot of each new one against the policy. */
function watchProofs(url: string, ed25519: Ed25519, policy: Policy): { stop(): Promise<number[]> } {
  const proofMs: number[] = []
  const ending = new AbortController()
  const source = openUrl(url, { fetch, timeoutMs: 10_000, retryDelaysMs: [], sleep: delay })
  const running = (async () => {
    let known = 0
    while (!ending.signal.aborted) {
      await delay(LOOK_MS)
      const note = await (await fetch(`${url}/checkpoint`)).text()
      const { size } = expectOk(parseCheckpoint(expectOk(parseNote(note)).text))
      if (size <= known) continue
      known = size
      // The last leaf of a batch is the batch's own; the one before it is a ballot.
      const index = size - 2
      const leaf = await leafAt(source, index, size)
      if (leaf[0] !== RECORD.ballot) continue
      const hashes = expectOk(await inclusionProofFromTiles(source, size, index))
      const proof = formatTlogProof({ index, hashes, checkpoint: note })
      expectOk(verifyTlogProof({ ed25519, policy, proof, leaf }))
      const provenMs = Date.now()
      const metrics = await (await fetch(`${url}/metrics`)).text()
      const cutSeconds = Number(/^hanpyo_bridge_batch_timestamp_seconds (\S+)$/m.exec(metrics)?.[1])
      proofMs.push(provenMs - cutSeconds * 1000)
    }
  })()
  return {
    async stop() {
      ending.abort()
      await running
      return proofMs
    },
  }
}

/** Leaf `index` of the tree of `size`, from its entry bundle. */
async function leafAt(source: LogReader, index: number, size: number): Promise<Uint8Array> {
  const bundle = Math.floor(index / TILE_WIDTH)
  const width = Math.min(TILE_WIDTH, size - bundle * TILE_WIDTH)
  const bytes = await source.entries(bundle, width)
  if (bytes === null) throw new Error(`entry bundle ${bundle} of ${width} is missing`)
  return expectOk(decodeBundle(bytes, width))[index % TILE_WIDTH] as Uint8Array
}

async function tooLate(left: () => number): Promise<never> {
  await delay(30_000, undefined, { ref: false })
  throw new Error(`${left()} promises did not come within 30 s`)
}
