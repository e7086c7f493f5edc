import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Child } from '@hanpyo/platform/child.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { type Broker, startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { parsePromise } from '@hanpyo/protocol/link/promise.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { openPostgresEngine } from '../ledger/postgres-engine.ts'
import { parsePostgresUrl } from '../ledger/postgres-url.ts'
import { PostgresCluster } from './postgres-cluster.ts'
import { ProcessBridge } from './process-bridge.ts'
import { TestElection, type TestElectionOptions } from './test-election.ts'
import { WifiKiosk } from './wifi-kiosk.ts'

/** What is killed with SIGKILL. `primary`: the whole server; a standby is promoted, and the old primary rejoins. */
export type Victim = 'leader' | 'follower' | 'primary' | 'broker'

export interface ReplicaDrillOptions {
  readonly victims: readonly Victim[]
  /** Ballots on their way at once. */
  readonly inFlight: number
  /** Bridges on the one store; 3 unless told. */
  readonly replicas?: number
  /** With 3 kiosks and 4,000 slips; one without witnesses unless told. */
  readonly election?: TestElection
  /** Called for every bridge that has started, again when it was started anew. */
  onRunning?(url: string): void
  /** Called before a bridge is killed. */
  onKill?(url: string): void
  onFailover?(failover: ReplicaDrillReport['failovers'][number]): void
  /** Called when every ballot is answered, with the address of each replica; they still run. */
  onQuiet?(urls: readonly string[]): Promise<void>
}

export interface ReplicaDrillReport {
  readonly cast: number
  readonly recorded: number
  readonly refused: number
  /** Acknowledged as recorded and neither in the log nor waiting. */
  readonly lost: number
  /** In the log more than once. */
  readonly doubled: number
  /** Ballots for which kiosks hold two different promises, or two different answers. */
  readonly contradicted: number
  readonly violations: readonly string[]
  /** Seconds from each kill to the next acknowledged ballots, and to the next batch that was published after those. */
  readonly failovers: readonly {
    readonly victim: Victim
    readonly ackSeconds: number
    readonly batchSeconds: number
  }[]
}

const KIOSKS = 3
const SLIPS = 4_000
const REPLICAS = 3

/** The election of the drill; what is given is added to it. */
export async function drillElection(more: Partial<TestElectionOptions> = {}): Promise<TestElection> {
  const backend = await createNodeBackend()
  return new TestElection({ backend, kioskCount: KIOSKS, slipCount: SLIPS, tickSeconds: 1, ...more })
}

/**
 * Several bridge processes on one PostgreSQL cluster behind one mosquitto; kiosks cast without a pause, one ballot in ten a double
 * vote, while one after another is killed. Then what the kiosks were told is compared with what the ledger holds.
 */
export async function runReplicaDrill(options: ReplicaDrillOptions): Promise<ReplicaDrillReport> {
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-replicas-'))
  const closers: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })]
  try {
    const election = options.election ?? (await drillElection())
    const cluster = await PostgresCluster.start({ nodes: 3, fsync: true })
    closers.push(() => cluster.close())
    await cluster.primary.query('CREATE DATABASE ledger')
    const url = cluster.url('ledger')

    const brokerOptions = { kind: 'mosquitto' as const, dir: join(dir, 'broker') }
    let broker: Broker = await startBroker({ ...brokerOptions, plainPort: 0 })
    closers.push(() => broker.close())
    const mqttUrl = broker.plainUrl as string
    const plainPort = Number(new URL(mqttUrl).port)

    const bridges = await Promise.all(
      Array.from({ length: options.replicas ?? REPLICAS }, (_, at) =>
        ProcessBridge.prepare({
          dir: join(dir, `r${at}`),
          election,
          mqttUrl,
          mqttVersion: 5,
          clientId: `replica${at}`,
          // What is measured is how the others go on, not how fast a busy machine starts a process.
          readyMs: 180_000,
          extra: `[ledger]\nengine = "postgres"\n[ledger.postgres]\nurl = "${url}"\n`,
        }),
      ),
    )
    const made = await bridges[0]!.init()
    if (made.code !== 0) throw new Error(made.output)
    const children: (Child & { url: string })[] = []
    const start = async (at: number) => {
      const child = await bridges[at]!.run()
      children[at] = child
      options.onRunning?.(child.url)
    }
    for (const at of bridges.keys()) {
      await start(at)
      closers.push(() => children[at]!.stop())
    }
    await openPolls(election, children.at(-1)!.url)

    const kiosks = election.kiosks.map(
      ({ id }) => new WifiKiosk({ election, kioskId: id, url: mqttUrl, mqttVersion: 5 }),
    )
    for (const kiosk of kiosks) closers.push(() => kiosk.close())
    await Promise.all(kiosks.map((kiosk) => kiosk.start()))
    const stream = castWhile(election, kiosks, options.inFlight)

    const failovers: ReplicaDrillReport['failovers'][number][] = []
    for (const victim of options.victims) {
      await stream.acknowledged(30)
      const at = await roleOf(children, victim === 'leader')
      const others = children.filter(
        (_, index) => victim === 'primary' || victim === 'broker' || index !== at,
      )
      const startedMs = performance.now()
      const since = () => (performance.now() - startedMs) / 1000
      const repaired = kill(victim)
      // Those that were on their way may have been answered already: so many more cannot.
      await stream.acknowledged(options.inFlight + 1)
      const ackSeconds = since()
      const sizes = await Promise.all(others.map(({ url: one }) => publishedSize(one).catch(() => 0)))
      await untilPublished(others, Math.max(...sizes))
      const failover = { victim, ackSeconds, batchSeconds: since() }
      failovers.push(failover)
      options.onFailover?.(failover)
      await repaired

      async function kill(what: Victim): Promise<void> {
        if (what === 'primary') {
          const old = cluster.primary
          await old.kill()
          await cluster.promote()
          await cluster.rejoin(old)
        } else if (what === 'broker') {
          process.kill(broker.pid as number, 'SIGKILL')
          await broker.exited
          broker = await startBroker({ ...brokerOptions, plainPort })
        } else {
          options.onKill?.(children[at]!.url)
          children[at]!.kill('SIGKILL')
          await children[at]!.exited
          await start(at)
        }
      }
    }
    const cast = await stream.finish()
    await options.onQuiet?.(children.map(({ url: one }) => one))
    for (const child of children) {
      const { code } = await child.stop(30_000)
      if (code !== 0) throw new Error(`a replica ended with ${code}\n${child.tail()}`)
    }
    return { cast, failovers, ...(await audit(election, url, kiosks)) }
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

async function openPolls(election: TestElection, url: string): Promise<void> {
  for (const record of [...election.kiosks.map(({ id }) => election.enrol(id)), election.polls('open')]) {
    const response = await fetch(`${url}/records`, { method: 'POST', body: new Uint8Array(record) })
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  }
}

/** Which replica leads, or one that does not. */
async function roleOf(
  children: readonly (Child & { readonly url: string })[],
  wanted: boolean,
): Promise<number> {
  for (const startedMs = performance.now(); performance.now() - startedMs < 60_000; ) {
    const roles = await Promise.all(
      children.map(async ({ url, tail }) => {
        const response = await fetch(`${url}/healthz`).catch((error: unknown) => {
          throw new Error(`a replica is gone; its last words:\n${tail()}`, { cause: error })
        })
        return ((await response.json()) as { leads: boolean }).leads
      }),
    )
    if (roles.filter((leads) => leads).length === 1) return roles.indexOf(wanted)
    await pause(50)
  }
  throw new Error('not one of the replicas leads')
}

async function publishedSize(url: string): Promise<number> {
  const response = await fetch(`${url}/checkpoint`)
  return response.ok ? Number((await response.text()).split('\n')[1]) : 0
}

async function untilPublished(replicas: readonly { readonly url: string }[], beyond: number): Promise<void> {
  for (const startedMs = performance.now(); performance.now() - startedMs < 120_000; ) {
    const sizes = await Promise.all(replicas.map(({ url }) => publishedSize(url).catch(() => 0)))
    if (Math.max(...sizes) > beyond) return
    await pause(25)
  }
  throw new Error('nothing was published for two minutes')
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Keeps `inFlight` ballots on their way until told to finish; resolves to their number when all are answered. */
function castWhile(election: TestElection, kiosks: readonly WifiKiosk[], inFlight: number) {
  let cast = 0
  let answered = 0
  let isFinishing = false
  const waiters = new Set<{ readonly from: number; resolve(): void }>()
  const voter = async () => {
    while (!isFinishing) {
      const nth = cast++
      const kioskId = 1 + (nth % kiosks.length)
      // Every tenth takes the slip of the one before.
      const slip = (nth % 10 === 9 ? nth - 1 : nth) % SLIPS
      await kiosks[kioskId - 1]!.cast(election.ballot(slip, kioskId), 1_000)
      answered++
      for (const waiter of waiters) {
        if (answered < waiter.from) continue
        waiters.delete(waiter)
        waiter.resolve()
      }
    }
  }
  const voters = Array.from({ length: inFlight }, voter)
  return {
    /** Resolves when so many more are answered. */
    acknowledged: (count: number) =>
      new Promise<void>((resolve) => waiters.add({ from: answered + count, resolve })),
    async finish(): Promise<number> {
      isFinishing = true
      await Promise.all(voters)
      return cast
    },
  }
}

async function audit(election: TestElection, url: string, kiosks: readonly WifiKiosk[]) {
  const targets = expectOk(parsePostgresUrl(url))
  const engine = expectOk(await openPostgresEngine({ targets, requireQuorum: true }))
  const logged = await engine.entries(0, 1_000_000)
  const waiting = (await engine.waiting()).map(({ leaf }) => leaf)
  await engine.close()
  const { backend, manifestNote, blobs } = election
  const state = expectOk(
    ElectionState.open({
      backend,
      manifestNote,
      credentialList: blobs[0] as Uint8Array,
      supportList: blobs[1] as Uint8Array,
    }),
  )
  const violations = logged.slice(1).flatMap((leaf) => state.apply(leaf).map(({ rule }) => rule))
  const times = new Map<string, number>()
  for (const leaf of [...logged, ...waiting]) {
    if (leaf[0] !== RECORD.ballot) continue
    const id = toHex(ballotId(leaf.subarray(1)))
    times.set(id, (times.get(id) ?? 0) + 1)
  }
  const answers = kiosks.flatMap((kiosk) => [...kiosk.answers])
  const recorded = answers.filter(([, status]) => status === 0).map(([id]) => id)
  const promised = new Map<string, Set<string>>()
  for (const note of kiosks.flatMap(({ promises }) => promises)) {
    const leaf = toHex(expectOk(parsePromise(expectOk(parseNote(note)).text)).leaf)
    promised.set(leaf, (promised.get(leaf) ?? new Set()).add(note))
  }
  return {
    recorded: recorded.length,
    refused: answers.length - recorded.length,
    lost: recorded.filter((id) => !times.has(id)).length,
    doubled: [...times.values()].filter((count) => count > 1).length,
    contradicted:
      [...promised.values()].filter(({ size }) => size > 1).length +
      answers.filter(([id, status]) => status !== 0 && times.has(id)).length,
    violations,
  }
}
