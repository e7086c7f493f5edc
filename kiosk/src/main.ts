/** Composition root of the kiosk's core: the one place where files, clocks, sockets and devices are put together. */
import { existsSync, statfsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { DurableWriteError, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { createLifecycle, type Lifecycle } from '@hanpyo/platform/lifecycle.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { runProgram } from '@hanpyo/platform/run-program.ts'
import { serviceManager } from '@hanpyo/platform/sd-notify.ts'
import { folderFiles } from '@hanpyo/platform/static-files.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { refusalName } from '@hanpyo/protocol/election/refusal.ts'
import { statementRefusalName } from '@hanpyo/protocol/proposal/status.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { openAuditFile } from './audit-file.ts'
import type { KioskConfig } from './config.ts'
import { kioskContract } from './contract/kiosk-contract.ts'
import { assembleCore } from './core/assemble.ts'
import type { Audit } from './core/audit.ts'
import { createBallotMaker } from './core/ballot-maker.ts'
import { openBoxDatabase } from './core/box/open-box.ts'
import { SqliteBallotBox } from './core/box/sqlite-box.ts'
import { ClockWatch } from './core/clock-watch.ts'
import { readHealth } from './core/health.ts'
import { Outbox } from './core/outbox/outbox.ts'
import { SCHEDULE_OPTIONS, type ScheduleOptions } from './core/outbox/schedule.ts'
import { electionTime } from './core/polls/polls-rules.ts'
import { createLiveVoice } from './core/speech/live-voice.ts'
import type { StartError } from './core/start-error.ts'
import { StateHub } from './core/state-hub.ts'
import { readDeviceKeys } from './device-keys.ts'
import { createHandler } from './host/handler.ts'
import { serveLoopback } from './host/server.ts'
import { lockDataDir } from './instance-lock.ts'
import { ledgerFetch } from './ledger-fetch.ts'
import { deriveAckKeys, readElection } from './load-files.ts'
import { openDevices } from './open-devices.ts'
import { openKeys } from './open-keys.ts'
import { openLedger } from './open-ledger.ts'
import { openProposals } from './open-proposals.ts'
import { openRoutes, planBridges } from './open-routes.ts'
import { createModemWatch, openTechnician } from './open-technician.ts'
import { runSpeechProgram } from './speech-program.ts'
import { checkAgainst, failureFile, isStaffCard, readStaffFile } from './staff-secrets.ts'
import { Watchdog, writeTest } from './watchdog.ts'

export const VERSION = '0.1.0'
const LONGEST_LOOK_MS = 4_000
const BUILT_UI = fileURLToPath(new URL('../dist/ui', import.meta.url))

export interface RunningCore {
  readonly url: string
  readonly token: string
  readonly entryUrl: string
  readonly lifecycle: Lifecycle
}

/** Starts everything, or says by a code why not; nothing is left open after an error. */
export async function startCore(
  config: KioskConfig,
  deps: { readonly log: Logger; readonly closeWithParent: boolean },
): Promise<Result<RunningCore, StartError>> {
  const { log } = deps
  const lifecycle = createLifecycle({ log, closeWithParent: deps.closeWithParent })
  const started = await compose(config, log, lifecycle)
  if (!started.ok) await lifecycle.close('not-started')
  return started
}

async function compose(
  config: KioskConfig,
  log: Logger,
  lifecycle: Lifecycle,
): Promise<Result<RunningCore, StartError>> {
  const random = nodeRandom
  const clock = createRealClock({
    speed: config.speed,
    ...(config.epochMs === undefined ? {} : { epochMs: config.epochMs }),
  })
  const peoplesClock = createRealClock()
  const backend = await createNodeBackend()
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })

  const deviceKeys = await readDeviceKeys(config.keys.device)
  if (!deviceKeys.ok) return err('device-key', deviceKeys.detail ?? deviceKeys.error)
  const staffFile = config.keys.staff === undefined ? ok(null) : await readStaffFile(config.keys.staff)
  if (!staffFile.ok) return staffFile
  const loaded = await readElection(config, backend)
  if (!loaded.ok) return loaded
  const election = loaded.value
  const ackKeys = deriveAckKeys(election, deviceKeys.value.x25519Secret)
  if (!ackKeys.ok) return ackKeys
  const bridgePlan = planBridges(config, election.manifest)
  if (!bridgePlan.ok) return bridgePlan
  const lock = lockDataDir(config.dataDir)
  if (!lock.ok) return lock
  lifecycle.onClose('data-lock', () => lock.value.release())

  const { kioskId, manifestHash, manifest } = election
  const maker = createBallotMaker({ backend, random, election, keys: deviceKeys.value })
  const audit = openAuditFile(join(config.dataDir, 'audit.log'), log)
  const database = openBoxDatabase(join(config.dataDir, 'box.sqlite'), { kioskId, manifestHash })
  if (!database.ok) return database
  const box = new SqliteBallotBox({
    database: database.value,
    kioskId,
    manifestHash,
    bridges: bridgePlan.value.bridges,
    signManifest: maker.signManifest,
    onNotRebuilt: (problem) => audit({ event: 'box-not-rebuilt', problem }),
  })
  lifecycle.onClose('ballot-box', () => box.close())

  const hub = new StateHub(toHex(random(8)))
  const clockWatch = new ClockWatch(peoplesClock, () => hub.bump())
  const modemWatch = createModemWatch()
  const routes = await openRoutes(config, bridgePlan.value, { clock, log, clockWatch, modemWatch })
  if (!routes.ok) return routes
  const outbox = new Outbox({
    box,
    routes: routes.value,
    clock,
    random,
    ed25519: backend.ed25519,
    manifest,
    manifestHash,
    kioskId,
    ackKeys: ackKeys.value,
    options: scheduleOptions(config),
    log,
    brokenBefore: [...box.counts().bridges].filter(([, { broken }]) => broken > 0).map(([id]) => id),
    knownSize: () => ledger?.view.head?.size ?? null,
    // A clock that is behind must not make every promise look too generous: witnesses have signed a later time.
    promiseNowMs: () => Math.max(clock.now(), (ledger?.proofs.witnessedSeconds ?? 0) * 1000),
    onBadPromise: promiseComplaints(audit),
    onAcked: (id, status, route) => core.acked(id, status, route),
    onRefused: (kind, status) => {
      const problem = statementRefusalName(status) ?? refusalName(status) ?? `reason-${status}`
      if (['proposal', 'support', 'moderation'].includes(kind)) audit({ event: 'statement-refused', problem })
    },
    onChange: () => {
      proposals.invalidate()
      hub.bump()
    },
  })
  const reading = await ledgerFetch(config.ledger)
  if (!reading.ok) return reading
  lifecycle.onClose('ledger-connections', () => reading.value.close())
  const { fetch } = reading.value
  const proposals = await openProposals(config, {
    fetch,
    election,
    keys: deviceKeys.value,
    backend,
    random,
    box,
    clock,
    audit,
    log,
    onSealed: (items) => outbox.add(items),
    onChange: () => hub.bump(),
  })
  const opened = await openDevices(config, { clock: peoplesClock, random, log })
  if (!opened.ok) return opened
  const devices = opened.value
  lifecycle.onClose('devices', () => devices.close())
  const openedKeys = openKeys(config.devices, { clock: peoplesClock, random, log })
  if (!openedKeys.ok) return openedKeys
  const keys = openedKeys.value
  lifecycle.onClose('keys', () => keys.close())
  const ledger = await openLedger(config, {
    fetch,
    election,
    ed25519: backend.ed25519,
    box,
    clock,
    log,
    audit,
    onBroken: (bridge, items) => outbox.wordBroken(bridge, items),
    onUnpublished: (bridge, items) => outbox.wordBroken(bridge, items, 'not-published'),
    clockWatch,
    hub,
    proposals,
  })
  lifecycle.onClose('ledger', () => ledger?.follower.close())
  const bound = () => ({
    state: ledger?.view.polls ?? ('unknown' as const),
    time: electionTime(clock.now(), manifest.times),
  })
  const ledgerState = () => {
    const { state } = ledger?.follower ?? { state: 'not-configured' as const }
    // A wrong clock has its own sentence. Witnesses sign in real time.
    const isJudged = state === 'online' && bound().state !== 'sealed' && clockWatch.facts.state !== 'wrong'
    return isJudged && ledger?.proofs.isStale(peoplesClock.now() / 1000) ? ('stale' as const) : state
  }
  const free = () => freeBytes(config.dataDir)
  const stopBytes = config.disk.stopMegabytes * 1e6
  const failures = failureFile(join(config.dataDir, 'staff-tries'))
  const health = () =>
    readHealth({
      box,
      routes: routes.value,
      outbox: () => outbox.facts(),
      freeBytes: free,
      lowBytes: config.disk.lowMegabytes * 1e6,
      stopBytes,
      scanner: devices.scannerState,
      keys: keys.facts,
      printer: devices.printerFacts,
      clock: () => clockWatch.facts,
      knownProposals: proposals.knownCount,
      contradictions: () => ledger?.contradictions() ?? 0,
      election: () => ({
        ...bound(),
        ledger: ledgerState(),
        voidSlips: ledger?.view.voidCount ?? 0,
      }),
    })
  const technician = await openTechnician(config, {
    devices,
    keys,
    routes: routes.value,
    modem: modemWatch,
    ledger: ledger?.follower,
    version: VERSION,
    health,
    log,
    onChange: () => hub.bump(),
    onClose: (stop) => lifecycle.onClose('software-hash', stop),
    clock: peoplesClock,
  })
  const core = assembleCore({
    election,
    box,
    maker,
    random,
    clock: peoplesClock,
    hub,
    audit,
    idleTimes: idleTimes(config),
    staff: {
      check: staffFile.value === null ? null : checkAgainst(staffFile.value),
      store: failures,
      failures: await failures.load(),
      autoLockMs: config.staff.autoLockSeconds * 1000,
      isCard: isStaffCard,
    },
    proposals: proposals.ports,
    voice: createLiveVoice(runSpeechProgram('espeak-ng')),
    printer: devices.printer,
    showHelp: devices.showHelp,
    bound,
    isDiskFull: () => (free() ?? Number.POSITIVE_INFINITY) < stopBytes,
    // A ledger that answers slowly must not keep staff waiting.
    lookAtLedger: async () =>
      void (await Promise.race([ledger?.follower.look(), peoplesClock.sleep(LONGEST_LOOK_MS)])),
    isVoid: (slipNumber) => ledger?.view.isVoid(slipNumber) ?? false,
    onSealed: (items) => outbox.add(items),
    ...(config.shell.pxPerMm === undefined ? {} : { pxPerMm: config.shell.pxPerMm }),
    health,
    technician,
    onBug: (error) => log.error('bug', { method: 'self-test', error }),
  })
  const { handlers } = core
  devices.onScan((text) => void handlers['session.scan']({ text }, new AbortController().signal))
  devices.onChange(() => hub.bump())
  keys.onKey((key) => core.press(key))
  keys.onHeadphones((state) => core.keys.plugged(state))
  keys.onChange(() => hub.bump())
  const watchdog = new Watchdog({
    manager: serviceManager(process.env, { run: runProgram, pid: process.pid }),
    clock: peoplesClock,
    canWrite: writeTest(config.dataDir),
    onUnhealthy: (problem) => log.error('unhealthy', { problem }),
  })
  const uiDir = config.shell.uiDir ?? (existsSync(BUILT_UI) ? BUILT_UI : null)
  const handler = createHandler({
    contract: kioskContract,
    handlers: {
      ...handlers,
      events(input, signal) {
        watchdog.heard()
        return handlers.events(input, signal)
      },
    },
    files: uiDir === null ? null : folderFiles(uiDir),
    onBug: (method, error) => log.error('bug', { method, error }),
  })
  const server = await serveLoopback(handler, { port: config.http.port, random, log })
  lifecycle.onClose('http', () => server.close())
  const token = await writeToken(config.shell, server.token)
  if (!token.ok) return token
  lifecycle.onClose('outbox', () => outbox.close())
  lifecycle.onClose('session', () => {
    core.close()
    audit({ event: 'core-stopped' })
  })
  outbox.start()
  void ledger?.follower.start()
  audit({ event: 'core-started', version: VERSION })
  await watchdog.start()
  lifecycle.onClose('watchdog', () => watchdog.close())
  return ok({ url: server.url, token: server.token, entryUrl: server.entryUrl, lifecycle })
}

/** Of each bridge and problem one line: a liar must not fill the disk. */
function promiseComplaints(audit: Audit): (bridge: string, problem: string) => void {
  const told = new Set<string>()
  return (bridge, problem) => {
    const name = `${bridge} ${problem}`
    if (!told.has(name)) audit({ event: 'promise-refused', bridge, problem })
    told.add(name)
  }
}

function idleTimes({ idle }: KioskConfig) {
  return {
    promptAfterMs: idle.promptSeconds * 1000,
    answerWithinMs: idle.answerSeconds * 1000,
    resultMs: idle.resultSeconds * 1000,
    doneMs: idle.doneSeconds * 1000,
  }
}

/** `null` when the system does not say: then a full disk shows when something is stored. */
function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return null
  }
}

async function writeToken(
  { tokenFile: path, tokenForGroup }: KioskConfig['shell'],
  token: string,
): Promise<Result<void, 'token-file'>> {
  if (path === undefined) return ok(undefined)
  try {
    await writeDurable(path, `${token}\n`, { mode: tokenForGroup ? 0o640 : 0o600 })
    return ok(undefined)
  } catch (error) {
    if (error instanceof DurableWriteError) return err('token-file', error.message)
    throw error
  }
}

function scheduleOptions({ outbox }: KioskConfig): ScheduleOptions {
  const [first, longest] = outbox.loraRetrySeconds
  return {
    ...SCHEDULE_OPTIONS,
    holdMaxMs: outbox.holdMaxSeconds * 1000,
    loraRetryMs: [first * 1000, longest * 1000],
  }
}
