import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { DurableWriteError, readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import type { FetchHandler, HttpServer } from '@hanpyo/platform/http-server.ts'
import type { Lifecycle } from '@hanpyo/platform/lifecycle.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { connectMqtt, type MqttOptions, type MqttPort } from '@hanpyo/platform/mqtt/client.ts'
import { openPublicSite } from '@hanpyo/platform/public-site.ts'
import { runProgram } from '@hanpyo/platform/run-program.ts'
import { serviceManager } from '@hanpyo/platform/sd-notify.ts'
import { publicationOf } from '@hanpyo/protocol/public/publication.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { createInlineVerifier } from './admission/inline-verifier.ts'
import { createWorkerVerifier } from './admission/worker-verifier.ts'
import { type Bridge, startBridge } from './bridge.ts'
import type { BridgeConfig } from './config.ts'
import { BRIDGE_EXIT, type StartError } from './errors.ts'
import { engineLogReader } from './ledger/log-reader.ts'
import { openLedgerEngine } from './ledger/open-engine.ts'
import { PostgresFailure } from './ledger/postgres-session.ts'
import { type AwaitedDatabase, awaitDatabase } from './operations/awaited-database.ts'
import { secondsBehind, watchClock, watchLedgerTime } from './operations/clock-watch.ts'
import { createFrontDoor, type FrontDoor } from './operations/front-door.ts'
import { registerGauges } from './operations/gauges.ts'
import { tellServiceManager } from './operations/service.ts'
import { createStaticFolder } from './publish-static.ts'
import { openFragmentStore } from './reassembly/fragment-store.ts'
import { readBrokerFiles, readNamedFile } from './setup/config-files.ts'
import { readBridgeKeys } from './setup/key-files.ts'

export interface RunningBridge {
  readonly bridge: Bridge
  readonly server: HttpServer
  /** The exit code, once the lifecycle has ended. */
  exitCode(): number
}

/** Real milliseconds to wait for the broker before saying "ready" without it. */
const BROKER_WAIT_MS = 5_000

/**
 * The composition root: everything that touches a disk, a socket or a clock is made here and handed in. Waits for the primary
 * of a database as long as it takes; `stopped` when the lifecycle ends before there is one.
 */
export async function runBridge(
  config: BridgeConfig,
  lifecycle: Lifecycle,
  log: Logger,
): Promise<Result<RunningBridge, StartError>> {
  const manager = serviceManager(process.env, { run: runProgram, pid: process.pid })
  const door = createFrontDoor(config.http, { lifecycle, log })
  const database = awaitDatabase({
    door,
    log,
    manager,
    clock: createRealClock(),
    signal: lifecycle.signal,
  })
  try {
    const running = await startAll(config, { lifecycle, log, door, database })
    if (running.ok) await tellServiceManager(manager, lifecycle, log)
    return running
  } catch (error) {
    // What is read at the start is waited for, and told that it is over.
    if (lifecycle.signal.aborted && error instanceof PostgresFailure) return err('stopped')
    // What is open already would keep the process from ending.
    await lifecycle.close('start-failed')
    throw error
  } finally {
    database.over()
  }
}

interface StartDeps {
  readonly lifecycle: Lifecycle
  readonly log: Logger
  readonly door: FrontDoor
  readonly database: AwaitedDatabase
}

async function startAll(
  config: BridgeConfig,
  { lifecycle, log, door, database }: StartDeps,
): Promise<Result<RunningBridge, StartError>> {
  let exitCode = 0
  let running: Bridge | undefined
  const backend = await createNodeBackend()
  const clock = createRealClock({
    speed: config.clock.speed,
    ...(config.clock.epochMs === undefined ? {} : { epochMs: config.clock.epochMs }),
  })
  const keys = await readBridgeKeys(backend.ed25519, config.keys)
  if (!keys.ok) return keys
  const { tokenFile } = config.http
  const tokenText = tokenFile === undefined ? ok('') : await readNamedFile('http.tokenFile', tokenFile)
  if (!tokenText.ok) return tokenText
  const token = tokenText.value.trim()
  const mqtt = await readBrokerFiles(config.mqtt)
  if (!mqtt.ok) return mqtt
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const engine = await openLedgerEngine(config, database.wait)
  if (!engine.ok) return database.failure ?? engine
  database.follow(engine.value)
  lifecycle.onClose('ledger', () => engine.value.close())
  // A clock that runs faster than time is a demonstration's; nobody else's clock compares with it.
  const clockWatch =
    config.clock.speed === 1 && config.clock.epochMs === undefined
      ? watchClock({ fetch, now: () => clock.now(), log })
      : undefined
  const ledgerTime =
    clockWatch &&
    watchLedgerTime({ now: () => clock.now(), isLeading: () => running?.isLeading ?? false, log })
  const noteStore = publishedNote(join(config.dataDir, 'published.checkpoint'), (detail) => {
    log.fatal('storage-broken', { detail })
    exitCode = BRIDGE_EXIT.ledger
    void lifecycle.close('storage-broken')
  })
  if (clockWatch !== undefined) {
    const note = (await engine.value.published()) ?? (await noteStore.load())
    const behind = note === null ? 0 : secondsBehind(note, clock.now())
    if (behind > 0) return err('clock-behind', `${behind} seconds`)
  }
  const fragments = openFragmentStore(join(config.dataDir, 'fragments.db'), log)
  lifecycle.onClose('fragments', async () => fragments.close())

  const { connections, inFlightPerConnection, version, clientId, shareGroup } = config.mqtt
  const isShared = version === 5
  const connection = (name: string, more: Partial<MqttOptions>) =>
    connectMqtt({ ...mqtt.value, clientId: `${clientId}-${name}`, clock, log, ...more })
  // A 3.1.1 broker would give every connection a copy, so there is one, which works on as many messages at once.
  const ports: MqttPort[] = []
  const connect = () => {
    const uplinks = Array.from({ length: isShared ? connections : 1 }, (_, n) =>
      connection(String(n), {
        clean: false,
        sessionExpirySeconds: config.mqtt.sessionExpirySeconds,
        concurrency: isShared ? inFlightPerConnection : connections * inFlightPerConnection,
      }),
    )
    const downlink = connection('down', { clean: true, publishLimit: 4096 })
    ports.push(...uplinks, downlink)
    return { uplinks, downlink }
  }
  const reader = {
    ...engineLogReader(engine.value),
    checkpoint: async () => running?.publishedNote() ?? null,
  }
  const folder = config.staticDir === undefined ? undefined : createStaticFolder(config.staticDir, reader)
  const site = await openPublicSite({
    historyPath: join(config.dataDir, 'history.jsonl'),
    boardDir: config.http.boardDir,
    clock,
    describe: publicationOf,
    log,
    facts: async () => running?.plainFacts() ?? null,
  })
  lifecycle.onClose('site', () => site.close())

  /** The folder is a copy: the next batch or publication writes what is missing. */
  const behindIfItFails = async (work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      log.error('static-files-behind', { error })
    }
  }

  const started = await startBridge({
    bridgeId: config.bridge,
    keys: keys.value,
    engine: engine.value,
    fragments,
    backend,
    clock,
    log,
    createVerifier(election) {
      const workerCount = config.admission.workers ?? availableParallelism()
      return workerCount === 0
        ? createInlineVerifier(backend, election)
        : createWorkerVerifier({ election, workerCount, log })
    },
    ingest: {
      connect,
      shareGroup: isShared ? shareGroup : undefined,
      applicationId: config.chirpstack?.applicationId,
    },
    ackLifetimeMs: (config.chirpstack?.ackLifetimeSeconds ?? 10) * 1000,
    fragmentInactivityMs: (config.chirpstack?.fragmentInactivitySeconds ?? 3600) * 1000,
    needsKioskCertificate: config.http.kioskCertificates === 'required',
    recordsWaitMs: config.http.recordsWaitSeconds * 1000,
    maxBlobBytes: config.http.maxBlobBytes,
    token: token === '' ? undefined : token,
    kioskRate: { perSecond: config.kiosk.uplinksPerSecond, burst: config.kiosk.uplinkBurst },
    witnessing: {
      fetch: clockWatch?.fetch ?? fetch,
      timeoutMs: config.witnesses.timeoutSeconds * 1000,
      republishMs: config.witnesses.republishSeconds * 1000,
      retryMs: config.witnesses.retrySeconds * 1000,
      store: noteStore,
      async onPublished() {
        const shown = running?.publishedNote() ?? null
        if (shown !== null) ledgerTime?.published(shown)
        await behindIfItFails(async () => folder?.publish())
        const note = running?.publishedNote() ?? null
        if (note !== null) await behindIfItFails(async () => site.published(note))
      },
    },
    async onBatch({ log: { head } }) {
      await behindIfItFails(async () => folder?.grow(head.size))
    },
    async onBlob(hashHex) {
      await behindIfItFails(async () => folder?.addBlobs([hashHex]))
    },
    onFatal(what) {
      exitCode = what === 'bug' ? BRIDGE_EXIT.bug : BRIDGE_EXIT.ledger
      void lifecycle.close(what)
    },
  })
  if (!started.ok) return started
  const bridge = started.value
  running = bridge
  lifecycle.onClose('bridge', () => bridge.close())
  const { size } = bridge.sequencer.logState.head
  await behindIfItFails(async () => folder?.rebuild(size, bridge.blobNames()))
  const published = bridge.publishedNote()
  if (published !== null) await site.published(published)
  registerGauges({
    registry: bridge.metrics.registry,
    dataDir: config.dataDir,
    publishedNote: () => bridge.publishedNote(),
    witnesses: () => bridge.witnesses(),
    health: () => bridge.health(),
    isLeading: () => bridge.isLeading,
    clockOffsetSeconds: () => clockWatch?.offsetSeconds() ?? null,
    clockBehindSeconds: () => ledgerTime?.secondsBehind() ?? 0,
  })
  const handler: FetchHandler = async (request, info) =>
    (await site.handle(request)) ?? bridge.http(request, info)
  const server = await door.serve(handler, bridge.metrics)
  if (!server.ok) return server
  await Promise.race([
    Promise.all(ports.map((port) => port.whenOnline(lifecycle.signal))).catch(() => {}),
    new Promise((resolve) => setTimeout(resolve, BROKER_WAIT_MS).unref()),
  ])
  return ok({ bridge, server: server.value, exitCode: () => exitCode })
}

/** A failed sync says that this disk loses what it has taken; `onSyncFailed` has to end the process. */
function publishedNote(path: string, onSyncFailed: (detail: string) => void) {
  return {
    async load() {
      const bytes = await readIfPresent(path)
      return bytes === null ? null : new TextDecoder().decode(bytes)
    },
    async save(note: string) {
      try {
        await writeDurable(path, note)
      } catch (error) {
        if (error instanceof DurableWriteError && error.code === 'sync-failed') onSyncFailed(error.message)
        throw error
      }
    },
  }
}
