import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkStore, type StoreProblem } from '@hanpyo/gateway-bridge/fsck/store-fsck.ts'
import { ProcessBridge } from '@hanpyo/gateway-bridge/testing/process-bridge.ts'
import { TestElection } from '@hanpyo/gateway-bridge/testing/test-election.ts'
import { WifiKiosk } from '@hanpyo/gateway-bridge/testing/wifi-kiosk.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { type Broker, startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { openDatabase } from '@hanpyo/platform/sqlite.ts'
import { fromHex } from '@hanpyo/protocol/bytes.ts'
import { type Fault, FaultyProcess, wasInjected } from './faulty-process.ts'

/** Calls a bridge makes for its store. */
export const BRIDGE_CALLS = ['pwrite64', 'fsync', 'fdatasync', 'ftruncate', 'unlink', 'openat'] as const

export interface BridgeTrial {
  readonly wasInjected: boolean
  /** The exit code, when the process ended by itself. */
  readonly ended: number | null
  /** Ballots that were acknowledged, and those of them that the store does not hold. */
  readonly acked: number
  readonly lost: number
  /** Checkpoints that were shown and that the store's tree does not contain. */
  readonly problems: readonly StoreProblem[]
  readonly trace: string
}

/** A bridge with a broker and a kiosk: takes a ballot, publishes it, fails on the way, starts anew, takes another. */
export class DrillBridge {
  readonly #dir: string
  readonly #broker: Broker
  readonly #election: TestElection
  readonly #files: ProcessBridge
  #slip = 0

  private constructor(dir: string, broker: Broker, election: TestElection, files: ProcessBridge) {
    this.#dir = dir
    this.#broker = broker
    this.#election = election
    this.#files = files
  }

  static async prepare(base?: string): Promise<DrillBridge> {
    const dir = base ?? (await mkdtemp(join(tmpdir(), 'hanpyo-drill-bridge-')))
    const broker = await startBroker({ kind: 'auto', dir: join(dir, 'broker'), plainPort: 0 })
    const backend = await createNodeBackend()
    const election = new TestElection({ backend, kioskCount: 1, slipCount: 1000, tickSeconds: 1 })
    const mqttUrl = broker.plainUrl as string
    const files = await ProcessBridge.prepare({
      dir,
      election,
      mqttUrl,
      mqttVersion: broker.mqttVersion,
      connections: 1,
    })
    const made = await files.init()
    if (made.code !== 0) throw new Error(made.output)
    const running = await files.run()
    for (const record of [election.enrol(1), election.polls('open')]) {
      await fetch(`${running.url}/records`, { method: 'POST', body: new Uint8Array(record) })
    }
    await running.stop()
    await cp(join(dir, 'data'), join(dir, 'base'), { recursive: true })
    return new DrillBridge(dir, broker, election, files)
  }

  get dataDir(): string {
    return this.#files.dataDir
  }

  get args(): string[] {
    return ['bridge', 'run', '--config', this.#files.configPath, '--close-with-parent']
  }

  async close(): Promise<void> {
    await this.#broker.close()
    await rm(this.#dir, { recursive: true, force: true })
  }

  /** Puts the store into the data folder as it was when the polls opened. */
  reset(): Promise<void> {
    return cp(join(this.#dir, 'base'), this.dataDir, { recursive: true })
  }

  /** A kiosk that is connected; ends with `close`. */
  async kiosk(): Promise<WifiKiosk> {
    const kiosk = new WifiKiosk({
      election: this.#election,
      kioskId: 1,
      url: this.#broker.plainUrl as string,
      mqttVersion: this.#broker.mqttVersion,
    })
    await kiosk.start()
    return kiosk
  }

  /** A ballot with a slip that nobody has used. */
  nextBallot(): Uint8Array {
    return this.#election.ballot(this.#slip++)
  }

  async trial(name: string, fault?: Fault): Promise<BridgeTrial> {
    const { dataDir } = this
    await rm(dataDir, { recursive: true, force: true })
    await this.reset()
    const store = join(dataDir, 'ledger.db')
    const trace = join(this.#dir, `${name}.trace`)
    let running = await FaultyProcess.start({
      args: this.args,
      trace,
      calls: BRIDGE_CALLS,
      paths: [store, `${store}-wal`],
      ...(fault === undefined ? {} : { fault }),
    })
    let ended: number | null = null
    let shown = ''
    const kiosk = await this.kiosk()
    const whileAlive = async (work: Promise<unknown>): Promise<void> => {
      const done = work.then(() => true)
      for (;;) {
        if (await Promise.race([done, running.exited.then(() => false)])) return
        ended = await running.exited
        running = await FaultyProcess.start({ args: this.args })
        if (running.ready === null) throw new Error(running.stderr)
      }
    }
    try {
      for (let ballot = 0; ballot < 2; ballot++) {
        await whileAlive(kiosk.cast(this.nextBallot(), 300))
        const next = this.#published(() => running, shown)
        await whileAlive(next)
        shown = await next
      }
    } finally {
      await kiosk.close()
      await running.stop()
    }
    return {
      wasInjected: fault !== undefined && wasInjected(trace),
      ended,
      trace,
      ...(await this.audit(kiosk, shown)),
    }
  }

  /** The next checkpoint that is shown to the public; a bridge that was down is asked again. */
  async #published(running: () => FaultyProcess, before: string): Promise<string> {
    for (;;) {
      const answer = await fetch(`${running().url}/checkpoint`).catch(() => null)
      const note = answer?.status === 200 ? await answer.text() : before
      const size = Number(note.split('\n')[1] ?? 0)
      if (note !== before && size > Number(before.split('\n')[1] ?? 4)) return note
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** Compares what the kiosk was told with what the store holds. The bridge must have ended. */
  async audit(
    kiosk: WifiKiosk,
    shown: string | null,
  ): Promise<Pick<BridgeTrial, 'acked' | 'lost' | 'problems'>> {
    const database = openDatabase(join(this.dataDir, 'ledger.db'), { journal: 'WAL', synchronous: 'FULL' })
    try {
      const { problems } = await checkStore({
        database,
        backend: this.#election.backend,
        publishedNote: shown,
      })
      const acked = [...kiosk.answers].filter(([, status]) => status === 0).map(([id]) => id)
      const stored = database.prepare('SELECT 1 AS yes FROM spent WHERE id = ?')
      return {
        acked: acked.length,
        lost: acked.filter((id) => stored.get(fromHex(id)) === undefined).length,
        // The test election has no key ceremony to hand in.
        problems: problems.filter(({ part }) => part !== 'blobs'),
      }
    } finally {
      database.close()
    }
  }
}
