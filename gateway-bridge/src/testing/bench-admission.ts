import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { connectMqtt, type MqttPort } from '@hanpyo/platform/mqtt/client.ts'
import { fromBase64 } from '@hanpyo/protocol/bytes.ts'
import { parseAck } from '@hanpyo/protocol/link/ack.ts'
import { kioskTopic } from '@hanpyo/protocol/link/constants.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import type { BallotFacts, ElectionFacts } from '../admission/ballot-verifier.ts'
import { createWorkerVerifier } from '../admission/worker-verifier.ts'
import { startBridge } from '../bridge.ts'
import { uplinkSubscriptions } from '../ingest/topics.ts'
import type { LedgerEngine } from '../ledger/engine.ts'
import { openThreadedSqliteEngine } from '../ledger/sqlite-engine.ts'
import { openFragmentStore } from '../reassembly/fragment-store.ts'
import { initialise } from '../setup/initialise.ts'
import { TestElection } from './test-election.ts'
import { witnessingOptions } from './witnessing-options.ts'

export interface BenchAdmissionOptions {
  /** One for each slip; making them takes a few milliseconds each. */
  readonly ballots: number
  readonly workers: number
  readonly connections: number
  readonly inFlightPerConnection?: number
  /** Where the ballots are stored; a SQLite file in the folder of the bench unless told. */
  openEngine?(dir: string): Promise<LedgerEngine>
  onProgress?(what: string): void
}

export interface BenchAdmissionReport {
  readonly ballots: number
  readonly workers: number
  readonly connections: number
  /** The same workers on the same ballots, with nothing around them. */
  readonly rawVerifiedPerSecond: number
  /** Acks sent a second, while the queue is full: verified, fsynced, promised, acknowledged, batches cut. */
  readonly admittedPerSecond: number
  /** `admittedPerSecond / rawVerifiedPerSecond`. */
  readonly ratio: number
  /** Group commits, each with one fsync. */
  readonly commits: number
}

const KIOSKS = 16
/** Ballots before the clock starts. */
const WARM_UP = 1_000

/**
 * Drains a mosquitto queue that was filled while the bridge was away, with everything a ballot goes through, and
 * compares it with the same worker threads verifying the same ballots and doing nothing else, in the same run.
 */
export async function benchAdmission(options: BenchAdmissionOptions): Promise<BenchAdmissionReport> {
  const { ballots: count, workers, connections, onProgress } = options
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-bench-'))
  const closers: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true })]
  try {
    const backend = await createNodeBackend()
    onProgress?.('making an election and its ballots')
    const election = new TestElection({ backend, slipCount: count, kioskCount: KIOSKS, tickSeconds: 2 })
    const ballots = Array.from({ length: count }, (_, slip) => election.ballot(slip, kioskOf(slip)))

    onProgress?.('verifying them with nothing around')
    const rawVerifiedPerSecond = await rawLimit(election, ballots, workers)

    onProgress?.('filling the queue of the broker')
    const broker = await startBroker({ kind: 'mosquitto', dir: join(dir, 'broker'), plainPort: 0 })
    closers.push(() => broker.close())
    const url = broker.plainUrl as string
    const connect = (name: string) =>
      connectMqtt({
        url,
        clientId: name,
        protocolVersion: 5,
        clean: false,
        sessionExpirySeconds: 3600,
        concurrency: options.inFlightPerConnection ?? 4,
        publishLimit: 4096,
      })
    await fillQueue(connect, election, ballots, connections)

    const openEngine = options.openEngine ?? openSqlite
    const engine = await openEngine(dir)
    closers.push(() => engine.close())
    const fragments = openFragmentStore(join(dir, 'fragments.db'), silentLogger)
    closers.push(async () => fragments.close())
    const { manifestNote, blobs, bridgeKeys, bridgeId } = election
    expectOk(await initialise({ engine, backend, manifestNote, blobs, logSeed: bridgeKeys.logSeed }))
    const gate = Promise.withResolvers<void>()
    const downlink = connect('bench-down')
    closers.push(() => downlink.close())
    const finished = Promise.withResolvers<number>()
    let acknowledged = 0
    // Fresh threads compile during the first ballots, here as in the raw measurement.
    const warmUp = { count: Math.min(WARM_UP, Math.floor(count / 4)), endedMs: 0 }
    const counted: MqttPort = {
      ...portOf(downlink),
      async publish(topic, payload, qos) {
        const sent = await downlink.publish(topic, payload, qos)
        if (typeof payload !== 'string' && payload[0] === 0x01) {
          acknowledged += expectOk(parseAck(payload)).items.length
          if (acknowledged >= warmUp.count && warmUp.endedMs === 0) {
            warmUp.endedMs = performance.now()
            warmUp.count = acknowledged
          }
          if (acknowledged === count) finished.resolve(performance.now())
        }
        return sent
      },
    }
    const bridge = expectOk(
      await startBridge({
        bridgeId,
        keys: bridgeKeys,
        engine,
        fragments,
        backend,
        clock: createRealClock(),
        log: silentLogger,
        createVerifier: (facts) =>
          createWorkerVerifier({ election: facts, workerCount: workers, log: silentLogger }),
        ingest: {
          connect: () => ({
            uplinks: Array.from({ length: connections }, (_, n) =>
              gated(connect(`bench-${n}`), gate.promise),
            ),
            downlink: counted,
          }),
          shareGroup: 'bench',
          applicationId: undefined,
        },
        ackLifetimeMs: 10_000,
        fragmentInactivityMs: 3_600_000,
        recordsWaitMs: 10_000,
        maxBlobBytes: 1 << 20,
        token: undefined,
        witnessing: witnessingOptions(),
        onFatal: (what) => finished.reject(new Error(what)),
      }),
    )
    closers.push(() => bridge.close())
    const post = async (record: Uint8Array) => {
      const request = new Request('http://bridge.test/records', {
        method: 'POST',
        body: new Uint8Array(record),
      })
      const response = await bridge.http(request, { remoteAddress: '127.0.0.1' })
      if (response.status !== 200) throw new Error(await response.text())
    }
    await Promise.all(election.kiosks.map(({ id }) => post(election.enrol(id))))
    await post(election.polls('open'))

    onProgress?.('draining it')
    gate.resolve()
    const elapsedMs = (await finished.promise) - warmUp.endedMs
    const admittedPerSecond = ((count - warmUp.count) / elapsedMs) * 1000
    const metrics = await bridge.metrics.registry.metrics()
    const commits = Number(/^hanpyo_bridge_commit_records_count (\d+)$/m.exec(metrics)?.[1])
    const ratio = admittedPerSecond / rawVerifiedPerSecond
    return { ballots: count, workers, connections, rawVerifiedPerSecond, admittedPerSecond, ratio, commits }
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

async function openSqlite(dir: string): Promise<LedgerEngine> {
  return expectOk(await openThreadedSqliteEngine({ path: join(dir, 'ledger.db') }))
}

function kioskOf(slip: number): number {
  return 1 + (slip % KIOSKS)
}

async function rawLimit(
  election: TestElection,
  ballots: readonly Uint8Array[],
  workers: number,
): Promise<number> {
  const { manifest, manifestHash } = election
  const facts: ElectionFacts = {
    manifestHash,
    jointKey: fromBase64(manifest.jointKey),
    credentialCount: manifest.credentials.count,
  }
  const verifier = createWorkerVerifier({ election: facts, workerCount: workers, log: silentLogger })
  const factsOf = (slip: number): BallotFacts => ({
    credential: { publicKey: election.credentialKey(slip), contestIds: [7] },
    kioskKey: election.kiosks[kioskOf(slip) - 1]!.publicKey,
  })
  await Promise.all(ballots.slice(0, WARM_UP).map((ballot, slip) => verifier.verify(ballot, factsOf(slip))))
  const startedMs = performance.now()
  const results = await Promise.all(ballots.map((ballot, slip) => verifier.verify(ballot, factsOf(slip))))
  const elapsedMs = performance.now() - startedMs
  await verifier.close()
  if (results.some((result) => !result.ok)) throw new Error('a ballot of the bench does not verify')
  return (ballots.length / elapsedMs) * 1000
}

/** Leaves the bridge's sessions on the broker, then publishes everything to them. */
async function fillQueue(
  connect: (name: string) => MqttPort,
  election: TestElection,
  ballots: readonly Uint8Array[],
  connections: number,
): Promise<void> {
  const sessions = Array.from({ length: connections }, (_, n) => connect(`bench-${n}`))
  const topics = uplinkSubscriptions(undefined, 'bench')
  await Promise.all(
    sessions.map(async (session) => expectOk(await session.subscribe(topics, 1, async () => {}))),
  )
  await Promise.all(sessions.map((session) => session.close()))
  const publisher = connect('bench-publisher')
  await publisher.whenOnline()
  for (let at = 0; at < ballots.length; at += 100) {
    const share = ballots.slice(at, at + 100)
    await Promise.all(
      share.map(async (ballot, offset) => {
        const topic = kioskTopic(kioskOf(at + offset), 'up')
        expectOk(await publisher.publish(topic, election.datagram(ballot), 1))
      }),
    )
  }
  await publisher.close()
}

/** Holds every message back until the gate opens. */
function gated(port: MqttPort, gate: Promise<void>): MqttPort {
  return {
    ...portOf(port),
    subscribe: (topics, qos, handler) =>
      port.subscribe(topics, qos, async (topic, payload) => {
        await gate
        await handler(topic, payload)
      }),
  }
}

function portOf(port: MqttPort): MqttPort {
  return {
    state: port.state,
    publish: port.publish.bind(port),
    subscribe: port.subscribe.bind(port),
    onState: port.onState.bind(port),
    whenOnline: port.whenOnline.bind(port),
    close: port.close.bind(port),
  }
}
