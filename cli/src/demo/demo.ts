import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scenario } from '@hanpyo/firmware-sim/scenarios/scenario.ts'
import { listBox } from '@hanpyo/kiosk/box-listing.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { type ContestCount, countScript, countVotes } from './counting.ts'
import { readLedgerIds } from './ledger-ids.ts'
import { type DayOutcome, healthOf, runPollingDay } from './polling-day.ts'
import { runHanpyo } from './processes.ts'
import type { Progress } from './progress.ts'
import type { ProposalCounts } from './proposals.ts'
import type { DemoReport } from './report.ts'
import { type DemoDay, wifiDayOf } from './scenario.ts'
import { settleWatch, type WatchOutcome } from './watch-outcome.ts'
import { startWorld, type World } from './world.ts'

export interface DemoOptions {
  readonly electionFile: string
  readonly speed: number
  readonly seed: string
  readonly voters: number
  readonly broker: 'mosquitto' | 'aedes' | 'auto'
  /** The air and what goes wrong there; without it a hall with some random loss. */
  readonly scenario?: Scenario
  readonly wifi: DemoDay['wifi']
  readonly progress: Progress
  /** Keeps every file here instead of in a temporary folder. */
  readonly dir?: string
}

/** Share of frames lost in each direction. */
const FRAME_LOSS = 0.1
const MOST_KIOSKS = 100

/** Runs the day, lets an independent process verify the ledger, and sums up. `verifyOutput` is what it printed, `table` the result. */
export async function runDemo(
  options: DemoOptions,
): Promise<{ report: DemoReport; verifyOutput: string; table: string }> {
  const { progress, seed, speed } = options
  const startedMs = Date.now()
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'hanpyo-demo-')))
  const backend = await createNodeBackend()
  progress.say(
    'Setting up: election, trustees, slips, broker, bridge, radio and kiosks, each a process of its own.',
  )
  const world = await startWorld({
    dir,
    electionFile: options.electionFile,
    backend,
    speed,
    seed,
    broker: options.broker,
    frameLoss: FRAME_LOSS,
    ...(options.scenario === undefined ? {} : { scenario: options.scenario }),
    minimumCount: Math.min(30, Math.max(2, Math.floor(options.voters / 2))),
    isWatched: true,
    provisionedCount: 1,
    wifi: Array.from({ length: MOST_KIOSKS }, (_, i) =>
      ['always', 'interrupted'].includes(wifiDayOf(options.wifi, i)),
    ),
  })
  try {
    if (options.scenario !== undefined) progress.say(`Scenario: ${options.scenario.title}.`)
    describeWorld(world, progress)
    const { voters, wifi } = options
    const day = await runPollingDay(world, { seed, voters, wifi, progress })
    const counted = await countVotes(world, progress)
    const watched = await settleWatch(world, progress)
    progress.say('hanpyo verify recomputes everything from the public ledger, as a process of its own.')
    const hash = toHex(world.offices.election.manifestHash)
    const arguments_ = ['verify', world.bridge.url, '--stage', 'final', '--manifest-hash', hash]
    const json = await runHanpyo([...arguments_, '--json'])
    const readable = await runHanpyo([...arguments_])
    const report = await sumUp(world, day, json, {
      ...{ seed, speed, startedMs, mixes: counted.mixes, watched },
      scenario: options.scenario?.title ?? null,
    })
    return { report, verifyOutput: readable.output, table: counted.table }
  } finally {
    await world.close()
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true })
  }
}

function describeWorld(world: World, progress: Progress): void {
  const { broker, kiosks } = world
  const kind =
    broker.kind === 'mosquitto'
      ? 'mosquitto (MQTT 5)'
      : 'embedded aedes (MQTT 3.1.1; mosquitto is not installed)'
  progress.say(
    `Broker: ${kind}. ${kiosks.length} kiosks, ${kiosks.filter(({ link }) => link.isUp).length} with Wi-Fi.`,
  )
  progress.say(
    `${world.provisioned} of them set up by the technician's own commands: init, keygen, modem, chirpstack, enrol, wifi, load-election.`,
  )
}

interface VerifyJson {
  readonly verified: boolean
  readonly stageVerified: string | null
  readonly contests: readonly VerifiedContest[]
  readonly checkpoint: { readonly size: number; readonly root: string } | null
  readonly counts: {
    readonly ballots: number
    readonly challenged: number
    readonly refused: Readonly<Record<string, number>>
    readonly proposals: ProposalCounts | null
  }
}

interface VerifiedContest {
  readonly id: number
  readonly blank?: number
  readonly invalid?: Readonly<Record<string, number>>
  readonly counts?: readonly { readonly option: number; readonly votes: number }[]
}

function toCount({ id, blank = 0, invalid = {}, counts = [] }: VerifiedContest): ContestCount {
  return {
    id,
    counts: Object.fromEntries(counts.map(({ option, votes }) => [option, votes])),
    blank,
    invalid: Object.values(invalid).reduce((sum, count) => sum + count, 0),
  }
}

function toProposalCounts(counts: ProposalCounts | null): ProposalCounts | null {
  return counts && { handedIn: counts.handedIn, supports: counts.supports, hidden: counts.hidden }
}

async function sumUp(
  world: World,
  day: DayOutcome,
  json: { code: number | null; stdout: string; output: string },
  run: {
    seed: string
    speed: number
    startedMs: number
    mixes: number
    watched: WatchOutcome
    scenario: string | null
  },
): Promise<DemoReport> {
  const verify = parseVerify(json)
  const checkpoint = verify.checkpoint ?? { size: 0, root: '' }
  const healths = await Promise.all(world.kiosks.map(healthOf))
  const sum = (pick: (health: (typeof healths)[number]) => number): number =>
    healths.reduce((total, health) => total + pick(health), 0)
  const radio = await world.radio?.metrics()
  const { manifest } = world.offices.election
  const contests = verify.contests.map(toCount)
  const proposals = toProposalCounts(verify.counts.proposals)
  return {
    cast: new Set(day.voters.filter(({ problem }) => problem === undefined).map(({ voter }) => voter.slip))
      .size,
    ackedOverLora: sum(({ outbox }) => outbox.ackedOverLora),
    ackedOverWifi: sum(({ outbox }) => outbox.ackedOverWifi),
    inLedger: verify.counts.ballots,
    refused: verify.counts.refused,
    challenged: verify.counts.challenged,
    lost: await countLost(world, checkpoint.size),
    verified: verify.verified && json.code === 0,
    checkpoint,
    elapsedMs: Date.now() - run.startedMs,
    framesSent: radio?.framesSent ?? 0,
    framesLost: radio?.framesLost ?? 0,
    airtimeMs: Math.round(radio?.airtimeMs ?? 0),
    dropped: await droppedByReason(world),
    trustees: { n: manifest.trustees.length, t: manifest.threshold },
    mixes: run.mixes,
    ...run.watched,
    contests,
    stageVerified: verify.stageVerified,
    countsAsScripted: JSON.stringify(contests) === JSON.stringify(countScript(world, day.voters)),
    proposals,
    proposalsAsScripted: JSON.stringify(proposals) === JSON.stringify(day.proposals),
    provisioned: world.provisioned,
    scenario: run.scenario,
    seed: run.seed,
    speed: run.speed,
    broker: world.broker.kind,
  }
}

function parseVerify({
  code,
  stdout,
  output,
}: {
  code: number | null
  stdout: string
  output: string
}): VerifyJson {
  try {
    return JSON.parse(stdout) as VerifyJson
  } catch {
    throw new Error(`hanpyo verify exited with ${code} and printed no report:\n${output}`)
  }
}

/** Ids that a kiosk stored durably and that are in no record of the ledger and in no outbox. */
async function countLost(world: World, size: number): Promise<number> {
  const { counted, refused } = await readLedgerIds(world.bridge.url, size)
  const stored = world.kiosks.flatMap(({ dir }) => expectOk(listBox(join(dir, 'data', 'box.sqlite'))).ballots)
  return stored.filter(({ id, state }) => !counted.has(id) && !refused.has(id) && state !== 'waiting').length
}

/** What the bridge dropped without an answer, from its metrics. */
async function droppedByReason(world: World): Promise<Record<string, number>> {
  const text = await (await fetch(new URL('/metrics', world.bridge.url))).text()
  const rows = text.matchAll(/^hanpyo_bridge_dropped_total\{reason="([^"]+)"\} ([1-9]\d*)$/gm)
  return Object.fromEntries([...rows].map(([, reason, count]) => [reason as string, Number(count)]))
}
