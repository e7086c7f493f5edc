import type { Clock } from '@hanpyo/platform/clock.ts'
import { rawDeflate } from '@hanpyo/platform/deflate.ts'
import type { RequestInfo } from '@hanpyo/platform/http-server.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { MqttPort } from '@hanpyo/platform/mqtt/client.ts'
import { type BucketRate, createTokenBuckets } from '@hanpyo/platform/token-buckets.ts'
import { fromBase64, toBase64 } from '@hanpyo/protocol/bytes.ts'
import { keyName, type Manifest } from '@hanpyo/protocol/election/manifest.ts'
import type { ElectionState } from '@hanpyo/protocol/election/state.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { promiseDeadline } from '@hanpyo/protocol/link/promise.ts'
import { noteVerifier, vkeyOf } from '@hanpyo/protocol/log/note.ts'
import { parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { factsPage } from '@hanpyo/protocol/public/facts-page.ts'
import { publicationOf } from '@hanpyo/protocol/public/publication.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { Admission } from './admission/admission.ts'
import type { BallotVerifier, ElectionFacts } from './admission/ballot-verifier.ts'
import { createGroupCommit } from './admission/group-commit.ts'
import { type BridgeHealth, createHealth } from './health.ts'
import { createHttpApp } from './http/app.ts'
import { uplinkSubscriptions } from './ingest/topics.ts'
import { createUplinkHandler, type UplinkHandler } from './ingest/uplink-handler.ts'
import type { LedgerEngine } from './ledger/engine.ts'
import { engineLogReader } from './ledger/log-reader.ts'
import { checkpointProblem, type RestoreError, restore } from './ledger/restore.ts'
import { type BridgeMetrics, createMetrics } from './metrics.ts'
import { StatementIntake } from './proposals/statement-intake.ts'
import type { FragmentStore } from './reassembly/fragment-store.ts'
import { createReassembly } from './reassembly/reassembly.ts'
import { createSharedReassembly } from './reassembly/shared-reassembly.ts'
import { createAckKeys } from './receipts/ack-keys.ts'
import { createPromiseMaker } from './receipts/promise-maker.ts'
import { Receipts } from './receipts/receipts.ts'
import { RecordIntake } from './records/record-intake.ts'
import { Follower } from './replicas/follower.ts'
import { Role } from './replicas/role.ts'
import { createCheckpointSigner } from './sequencer/checkpoint-signer.ts'
import { type Growth, LiveLog } from './sequencer/live-log.ts'
import { Sequencer } from './sequencer/sequencer.ts'
import { blobsOfManifest } from './setup/initialise.ts'
import { type StatusView, statusView } from './status/status.ts'
import { Witnessing, type WitnessingOptions, type WitnessView } from './witnessing/witnessing.ts'

/** 32 bytes each. */
export interface BridgeKeys {
  readonly logSeed: Uint8Array
  readonly promiseSeed: Uint8Array
  readonly x25519Secret: Uint8Array
}

export interface BrokerConnections {
  /** They share the subscription when there is a share group. */
  readonly uplinks: readonly MqttPort[]
  readonly downlink: MqttPort
}

export interface BridgeOptions {
  readonly bridgeId: string
  readonly keys: BridgeKeys
  readonly engine: LedgerEngine
  /** Where datagrams in fragments are put together, unless replicas share a store: then there. */
  readonly fragments: FragmentStore
  readonly backend: CryptoBackend
  readonly clock: Clock
  readonly log: Logger
  createVerifier(election: ElectionFacts): BallotVerifier
  readonly ingest: {
    /**
     * Starts connecting to the broker. Called once the state is there: a kept session delivers at once, and a message
     * that nobody has subscribed to yet would be acknowledged and lost.
     */
    connect(): BrokerConnections
    readonly shareGroup: string | undefined
    readonly applicationId: string | undefined
  }
  /** Simulated milliseconds a LoRaWAN ack is worth sending. */
  readonly ackLifetimeMs: number
  /** Simulated milliseconds without a fragment after which a datagram in the making is forgotten. */
  readonly fragmentInactivityMs: number
  /** Simulated milliseconds a `POST /records` waits for its batch. */
  readonly recordsWaitMs: number
  readonly maxBlobBytes: number
  readonly token: string | undefined
  /** Messages that one kiosk may send; none counts nothing. Real time. */
  readonly kioskRate?: BucketRate
  /** How the witnesses and mirrors of the manifest's policies are asked. */
  readonly witnessing: Pick<
    WitnessingOptions,
    'fetch' | 'timeoutMs' | 'republishMs' | 'retryMs' | 'store' | 'onPublished'
  >
  /** Writes published batches somewhere else too. */
  onBatch?(growth: Growth): Promise<void>
  /** The same for a blob, by hex SHA-256. */
  onBlob?(hashHex: string): Promise<void>
  /** The process has to end: the store is broken, or a bug came to light. */
  onFatal(what: 'storage-broken' | 'forked' | 'bug', detail: string | undefined): void
  /** Simulated milliseconds between two attempts to become the replica that cuts batches. */
  readonly leadRetryMs?: number
}

/** A replica that died is replaced within this time and what its store takes to notice. */
const LEAD_RETRY_MS = 1_000

export interface Bridge {
  readonly state: ElectionState
  readonly metrics: BridgeMetrics
  readonly sequencer: Sequencer
  /** Whether this replica cuts the batches. */
  readonly isLeading: boolean
  /** Follows a store that other replicas write to, now instead of soon; false when it cannot be read. */
  follow(): Promise<boolean>
  /** Whether every connection to the broker is up. */
  readonly isOnline: boolean
  /** The checkpoint that is public: cosigned by the quorum of the policy. `null` until then. */
  publishedNote(): string | null
  /** Every witness and mirror of the policies, failed ones as well. */
  witnesses(): readonly WitnessView[]
  health(): BridgeHealth
  /** Hex SHA-256 of every blob that the manifest or a logged record names. */
  blobNames(): string[]
  /** What is published, as a page of HTML without scripts; `null` before the first publication. */
  plainFacts(): string | null
  http(request: Request, info: RequestInfo): Promise<Response>
  /** Takes no more from the broker, lets a running tick end, closes the verifier. The engine stays open. */
  close(): Promise<void>
}

export type BridgeError =
  | RestoreError
  | 'keys-of-another-election'
  | 'policy-unusable'
  | 'ledger-behind-witnesses'

/** Wires the rooms of the bridge together: rebuilds its state from the store, then starts taking and publishing. */
export async function startBridge(options: BridgeOptions): Promise<Result<Bridge, BridgeError>> {
  const { bridgeId, engine, backend, clock, log, keys } = options
  const restored = await restore(engine, backend, (maxDelaySeconds, tickSeconds) =>
    promiseDeadline(clock.now(), maxDelaySeconds, tickSeconds),
  )
  if (!restored.ok) return restored
  const { state, facts, waiting } = restored.value
  const { manifest, manifestHash } = state
  const keyProblem = findKeyProblem(backend, manifest, bridgeId, keys)
  if (keyProblem !== undefined) return err('keys-of-another-election', keyProblem)

  const witnessing = openWitnessing(options, manifest, () => role.isLeading)
  if (!witnessing.ok) return witnessing
  const witnesses = witnessing.value
  const { minPerKiosk, tickSeconds, maxDelaySeconds } = manifest
  const verifier = options.createVerifier({
    manifestHash,
    jointKey: fromBase64(manifest.jointKey),
    credentialCount: manifest.credentials.count,
  })
  const fragments = {
    clock,
    log,
    inactivityMs: options.fragmentInactivityMs,
    isEnrolled: (devEui: string) => state.kioskByDevEui(devEui) !== undefined,
  }
  const reassembly = engine.isShared
    ? createSharedReassembly({
        ...fragments,
        fragments: engine.fragments,
        isSweeping: () => role.isLeading,
      })
    : createReassembly({ ...fragments, store: options.fragments })
  const metrics = createMetrics({
    waitingCount: () => waiting.size,
    inFlightCount: () => verifier.busyCount,
    reassemblyCount: () => reassembly.size,
  })
  const health = createHealth({
    log,
    trouble: () => engine.trouble,
    leads: () => (engine.isShared ? role.isLeading : undefined),
    onStorage: (isStalled) => metrics.storageStalled(isStalled),
    onBroken: (detail) => options.onFatal('storage-broken', detail),
  })
  const signer = createCheckpointSigner({ ed25519: backend.ed25519, seed: keys.logSeed, origin: manifest.id })
  const live = new LiveLog(
    {
      engine,
      state,
      facts,
      signer,
      checkpointProblem: (head) => checkpointProblem(backend, state, head),
      async onBatch(growth) {
        const { head, batchNumber } = growth.log
        // Two that believe to lead would cut batches in turns: safe, but not how it should be.
        if (growth.isFollowed && role.isLeading) role.superseded()
        metrics.batch(head.size)
        log.info('batch-published', { number: batchNumber, size: head.size, leaves: growth.leafCount })
        witnesses.headMoved(head.checkpoint)
        await options.onBatch?.(growth)
      },
    },
    restored.value.log,
  )
  const follower = new Follower({
    engine,
    log,
    live,
    state,
    waiting,
    deadline: () => promiseDeadline(clock.now(), maxDelaySeconds, tickSeconds),
    async onFollowed() {
      const note = await engine.published()
      if (note !== null) witnesses.adopt(note)
    },
    onWrongStore(error, detail) {
      log.fatal('store-of-another-history', { error, detail })
      options.onFatal('forked', detail)
    },
  })
  const catchUp = () => follower.catchUp()
  const groupCommit = createGroupCommit({
    engine,
    clock,
    watch: health,
    ...(engine.isShared ? { knowledge: follower } : {}),
    onCommitted: (count, elapsedMs) => metrics.commit(count, elapsedMs),
  })
  const sequencer = new Sequencer({
    engine,
    clock,
    log,
    state,
    waiting,
    signer,
    rule: { minPerKiosk, tickSeconds },
    watch: health,
    live,
    follower,
    onSuperseded: () => role.superseded(),
    onFailure(error) {
      log.fatal('sequencer-failed', { error })
      options.onFatal('bug', undefined)
    },
  })
  const role = new Role({
    engine,
    clock,
    log,
    retryMs: options.leadRetryMs ?? LEAD_RETRY_MS,
    followMs: tickSeconds * 1000,
    follow: () => follower.follow(),
    async mayLead() {
      // At the start this was asked already, of the same head or an earlier one.
      if (!engine.isShared) return true
      const compared = await witnesses.compare(live.logState.head.checkpoint)
      if (!compared.ok) options.onFatal('forked', compared.detail)
      return compared.ok
    },
    onLead() {
      witnesses.headMoved(live.logState.head.checkpoint)
      sequencer.start()
    },
    onStepDown: () => sequencer.stop(),
  })
  const started = await startWitnesses(witnesses, live, follower)
  if (!started.ok) return started
  const promises = createPromiseMaker({
    ed25519: backend.ed25519,
    keyName: keyName.bridge(manifest.id, bridgeId),
    seed: keys.promiseSeed,
    origin: manifest.id,
    maxDelaySeconds,
    tickSeconds,
    now: () => clock.now(),
    logSize: () => sequencer.logState.head.size,
  })
  const admission = new Admission({
    state,
    waiting,
    verifier,
    groupCommit,
    promise: promises.promise,
    deadline: promises.deadline,
    loggedRefusals: (credential) => facts.refusalsOf(credential),
    catchUp,
  })
  const records = new RecordIntake({
    state,
    waiting,
    engine,
    groupCommit,
    loggedAt: (idHex) => facts.positionOf(idHex),
    deadline: promises.deadline,
    catchUp,
  })
  const statements = new StatementIntake({
    state,
    waiting,
    groupCommit,
    compressor: rawDeflate,
    loggedAt: (idHex) => facts.positionOf(idHex),
    deadline: promises.deadline,
    catchUp,
  })
  const { uplinks, downlink } = options.ingest.connect()
  const receipts = new Receipts({
    manifestHash,
    ackKeys: createAckKeys({
      secret: keys.x25519Secret,
      manifestHash,
      deviceKey: (kioskId) => state.kiosk(kioskId)?.device?.x25519,
    }),
    clock,
    ackLifetimeMs: options.ackLifetimeMs,
    publish: (topic, payload) => downlink.publish(topic, payload, 1),
    onSent: (what, route, error) => metrics.sent(what, route, error),
  })
  const kioskBuckets =
    options.kioskRate && createTokenBuckets({ ...options.kioskRate, now: () => performance.now() })
  const handleUplink = createUplinkHandler({
    state,
    admission,
    records,
    statements,
    receipts,
    reassembly,
    metrics,
    log,
    promiseOf: (id) => engine.promise(id),
    ...(kioskBuckets === undefined
      ? {}
      : { maySend: (kioskId: number) => kioskBuckets.take(String(kioskId)) === 0 }),
  })
  /** Messages being handled; a broker that is left does not hear about them any more. */
  const handling = new Set<Promise<void>>()
  const takeUplink: UplinkHandler = (topic, payload) => {
    const handled = handleUplink(topic, payload).finally(() => handling.delete(handled))
    handling.add(handled)
    return handled
  }
  const manifestBlobs = new Set(blobsOfManifest(manifest))
  let latestStatus: StatusView | undefined
  /** Changes with the log only, so that asking for it often costs nothing. */
  const publishedStatus = (): StatusView => {
    if (latestStatus?.log.size !== sequencer.logState.head.size) {
      latestStatus = statusView(state, facts, sequencer.logState)
    }
    return latestStatus as StatusView
  }
  const http = createHttpApp({
    reader: { ...engineLogReader(engine), checkpoint: async () => witnesses.note() },
    witnesses: () => witnesses.view(),
    registry: metrics.registry,
    proposals: { state, engine, publishedSize: () => witnesses.publishedSize },
    health: () => health.view,
    status: publishedStatus,
    records: {
      records,
      clock,
      waitMs: options.recordsWaitMs,
      held: { count: 0 },
      isAccepting: () => health.view.isAccepting,
      logSize: () => sequencer.logState.head.size,
      hasWaiting: () => waiting.size > 0,
      nextPublication: async () => {
        await sequencer.nextPublication()
        await witnesses.whenPublished(sequencer.logState.head.size)
      },
    },
    blobs: {
      engine,
      maxBlobBytes: options.maxBlobBytes,
      isNamed: (hashHex) => manifestBlobs.has(hashHex) || facts.namesBlob(hashHex),
      token: options.token,
      onStored: async (hashHex) => options.onBlob?.(hashHex),
    },
  })

  const watchConnections = () =>
    health.mqtt([...uplinks, downlink].filter(({ state }) => state === 'online').length, uplinks.length + 1)
  const stopWatching = [...uplinks, downlink].map((port) => port.onState(watchConnections))
  watchConnections()
  const subscriptions = uplinkSubscriptions(options.ingest.applicationId, options.ingest.shareGroup)
  for (const port of uplinks) {
    port.subscribe(subscriptions, 1, takeUplink).then(
      (granted) => {
        if (!granted.ok) log.error('mqtt-subscription-failed', { error: granted.error })
      },
      (error) => log.error('mqtt-subscription-failed', { error }),
    )
  }
  await role.start()
  log.info('bridge-started', {
    isLeading: role.isLeading,
    size: sequencer.logState.head.size,
    waitingTotal: waiting.size,
  })

  return ok({
    state,
    metrics,
    sequencer,
    get isLeading() {
      return role.isLeading
    },
    follow: () => follower.follow(),
    http,
    publishedNote: () => witnesses.note(),
    witnesses: () => witnesses.view(),
    health: () => health.view,
    plainFacts() {
      const note = witnesses.note()
      const publication = note === null ? null : publicationOf(note)
      if (publication === null) return null
      const { size, root } = sequencer.logState.head
      return factsPage({
        state,
        challenged: facts.countsByType.challenged ?? 0,
        refused: facts.countsByType.refusal ?? 0,
        head: { size, root: toBase64(root), at: publication.time },
        watchers: witnesses.view(),
        result: facts.result,
      })
    },
    blobNames: () => [...manifestBlobs, ...facts.blobNames],
    get isOnline() {
      return [...uplinks, downlink].every(({ state: mqtt }) => mqtt === 'online')
    },
    async close() {
      for (const stop of stopWatching) stop()
      await Promise.all(uplinks.map((port) => port.close()))
      // What is on its way to the disk gets there and is answered, unless the disk is full.
      if (health.view.isAccepting) await Promise.all(handling)
      reassembly.close()
      await groupCommit.close()
      await role.close()
      await witnesses.close()
      await receipts.settle()
      await downlink.close()
      await verifier.close()
    },
  })
}

/** The note that all replicas show. */
function sharedNote(engine: LedgerEngine, log: Logger): WitnessingOptions['store'] {
  return {
    load: () => engine.published(),
    async save(note, size) {
      const saved = await engine.publish(size, note)
      if (!saved.ok) log.warn('published-note-not-saved', { error: saved.error })
    },
  }
}

/** Compares with the witnesses; while a store is followed that others write to, they may know a newer head than was read. */
async function startWitnesses(
  witnesses: Witnessing,
  live: LiveLog,
  follower: Follower,
): Promise<Result<void, 'ledger-behind-witnesses'>> {
  for (;;) {
    const { head } = live.logState
    const compared = await witnesses.start(head.checkpoint)
    if (compared.ok) return compared
    const isFollowed = await follower.follow()
    if (!isFollowed || live.logState.head.size === head.size) return compared
  }
}

/** The witnesses and mirrors that the manifest's policies name. */
function openWitnessing(
  { backend: { ed25519 }, engine, clock, log, witnessing, onFatal }: BridgeOptions,
  manifest: Manifest,
  isLeading: () => boolean,
): Result<Witnessing, 'policy-unusable'> {
  const seen = parsePolicy(manifest.policies.seen)
  if (!seen.ok) return err('policy-unusable', `seen: ${seen.error}`)
  const official = parsePolicy(manifest.policies.official)
  if (!official.ok) return err('policy-unusable', `official: ${official.error}`)
  const logKey = noteVerifier(ed25519, manifest.keys.log)
  if (!logKey.ok) return err('policy-unusable', `log key: ${logKey.error}`)
  return ok(
    new Witnessing({
      ...witnessing,
      ...(engine.isShared ? { store: sharedNote(engine, log) } : {}),
      isLeading,
      newestHead: async () => (await engine.head())?.checkpoint ?? '',
      origin: manifest.id,
      ed25519,
      log: logKey.value,
      seen: seen.value,
      official: official.value,
      reader: engineLogReader(engine),
      clock,
      logger: log,
      onForked(detail) {
        log.fatal('ledger-forked', { detail })
        onFatal('forked', detail)
      },
    }),
  )
}

/** Says in one sentence which key is not the one the manifest names; `undefined` when all are. */
function findKeyProblem(
  backend: CryptoBackend,
  manifest: Manifest,
  bridgeId: string,
  keys: BridgeKeys,
): string | undefined {
  const { ed25519 } = backend
  if (vkeyOf(ed25519, manifest.id, keys.logSeed) !== manifest.keys.log) return 'the log key'
  const bridge = manifest.keys.bridges.find(({ id }) => id === bridgeId)
  if (bridge === undefined) return `there is no bridge ${bridgeId} in the manifest`
  if (vkeyOf(ed25519, keyName.bridge(manifest.id, bridgeId), keys.promiseSeed) !== bridge.promise) {
    return `the promise key of bridge ${bridgeId}`
  }
  if (toBase64(x25519PublicKey(keys.x25519Secret)) !== bridge.x25519)
    return `the X25519 key of bridge ${bridgeId}`
  return undefined
}
