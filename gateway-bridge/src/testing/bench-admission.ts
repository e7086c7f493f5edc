import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { connectMqtt, type MqttPort } from '@hanpyo/platform/mqtt/client.ts'
import { createWorkerPool, type WorkerPool } from '@hanpyo/platform/workers.ts'
import { fromBase64 } from '@hanpyo/protocol/bytes.ts'
import { parseAck } from '@hanpyo/protocol/link/ack.ts'
import { kioskTopic } from '@hanpyo/protocol/link/constants.ts'
import { DOWN_KIND } from '@hanpyo/protocol/link/datagram.ts'
import { expectOk, type Result } from '@hanpyo/protocol/result.ts'
import type { BallotFacts, ElectionFacts } from '../admission/ballot-verifier.ts'
import { createWorkerVerifier } from '../admission/worker-verifier.ts'
import { startBridge } from '../bridge.ts'
import type { LedgerEngine } from '../ledger/engine.ts'
import { openThreadedSqliteEngine } from '../ledger/sqlite-engine.ts'
import { openFragmentStore } from '../reassembly/fragment-store.ts'
import { initialise } from '../setup/initialise.ts'
import type { BallotInput } from './make-ballot.ts'
import { TestElection } from './test-election.ts'
import { witnessingOptions } from './witnessing-options.ts'

export interface BenchAdmissionOptions {
  /** Ballots of one round: they wait in the broker, then the bridge takes them all. */
  readonly ballots: number
  /** Rounds that count; one before them warms threads and caches up. */
  readonly rounds: number
  /** Stop after the round in which so many real milliseconds of taking are full. */
  readonly enoughMs?: number
  readonly workers: number
  readonly connections: number
  readonly inFlightPerConnection: number
  /** Where the ballots are stored; a SQLite file in the folder of the bench unless told. */
  openEngine?(dir: string): Promise<LedgerEngine>
  onProgress?(what: string): void
}

export interface BenchRound {
  /** The same number of workers on the same ballots, with nothing around them, just before the round. */
  readonly rawMs: number
  /** From the first message to the last ack: verified, fsynced, promised, acknowledged, batches cut. */
  readonly admittedMs: number
  /** The same as processor time of all threads of this process, which other work on the machine does not stretch as much. */
  readonly rawCpuMs: number
  readonly admittedCpuMs: number
  /** Memory of the whole process after the round, the bench with its slips and ballots included. */
  readonly rssBytes: number
}

export interface BenchAdmissionReport {
  /** Ballots of all rounds that count. */
  readonly ballots: number
  readonly rounds: readonly BenchRound[]
  readonly rawVerifiedPerSecond: number
  readonly admittedPerSecond: number
  /** Processor time of verification alone as a share of all that admission takes, the broker's not counted. */
  readonly cpuShare: number
  /** Group commits of all rounds, each with one fsync. */
  readonly commits: number
}

const KIOSKS = 16
const BALLOTS_PER_JOB = 64
const MOST_SILENCE_MS = 10_000

/**
 * Drains a mosquitto queue again and again into one bridge, with everything a ballot goes through, and compares it with
 * worker threads that verify the same ballots and do nothing else. Both alternate, so that a machine that is faster at one
 * time than at another favours neither.
 */
export async function benchAdmission(options: BenchAdmissionOptions): Promise<BenchAdmissionReport> {
  const { ballots: perRound, rounds: roundCount, workers, connections, onProgress } = options
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-bench-'))
  const closers: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true })]
  try {
    const backend = await createNodeBackend()
    onProgress?.('making an election')
    const slipCount = (roundCount + 1) * perRound
    const election = new TestElection({ backend, slipCount, kioskCount: KIOSKS, tickSeconds: 2 })
    const makers = createWorkerPool<readonly BallotInput[], Uint8Array[]>({
      module: new URL('./make-ballots-worker.ts', import.meta.url),
      size: availableParallelism(),
    })
    closers.push(() => makers.close())
    const raw = rawVerifier(election, workers)
    closers.push(() => raw.close())

    const broker = await startBroker({ kind: 'mosquitto', dir: join(dir, 'broker'), plainPort: 0 })
    closers.push(() => broker.close())
    const connect = (name: string) =>
      connectMqtt({
        url: broker.plainUrl as string,
        clientId: name,
        protocolVersion: 5,
        clean: false,
        sessionExpirySeconds: 3600,
        concurrency: options.inFlightPerConnection,
        publishLimit: 4096,
      })
    const engine = await (options.openEngine ?? openSqlite)(dir)
    closers.push(() => engine.close())
    const fragments = openFragmentStore(join(dir, 'fragments.db'), silentLogger)
    closers.push(async () => fragments.close())
    const { manifestNote, blobs, bridgeKeys, bridgeId } = election
    expectOk(await initialise({ engine, backend, manifestNote, blobs, logSeed: bridgeKeys.logSeed }))
    const downlink = connect('bench-down')
    closers.push(() => downlink.close())
    const gate = new Gate()
    const acks = new AckCounter()
    const counted: MqttPort = {
      ...portOf(downlink),
      async publish(topic, payload, qos) {
        const sent = await downlink.publish(topic, payload, qos)
        if (typeof payload !== 'string' && payload[0] === DOWN_KIND.ack) {
          acks.add(expectOk(parseAck(payload)).items.length)
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
            uplinks: Array.from({ length: connections }, (_, n) => gated(connect(`bench-${n}`), gate)),
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
        onFatal: (what) => acks.fail(new Error(what)),
      }),
    )
    closers.push(() => bridge.close())
    const post = async (record: Uint8Array) => {
      const sent = { method: 'POST', body: new Uint8Array(record) }
      const response = await bridge.http(new Request('http://bridge.test/records', sent), {
        remoteAddress: '127.0.0.1',
      })
      if (response.status !== 200) throw new Error(await response.text())
    }
    await Promise.all(election.kiosks.map(({ id }) => post(election.enrol(id))))
    await post(election.polls('open'))

    const publisher = connect('bench-publisher')
    closers.push(() => publisher.close())
    await publisher.whenOnline()
    const round = async (number: number): Promise<BenchRound> => {
      const slips = Array.from({ length: perRound }, (_, at) => number * perRound + at)
      const ballots = await makeBallots(makers, election, slips)
      const rawCpu = cpuWatch()
      const rawMs = await raw.timed(slips, ballots)
      const rawCpuMs = rawCpu()
      await fill(publisher, election, slips, ballots)
      const before = acks.count
      const startedMs = performance.now()
      const admittedCpu = cpuWatch()
      gate.open()
      await acks.reach(before + perRound)
      gate.close()
      const admittedMs = performance.now() - startedMs
      const rssBytes = process.memoryUsage.rss()
      return { rawMs, admittedMs, rawCpuMs, admittedCpuMs: admittedCpu(), rssBytes }
    }
    onProgress?.('a round to warm up')
    await round(0)
    const rounds: BenchRound[] = []
    while (rounds.length < roundCount && sum(rounds, 'admittedMs') < (options.enoughMs ?? Infinity)) {
      rounds.push(await round(rounds.length + 1))
      onProgress?.(describe(rounds, perRound))
    }
    const ballots = rounds.length * perRound
    const metrics = await bridge.metrics.registry.metrics()
    return {
      ballots,
      rounds,
      rawVerifiedPerSecond: (ballots / sum(rounds, 'rawMs')) * 1000,
      admittedPerSecond: (ballots / sum(rounds, 'admittedMs')) * 1000,
      cpuShare: sum(rounds, 'rawCpuMs') / sum(rounds, 'admittedCpuMs'),
      commits: Number(/^hanpyo_bridge_commit_records_count (\d+)$/m.exec(metrics)?.[1]),
    }
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

/** Milliseconds of processor time since the call. */
function cpuWatch(): () => number {
  const before = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }
}

function sum(rounds: readonly BenchRound[], what: keyof BenchRound): number {
  return rounds.reduce((total, round) => total + round[what], 0)
}

function describe(rounds: readonly BenchRound[], perRound: number): string {
  const { rawMs, admittedMs, rssBytes } = rounds.at(-1) as BenchRound
  const perSecond = (ms: number) => Math.round((perRound / ms) * 1000)
  return `round ${rounds.length}: ${perSecond(admittedMs)} beside ${perSecond(rawMs)} ballots/s, ${Math.round(rssBytes / 2 ** 20)} MiB`
}

async function openSqlite(dir: string): Promise<LedgerEngine> {
  return expectOk(await openThreadedSqliteEngine({ path: join(dir, 'ledger.db') }))
}

function kioskOf(slip: number): number {
  return 1 + (slip % KIOSKS)
}

async function makeBallots(
  makers: WorkerPool<readonly BallotInput[], Uint8Array[]>,
  election: TestElection,
  slips: readonly number[],
): Promise<Uint8Array[]> {
  const jobs: Promise<Result<Uint8Array[], string>>[] = []
  for (let at = 0; at < slips.length; at += BALLOTS_PER_JOB) {
    const share = slips.slice(at, at + BALLOTS_PER_JOB)
    jobs.push(makers.run(share.map((slip) => election.ballotInput(slip, kioskOf(slip)))))
  }
  return (await Promise.all(jobs)).flatMap((made) => expectOk(made))
}

function rawVerifier(election: TestElection, workerCount: number) {
  const { manifest, manifestHash } = election
  const facts: ElectionFacts = {
    manifestHash,
    jointKey: fromBase64(manifest.jointKey),
    credentialCount: manifest.credentials.count,
  }
  const verifier = createWorkerVerifier({ election: facts, workerCount, log: silentLogger })
  const factsOf = (slip: number): BallotFacts => ({
    credential: { publicKey: election.credentialKey(slip), contestIds: [7] },
    kioskKey: election.kiosks[kioskOf(slip) - 1]!.publicKey,
  })
  return {
    close: () => verifier.close(),
    async timed(slips: readonly number[], ballots: readonly Uint8Array[]): Promise<number> {
      const startedMs = performance.now()
      const verified = await Promise.all(
        ballots.map((ballot, at) => verifier.verify(ballot, factsOf(slips[at] as number))),
      )
      const elapsedMs = performance.now() - startedMs
      if (verified.some((result) => !result.ok)) throw new Error('a ballot of the bench does not verify')
      return elapsedMs
    },
  }
}

/** Publishes all of them; they wait at the broker and in front of the gate. */
async function fill(
  publisher: MqttPort,
  election: TestElection,
  slips: readonly number[],
  ballots: readonly Uint8Array[],
): Promise<void> {
  for (let at = 0; at < ballots.length; at += 256) {
    const share = ballots.slice(at, at + 256)
    await Promise.all(
      share.map(async (ballot, offset) => {
        const topic = kioskTopic(kioskOf(slips[at + offset] as number), 'up')
        expectOk(await publisher.publish(topic, election.datagram(ballot), 1))
      }),
    )
  }
}

/** Counts acks, and tells when there are enough. */
class AckCounter {
  count = 0
  #wanted = Number.POSITIVE_INFINITY
  #reached = Promise.withResolvers<void>()

  add(acks: number): void {
    this.count += acks
    if (this.count >= this.#wanted) this.#reached.resolve()
  }

  fail(error: Error): void {
    this.#reached.reject(error)
  }

  /** Rejects when none comes for ten seconds: what the bridge puts off a kiosk would send again, and the bench does not. */
  async reach(wanted: number): Promise<void> {
    this.#wanted = wanted
    this.#reached = Promise.withResolvers()
    let before = -1
    const watch = setInterval(() => {
      if (this.count === before) this.fail(new Error(`${wanted - this.count} ballots are not acknowledged`))
      before = this.count
    }, MOST_SILENCE_MS)
    this.add(0)
    await this.#reached.promise.finally(() => clearInterval(watch))
  }
}

/** Lets messages through while it is open. */
class Gate {
  #opening = Promise.withResolvers<void>()

  open(): void {
    this.#opening.resolve()
  }

  close(): void {
    this.#opening = Promise.withResolvers()
  }

  passed(): Promise<void> {
    return this.#opening.promise
  }
}

/** Holds every message back until the gate opens. */
function gated(port: MqttPort, gate: Gate): MqttPort {
  return {
    ...portOf(port),
    subscribe: (topics, qos, handler) =>
      port.subscribe(topics, qos, async (topic, payload) => {
        await gate.passed()
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
