import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { recordId } from '@hanpyo/protocol/link/record-id.ts'
import { proposalId } from '@hanpyo/protocol/proposal/layout.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { openSqliteEngine } from '../ledger/sqlite-engine.ts'
import { ProcessBridge } from './process-bridge.ts'
import { TestElection } from './test-election.ts'
import { WifiKiosk } from './wifi-kiosk.ts'

export interface KillDrillOptions {
  /** How often the bridge is killed with SIGKILL. */
  readonly kills: number
  readonly broker: 'mosquitto' | 'aedes' | 'auto'
  /** Uniform in [0, 1); decides the moments of the kills. */
  random(): number
  /** Ballots on their way at once. */
  readonly inFlight?: number
}

export interface KillDrillReport {
  readonly kills: number
  /** Ballots that were sent until they were answered. */
  readonly cast: number
  readonly recorded: number
  readonly refused: number
  /** Acknowledged as recorded and not in the log. */
  readonly lost: number
  /** In the log more than once, or two ballots of one slip. */
  readonly doubled: number
  /** Proposals acknowledged as recorded, and those of them without their leaf or without their text. */
  readonly proposals: number
  readonly proposalsLost: number
  /** Rules the finished log breaks. */
  readonly violations: readonly string[]
}

const KIOSKS = 3
/** Enough for minutes; after the last one every ballot is a double vote. */
const SLIPS = 2_000
/** After "ready", real milliseconds: from before the first message is taken to well into the stream. */
const LONGEST_LIFE_MS = 600

/**
 * Kills the bridge again and again while three kiosks cast ballots, one in ten of them a double vote, and then
 * compares what the kiosks were told with what the log holds.
 */
export async function runKillDrill(options: KillDrillOptions): Promise<KillDrillReport> {
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-kill-'))
  const closers: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true })]
  try {
    const backend = await createNodeBackend()
    const election = new TestElection({
      backend,
      kioskCount: KIOSKS,
      slipCount: SLIPS,
      tickSeconds: 1,
      proposalsPerSlip: 1,
    })
    const broker = await startBroker({ kind: options.broker, dir: join(dir, 'broker'), plainPort: 0 })
    closers.push(() => broker.close())
    const { plainUrl, mqttVersion } = broker
    const url = plainUrl as string
    const files = await ProcessBridge.prepare({ dir, election, mqttUrl: url, mqttVersion })
    const made = await files.init()
    if (made.code !== 0) throw new Error(made.output)
    let child = await files.run()
    closers.push(() => child.stop())
    await openPolls(election, child.url)

    const kiosks = election.kiosks.map(({ id }) => new WifiKiosk({ election, kioskId: id, url, mqttVersion }))
    for (const kiosk of kiosks) closers.push(() => kiosk.close())
    await Promise.all(kiosks.map((kiosk) => kiosk.start()))
    const stream = castWhile(election, kiosks, options.inFlight ?? 8)
    for (let kill = 0; kill < options.kills; kill++) {
      await new Promise((resolve) => setTimeout(resolve, 50 + options.random() * LONGEST_LIFE_MS))
      child.kill('SIGKILL')
      await child.exited
      child = await files.run()
    }
    const cast = await stream.finish()
    const exit = await child.stop()
    if (exit.code !== 0) throw new Error(`the bridge ended with ${exit.code}\n${child.tail()}`)
    return { kills: options.kills, cast, ...(await audit(election, files.dataDir, kiosks, stream.proposed)) }
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

async function openPolls(election: TestElection, url: string): Promise<void> {
  for (const record of [...election.kiosks.map(({ id }) => election.enrol(id)), election.polls('open')]) {
    const response = await fetch(`${url}/records`, { method: 'POST', body: new Uint8Array(record) })
    if (response.status !== 200) throw new Error(await response.text())
  }
}

/** Keeps `inFlight` ballots on their way until told to finish; resolves to their number when all are answered. */
function castWhile(election: TestElection, kiosks: readonly WifiKiosk[], inFlight: number) {
  let cast = 0
  /** Proposal id by the id its ack names, both in hex. */
  const proposed = new Map<string, Uint8Array>()
  let isFinishing = false
  const voter = async () => {
    while (!isFinishing) {
      const nth = cast++
      const kioskId = 1 + (nth % kiosks.length)
      // Every tenth takes the slip of the one before.
      const slip = (nth % 10 === 9 ? nth - 1 : nth) % SLIPS
      const kiosk = kiosks[kioskId - 1]!
      await kiosk.cast(election.ballot(slip, kioskId), 500)
      if (nth % 5 !== 0) continue
      const { datagram, id } = election.proposal(nth % SLIPS, `제안 ${nth}`, { kioskId })
      const named = recordId(datagram)
      proposed.set(toHex(named), id)
      await kiosk.deliver(datagram, named, 500)
    }
  }
  const voters = Array.from({ length: inFlight }, voter)
  return {
    proposed,
    async finish(): Promise<number> {
      isFinishing = true
      await Promise.all(voters)
      return cast
    },
  }
}

async function audit(
  election: TestElection,
  dataDir: string,
  kiosks: readonly WifiKiosk[],
  proposed: ReadonlyMap<string, Uint8Array>,
) {
  const engine = expectOk(openSqliteEngine({ path: join(dataDir, 'ledger.db') }))
  const logged = await engine.entries(0, 1_000_000)
  const waiting = (await engine.waiting()).map(({ leaf }) => leaf)
  const answers = kiosks.flatMap((kiosk) => [...kiosk.answers])
  const handedIn = answers.flatMap(([id, status]) => (status === 0 ? (proposed.get(id) ?? []) : []))
  const stored = new Set(
    [...logged, ...waiting]
      .filter(([type]) => type === RECORD.proposal)
      .map((leaf) => toHex(proposalId(election.manifestHash, leaf.subarray(1)))),
  )
  const texts = await Promise.all(handedIn.map((id) => engine.proposalText(id)))
  const proposalsLost = handedIn.filter((id, i) => !stored.has(toHex(id)) || texts[i] === null).length
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
  const ballots = answers.filter(([id]) => !proposed.has(id))
  const recorded = ballots.filter(([, status]) => status === 0).map(([id]) => id)
  return {
    recorded: recorded.length,
    refused: ballots.length - recorded.length,
    proposals: handedIn.length,
    proposalsLost,
    lost: recorded.filter((id) => !times.has(id)).length,
    doubled: [...times.values()].filter((count) => count > 1).length,
    violations,
  }
}
