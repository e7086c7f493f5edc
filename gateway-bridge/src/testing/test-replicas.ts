import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, createVirtualClock, type VirtualClock } from '@hanpyo/platform/clock.ts'
import { type Logger, silentLogger } from '@hanpyo/platform/logger.ts'
import { decodeUtf8, fromBase64, toBase64, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { ElectionState, type Violation } from '@hanpyo/protocol/election/state.ts'
import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { ackKey, verifyAck } from '@hanpyo/protocol/link/ack.ts'
import { kioskTopic } from '@hanpyo/protocol/link/constants.ts'
import { parseDownDatagram } from '@hanpyo/protocol/link/datagram.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { createInlineVerifier } from '../admission/inline-verifier.ts'
import { type Bridge, type BridgeKeys, startBridge } from '../bridge.ts'
import type { FragmentStore } from '../reassembly/fragment-store.ts'
import { initialise } from '../setup/initialise.ts'
import { type Choose, SharedStore, type StoreHandle } from './shared-store.ts'
import { FakePort } from './test-bridge.ts'
import type { TestElection } from './test-election.ts'
import { witnessingOptions } from './witnessing-options.ts'

const APPLICATION = '7c1f2a8e-3d52-4a6b-9f0e-5a4d3c2b1a00'

export interface TestReplicasOptions {
  readonly election: TestElection
  readonly count: number
  /** Decides how calls to the store overlap. */
  readonly choose?: Choose
  /** How far each replica's clock is ahead, milliseconds. */
  readonly skewsMs?: readonly number[]
  /** Which bridge of the manifest each replica is; the first for all unless told. */
  readonly bridges?: readonly { readonly id: string; readonly keys: BridgeKeys }[]
  readonly fetch?: typeof fetch
}

/** What a kiosk heard about a ballot or record. */
export interface Heard {
  readonly id: string
  readonly status: number
}

/** One replica: a bridge with a broker connection in memory and a handle of the shared store. */
export class TestReplica {
  readonly bridge: Bridge
  readonly handle: StoreHandle
  readonly uplink = new FakePort()
  readonly downlink = new FakePort()
  readonly #keys: BridgeKeys
  readonly #election: TestElection

  private constructor(options: {
    bridge: Bridge
    handle: StoreHandle
    ports: [FakePort, FakePort]
    keys: BridgeKeys
    election: TestElection
  }) {
    this.bridge = options.bridge
    this.handle = options.handle
    ;[this.uplink, this.downlink] = options.ports
    this.#keys = options.keys
    this.#election = options.election
  }

  static async start(
    handle: StoreHandle,
    options: {
      readonly election: TestElection
      readonly clock: Clock
      readonly id: string
      readonly keys: BridgeKeys
      readonly fatal: string[]
      readonly errors: string[]
      readonly fetch: typeof fetch | undefined
    },
  ): Promise<TestReplica | undefined> {
    const { election, clock, id, keys, fatal, errors } = options
    const ports: [FakePort, FakePort] = [new FakePort(), new FakePort()]
    const log: Logger = { ...silentLogger, error: (event) => void errors.push(event), child: () => log }
    const { backend } = election
    const starting = startBridge({
      bridgeId: id,
      keys,
      engine: handle.engine,
      fragments: noFragments(),
      backend,
      clock,
      log,
      createVerifier: (facts) => createInlineVerifier(backend, facts),
      ingest: {
        connect: () => ({ uplinks: [ports[0]], downlink: ports[1] }),
        shareGroup: undefined,
        applicationId: APPLICATION,
      },
      ackLifetimeMs: 10_000,
      fragmentInactivityMs: 3_600_000,
      recordsWaitMs: 0,
      maxBlobBytes: 1 << 20,
      token: 'token',
      witnessing: witnessingOptions(options.fetch),
      onFatal: (what, detail) => void fatal.push(`${what}: ${detail}`),
    })
    const dead = new Promise<undefined>((resolve) => handle.onDeath(() => resolve(undefined)))
    const started = await Promise.race([starting, dead])
    if (started === undefined) return undefined
    return new TestReplica({ bridge: expectOk(started), handle, ports, keys, election })
  }

  get isAlive(): boolean {
    return !this.handle.isDead
  }

  get isLeading(): boolean {
    return this.isAlive && this.bridge.isLeading
  }

  /** Resolves when the broker would hear that the datagram is taken, or when the replica is dead. */
  async deliver(datagram: Uint8Array, kioskId = 1): Promise<void> {
    const dead = new Promise<void>((resolve) => this.handle.onDeath(resolve))
    await Promise.race([this.uplink.deliver(kioskTopic(kioskId, 'up'), datagram), dead])
  }

  cast(canonical: Uint8Array, kioskId = 1): Promise<void> {
    return this.deliver(this.#election.datagram(canonical), kioskId)
  }

  /** A message of a device on the fragments' port. */
  async fragment(devEui: string, message: Uint8Array): Promise<void> {
    const event = { deviceInfo: { devEui }, fPort: 20, data: toBase64(message) }
    const topic = `application/${APPLICATION}/device/${devEui}/event/up`
    const dead = new Promise<void>((resolve) => this.handle.onDeath(resolve))
    await Promise.race([this.uplink.deliver(topic, utf8(JSON.stringify(event))), dead])
  }

  /** Commands to a device behind ChirpStack. */
  downlinks(devEui: string): { readonly fPort: number; readonly data: Uint8Array }[] {
    return this.downlink.sent
      .filter(({ topic }) => topic === `application/${APPLICATION}/device/${devEui}/command/down`)
      .map(({ payload }) => JSON.parse(decodeUtf8(payload)))
      .map(({ fPort, data }) => ({ fPort, data: fromBase64(data) }))
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return this.bridge.http(new Request(`http://bridge.test${path}`, init), { remoteAddress: '127.0.0.1' })
  }

  /** Every ack that left this replica for a kiosk, tags verified. */
  acks(kioskId: number, ids: readonly Uint8Array[]): Heard[] {
    const { manifestHash, kiosks } = this.#election
    const secret = kiosks[kioskId - 1]!.x25519Secret
    const peerPublic = x25519PublicKey(this.#keys.x25519Secret)
    const key = expectOk(ackKey({ secret, peerPublic, manifestHash, kioskId }))
    return this.#down(kioskId).flatMap((bytes) => {
      if (expectOk(parseDownDatagram(bytes)).kind !== 'ack') return []
      const items = verifyAck({ key, manifestHash, kioskId, bytes, findIds: () => ids })
      return expectOk(items).map(({ id, status }) => ({ id: toHex(id), status }))
    })
  }

  promises(kioskId: number): string[] {
    return this.#down(kioskId).flatMap((bytes) => {
      const down = expectOk(parseDownDatagram(bytes))
      return down.kind === 'promise' ? [down.note] : []
    })
  }

  #down(kioskId: number): Uint8Array[] {
    const topic = kioskTopic(kioskId, 'down')
    return this.downlink.sent.filter((sent) => sent.topic === topic).map(({ payload }) => payload)
  }
}

/** Several replicas on one store and one clock. */
export class TestReplicas {
  readonly election: TestElection
  readonly clock: VirtualClock
  readonly store: SharedStore
  readonly replicas: TestReplica[] = []
  /** Replicas that are dead; what they said before counts. */
  readonly gone: TestReplica[] = []
  readonly fatal: string[] = []
  readonly errors: string[] = []
  readonly #dir: string
  readonly #options: TestReplicasOptions

  private constructor(options: TestReplicasOptions, dir: string) {
    this.#options = options
    this.#dir = dir
    this.election = options.election
    this.clock = createVirtualClock({ startMs: options.election.manifest.times.opens * 1000 })
    this.store = SharedStore.open(join(dir, 'ledger.db'), options.choose)
  }

  /** Makes the store, starts the replicas, enrols every kiosk and opens the polls. */
  static async start(options: TestReplicasOptions): Promise<TestReplicas> {
    const all = new TestReplicas(options, await mkdtemp(join(tmpdir(), 'hanpyo-replicas-')))
    const { election, store } = all
    const { backend, manifestNote, blobs, bridgeKeys } = election
    expectOk(
      await initialise({ engine: store.engine, backend, manifestNote, blobs, logSeed: bridgeKeys.logSeed }),
    )
    for (let at = 0; at < options.count; at++) await all.restart(at)
    for (const { id } of election.kiosks) await all.record(election.enrol(id))
    await all.record(election.polls('open'))
    await all.ticks(2)
    return all
  }

  get alive(): TestReplica[] {
    return this.replicas.filter(({ isAlive }) => isAlive)
  }

  get leader(): TestReplica | undefined {
    return this.replicas.find(({ isLeading }) => isLeading)
  }

  /** Starts the replica in this place, after killing what runs there. */
  async restart(at: number): Promise<void> {
    this.kill(at)
    const { election, fatal, errors } = this
    const { skewsMs, bridges, fetch } = this.#options
    const { id, keys } = bridges?.[at] ?? { id: election.bridgeId, keys: election.bridgeKeys }
    const clock = ahead(this.clock, skewsMs?.[at] ?? 0)
    const started = await TestReplica.start(this.store.handle(), {
      election,
      clock,
      id,
      keys,
      fatal,
      errors,
      fetch,
    })
    if (started !== undefined) this.replicas[at] = started
  }

  kill(at: number): void {
    const replica = this.replicas[at]
    if (replica === undefined || this.gone.includes(replica)) return
    if (replica.isAlive) replica.handle.die()
    this.gone.push(replica)
  }

  /** Lets so many ticks of every clock pass. */
  async ticks(count = 1): Promise<void> {
    await this.clock.advance(count * this.election.manifest.tickSeconds * 1000)
    await this.settled()
  }

  /** After this nothing is on its way, unless somebody waits for the clock. */
  async settled(): Promise<void> {
    for (let quiet = 0; quiet < 40; quiet++) await new Promise((resolve) => setImmediate(resolve))
  }

  async record(datagram: Uint8Array, at = 0): Promise<number> {
    const response = await this.replicas[at]!.fetch('/records', {
      method: 'POST',
      body: new Uint8Array(datagram),
    })
    return response.status
  }

  /** What kiosks heard from all replicas, dead ones too. */
  heard(ids: readonly Uint8Array[]): Heard[] {
    const speakers = [...new Set([...this.replicas, ...this.gone])]
    return speakers.flatMap((replica) => this.election.kiosks.flatMap(({ id }) => replica.acks(id, ids)))
  }

  promises(): string[] {
    const speakers = [...new Set([...this.replicas, ...this.gone])]
    return speakers.flatMap((replica) => this.election.kiosks.flatMap(({ id }) => replica.promises(id)))
  }

  leaves(): Promise<Uint8Array[]> {
    return this.store.engine.entries(0, 1_000_000)
  }

  /** Every leaf through a fresh rule book with all signatures and proofs. */
  async verifyLog(): Promise<Violation[]> {
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
    return [...rest.flatMap((leaf) => state.apply(leaf)), ...state.finish('open')]
  }

  async dispose(): Promise<void> {
    for (const at of this.replicas.keys()) this.kill(at)
    await this.store.engine.close()
    await rm(this.#dir, { recursive: true })
  }
}

/** The same clock, set so many milliseconds ahead. */
function ahead(clock: Clock, skewMs: number): Clock {
  return { ...clock, now: () => clock.now() + skewMs }
}

function noFragments(): FragmentStore {
  return { load: () => new Map(), write() {}, close() {} }
}
