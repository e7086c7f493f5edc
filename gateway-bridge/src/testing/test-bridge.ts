import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVirtualClock, type VirtualClock } from '@hanpyo/platform/clock.ts'
import { type Logger, silentLogger } from '@hanpyo/platform/logger.ts'
import type { MqttPort } from '@hanpyo/platform/mqtt/client.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { ElectionState, type Violation } from '@hanpyo/protocol/election/state.ts'
import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { ackKey, verifyAck } from '@hanpyo/protocol/link/ack.ts'
import { kioskTopic } from '@hanpyo/protocol/link/constants.ts'
import { parseDownDatagram } from '@hanpyo/protocol/link/datagram.ts'
import { expectOk, ok, type Result } from '@hanpyo/protocol/result.ts'
import { createInlineVerifier } from '../admission/inline-verifier.ts'
import { type Bridge, type BridgeError, type BridgeOptions, startBridge } from '../bridge.ts'
import type { LedgerEngine } from '../ledger/engine.ts'
import { openSqliteEngine } from '../ledger/sqlite-engine.ts'
import { type FragmentStore, openFragmentStore } from '../reassembly/fragment-store.ts'
import { initialise } from '../setup/initialise.ts'
import type { TestElection } from './test-election.ts'
import { witnessingOptions } from './witnessing-options.ts'

export interface Sent {
  readonly topic: string
  readonly payload: Uint8Array
}

/** A broker connection in memory: `deliver` is an incoming message, and resolves when it would be acknowledged. */
export class FakePort implements MqttPort {
  readonly sent: Sent[] = []
  readonly #handlers: ((topic: string, payload: Uint8Array) => Promise<void>)[] = []
  readonly state = 'online'

  async subscribe(
    _topics: string | readonly string[],
    _qos: 0 | 1,
    handler: (topic: string, payload: Uint8Array) => Promise<void>,
  ) {
    this.#handlers.push(handler)
    return ok(undefined)
  }

  async publish(topic: string, payload: Uint8Array | string) {
    this.sent.push({
      topic,
      payload: typeof payload === 'string' ? new TextEncoder().encode(payload) : payload,
    })
    return ok(undefined)
  }

  async deliver(topic: string, payload: Uint8Array): Promise<void> {
    for (const handler of this.#handlers) await handler(topic, payload)
  }

  onState(): () => void {
    return () => {}
  }

  async whenOnline(): Promise<void> {}
  async close(): Promise<void> {}
}

export interface TestBridgeOptions {
  readonly election: TestElection
  /** Wraps the store, to slow it down or to break it. */
  wrap?(engine: LedgerEngine): LedgerEngine
  /** The same for datagrams in fragments. */
  wrapFragments?(store: FragmentStore): FragmentStore
  readonly maxPageCount?: number
  readonly needsKioskCertificate?: boolean
  /** Answers what is asked of witnesses and mirrors. */
  readonly fetch?: typeof fetch
  /** A clock that others share; the default is the bridge's own, at the opening of the polls. */
  readonly clock?: VirtualClock
}

/** A bridge on a virtual clock with a real SQLite store in a temporary folder and a broker in memory. */
export class TestBridge {
  readonly clock: VirtualClock
  readonly election: TestElection
  readonly dir: string
  readonly fatal: string[] = []
  /** Event names logged as errors. */
  readonly errors: string[] = []
  uplink = new FakePort()
  downlink = new FakePort()
  readonly #options: TestBridgeOptions
  readonly #witnessing: BridgeOptions['witnessing']
  #engine: LedgerEngine | undefined
  #fragments: FragmentStore | undefined
  #bridge: Bridge | undefined

  private constructor(options: TestBridgeOptions, dir: string) {
    this.#options = options
    this.#witnessing = witnessingOptions(options.fetch)
    this.election = options.election
    this.dir = dir
    this.clock =
      options.clock ?? createVirtualClock({ startMs: options.election.manifest.times.opens * 1000 })
  }

  /** Makes the store, starts the bridge, enrols every kiosk and opens the polls unless told otherwise. */
  static async start(
    options: TestBridgeOptions & { readonly polls?: 'open' | 'not-open' },
  ): Promise<TestBridge> {
    const dir = await mkdtemp(join(tmpdir(), 'hanpyo-bridge-'))
    const test = new TestBridge(options, dir)
    const { backend, manifestNote, blobs, bridgeKeys } = options.election
    const engine = expectOk(openSqliteEngine({ path: join(dir, 'ledger.db') }))
    expectOk(await initialise({ engine, backend, manifestNote, blobs, logSeed: bridgeKeys.logSeed }))
    await engine.close()
    expectOk(await test.open())
    const { election } = options
    await Promise.all(election.kiosks.map(({ id }) => test.record(election.enrol(id))))
    if (options.polls !== 'not-open') await test.record(options.election.polls('open'))
    await test.tick()
    return test
  }

  get bridge(): Bridge {
    if (this.#bridge === undefined) throw new Error('the bridge is not running')
    return this.#bridge
  }

  get engine(): LedgerEngine {
    if (this.#engine === undefined) throw new Error('the store is not open')
    return this.#engine
  }

  /** Starts the bridge on what is in the folder. */
  async open(): Promise<Result<Bridge, BridgeError>> {
    const { wrap, maxPageCount } = this.#options
    const path = join(this.dir, 'ledger.db')
    const opened = expectOk(openSqliteEngine(maxPageCount === undefined ? { path } : { path, maxPageCount }))
    this.#engine = wrap === undefined ? opened : wrap(opened)
    const { backend, bridgeId, bridgeKeys } = this.election
    const fragments = openFragmentStore(join(this.dir, 'fragments.db'), this.#log())
    this.#fragments = this.#options.wrapFragments?.(fragments) ?? fragments
    const started = await startBridge({
      bridgeId,
      keys: bridgeKeys,
      engine: this.#engine,
      fragments: this.#fragments,
      backend,
      clock: this.clock,
      log: this.#log(),
      createVerifier: (facts) => createInlineVerifier(backend, facts),
      ingest: {
        connect: () => ({ uplinks: [this.uplink], downlink: this.downlink }),
        shareGroup: undefined,
        applicationId: '7c1f2a8e-3d52-4a6b-9f0e-5a4d3c2b1a00',
      },
      ackLifetimeMs: 10_000,
      fragmentInactivityMs: 3_600_000,
      recordsWaitMs: 0,
      maxBlobBytes: 1 << 20,
      needsKioskCertificate: this.#options.needsKioskCertificate ?? false,
      token: 'token',
      witnessing: this.#witnessing,
      onFatal: (what) => void this.fatal.push(what),
    })
    if (started.ok) this.#bridge = started.value
    else {
      await this.#engine.close()
      this.#fragments.close()
    }
    return started
  }

  /** Stops the bridge and starts it again on the same folder. */
  async restart(): Promise<Result<Bridge, BridgeError>> {
    await this.stop()
    this.uplink = new FakePort()
    this.downlink = new FakePort()
    return this.open()
  }

  async stop(): Promise<void> {
    await this.#bridge?.close()
    await this.#engine?.close()
    this.#fragments?.close()
    this.#bridge = undefined
    this.#engine = undefined
    this.#fragments = undefined
  }

  async dispose(): Promise<void> {
    await this.stop()
    await rm(this.dir, { recursive: true })
  }

  /** One tick of the sequencer, as if `laterSeconds` had passed. */
  async tick(laterSeconds = 0): Promise<void> {
    await this.bridge.sequencer.tick(Math.floor(this.clock.now() / 1000) + laterSeconds)
  }

  /** A datagram from a kiosk over Wi-Fi; resolves when it would be acknowledged to the broker. */
  deliver(datagram: Uint8Array, kioskId = 1): Promise<void> {
    return this.uplink.deliver(kioskTopic(kioskId, 'up'), datagram)
  }

  /** Casts a canonical ballot through its kiosk. */
  cast(canonical: Uint8Array, kioskId = 1): Promise<void> {
    return this.deliver(this.election.datagram(canonical), kioskId)
  }

  async record(datagram: Uint8Array): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await this.fetch('/records', { method: 'POST', body: new Uint8Array(datagram) })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  fetch(path: string, init?: RequestInit, remoteAddress = '127.0.0.1'): Promise<Response> {
    return this.bridge.http(new Request(`http://bridge.test${path}`, init), { remoteAddress })
  }

  /** What the acks sent so far say about these ids, oldest first; every ack's tag is verified. */
  async acks(kioskId: number, ids: readonly Uint8Array[]): Promise<{ id: string; status: number }[]> {
    await this.settled()
    const { manifestHash, bridgeKeys, kiosks } = this.election
    const secret = kiosks[kioskId - 1]!.x25519Secret
    const peerPublic = x25519PublicKey(bridgeKeys.x25519Secret)
    const key = expectOk(ackKey({ secret, peerPublic, manifestHash, kioskId }))
    return this.#down(kioskId).flatMap((bytes) => {
      if (expectOk(parseDownDatagram(bytes)).kind !== 'ack') return []
      const items = verifyAck({ key, manifestHash, kioskId, bytes, findIds: () => ids })
      return expectOk(items).map(({ id, status }) => ({ id: toHex(id), status }))
    })
  }

  /** After this, everything that was due to kiosks has been sent. */
  settled(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }

  promises(kioskId: number): string[] {
    return this.#down(kioskId).flatMap((bytes) => {
      const down = expectOk(parseDownDatagram(bytes))
      return down.kind === 'promise' ? [down.note] : []
    })
  }

  async leaves(): Promise<Uint8Array[]> {
    return this.engine.entries(0, 1_000_000)
  }

  /** Every leaf through a fresh rule book with all signatures and proofs, then the end-of-log rules. */
  async verifyLog(stage: 'open' | 'closed' | 'sealed' = 'open'): Promise<Violation[]> {
    const { backend, manifestNote, blobs } = this.election
    const state = expectOk(
      ElectionState.open({
        backend,
        manifestNote,
        credentialList: blobs[0] as Uint8Array,
        supportList: blobs[1] as Uint8Array,
      }),
    )
    const [, ...rest] = await this.leaves()
    return [...rest.flatMap((leaf) => state.apply(leaf)), ...state.finish(stage)]
  }

  #log(): Logger {
    const log: Logger = { ...silentLogger, error: (event) => void this.errors.push(event), child: () => log }
    return log
  }

  #down(kioskId: number): Uint8Array[] {
    const topic = kioskTopic(kioskId, 'down')
    return this.downlink.sent.filter((sent) => sent.topic === topic).map(({ payload }) => payload)
  }
}
