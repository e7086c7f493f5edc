import type { Clock } from '@hanpyo/platform/clock.ts'
import { rawDeflate } from '@hanpyo/platform/deflate.ts'
import type { RequestInfo } from '@hanpyo/platform/http-server.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { MqttPort } from '@hanpyo/platform/mqtt/client.ts'
import { type BucketRate, createTokenBuckets } from '@hanpyo/platform/token-buckets.ts'
import { fromBase64, toBase64 } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import type { ElectionState } from '@hanpyo/protocol/election/state.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { promiseDeadline } from '@hanpyo/protocol/link/promise.ts'
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
import { type RestoreError, restore } from './ledger/restore.ts'
import { type BridgeMetrics, createMetrics } from './metrics.ts'
import { StatementIntake } from './proposals/statement-intake.ts'
import type { FragmentStore } from './reassembly/fragment-store.ts'
import { createReassembly } from './reassembly/reassembly.ts'
import { createSharedReassembly } from './reassembly/shared-reassembly.ts'
import { createAckKeys } from './receipts/ack-keys.ts'
import { createPromiseMaker } from './receipts/promise-maker.ts'
import { Receipts } from './receipts/receipts.ts'
import { RecordIntake } from './records/record-intake.ts'
import { createReplica } from './replicas/replica.ts'
import type { Growth } from './sequencer/live-log.ts'
import type { Sequencer } from './sequencer/sequencer.ts'
import { blobsOfManifest } from './setup/initialise.ts'
import { findKeyProblem } from './setup/key-problem.ts'
import { type StatusView, statusView } from './status/status.ts'
import { openWitnessing } from './witnessing/open-witnessing.ts'
import type { WitnessingOptions, WitnessView } from './witnessing/witnessing.ts'

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
  /** Takes over HTTP what a kiosk has signed only with that kiosk's client certificate. Default false. */
  readonly needsKioskCertificate?: boolean
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
  const { tickSeconds, maxDelaySeconds } = manifest
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
  metrics.started(restored.value.log.head.size)
  const health = createHealth({
    log,
    trouble: () => engine.trouble,
    leads: () => (engine.isShared ? role.isLeading : undefined),
    onStorage: (isStalled) => metrics.storageStalled(isStalled),
    onBroken: (detail) => options.onFatal('storage-broken', detail),
  })
  const replica = createReplica({
    engine,
    backend,
    clock,
    log,
    restored: restored.value,
    logSeed: keys.logSeed,
    watch: health,
    witnesses,
    leadRetryMs: options.leadRetryMs,
    async onBatch(growth) {
      const { head, batchNumber } = growth.log
      metrics.batch(head.size)
      log.info('batch-published', { number: batchNumber, size: head.size, leaves: growth.leafCount })
      await options.onBatch?.(growth)
    },
    onFatal: (what, detail) => options.onFatal(what, detail),
  })
  const { follower, sequencer, role } = replica
  const catchUp = () => follower.catchUp()
  const groupCommit = createGroupCommit({
    engine,
    clock,
    watch: health,
    ...(engine.isShared ? { knowledge: follower } : {}),
    onCommitted: (count, elapsedMs) => metrics.commit(count, elapsedMs),
  })
  const compared = await replica.compare()
  if (!compared.ok) {
    await role.close()
    reassembly.close()
    await verifier.close()
    return compared
  }
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
      needsKioskCertificate: options.needsKioskCertificate ?? false,
      onCertificateRefused: (why) => metrics.httpRefused(why),
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
      receiving: new Map(),
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
