import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readSlipTexts } from '@hanpyo/cli/demo/election-setup.ts'
import { readLedgerIds } from '@hanpyo/cli/demo/ledger-ids.ts'
import { closePolls, openPolls } from '@hanpyo/cli/demo/polling-day.ts'
import { runHanpyo } from '@hanpyo/cli/demo/processes.ts'
import { type ScriptedVoter, vote } from '@hanpyo/cli/demo/voters.ts'
import { type KioskPlace, startWorld, type World } from '@hanpyo/cli/demo/world.ts'
import { createSeededRandom } from '@hanpyo/firmware-sim/random.ts'
import { listBox } from '@hanpyo/kiosk/box-listing.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, expect, test } from 'vitest'

const ELECTION = fileURLToPath(new URL('../../examples/demo.toml', import.meta.url))
/** Kills of each kind of process; the full run makes 50 of both together. */
const ROUNDS = process.env.HANPYO_FULL === '1' ? 25 : 2
/** A kill comes at a random moment within this time after a vote began, real ms. */
const WINDOW_MS = 350

const closers: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const close of closers.reverse()) await close()
})

test(`${2 * ROUNDS} kills -9 of bridge and kiosk cores at random moments lose nothing and double nothing`, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-kill-'))
  closers.push(() => rm(dir, { recursive: true, force: true }))
  const seed = process.env.HANPYO_DRILL_SEED ?? 'kill'
  const random = createSeededRandom(seed)
  const world = await startWorld({
    dir,
    electionFile: ELECTION,
    backend: await createNodeBackend(),
    speed: 10,
    seed,
    broker: 'mosquitto',
    frameLoss: null,
    minimumCount: 2,
    wifi: [true, true, true],
    isWatched: false,
  })
  closers.push(() => world.close())
  const silent = { say: () => undefined, status: () => undefined }
  await openPolls(world, silent)
  const slips = await readSlipTexts(world.offices.election)

  const voted: number[] = []
  for (let round = 0; round < 2 * ROUNDS; round++) {
    const place = world.kiosks[round % world.kiosks.length] as KioskPlace
    const voter: ScriptedVoter = {
      number: round,
      slip: round,
      kiosk: 0,
      behaviour: 'cast',
      seed: `${seed}/${round}`,
    }
    const kill = killAfter(round % 2 === 0 ? world.bridge.child : place.core.child, random.integer(WINDOW_MS))
    const outcome = await vote(place.core.client, voter, slips[round] as string)
    await kill
    if (round % 2 === 0) await world.restartBridge()
    else await restartKiosk(place)
    if (outcome.problem === undefined) voted.push(round)
    else voted.push(await voteAgain(place, voter, slips[round] as string))
  }

  await closePolls(world, silent)
  expect(voted).toHaveLength(2 * ROUNDS)
  const report = await verify(world)
  expect(report).toMatchObject({ verified: true, counts: { ballots: 2 * ROUNDS, refused: {}, unmatched: 0 } })
  const { counted } = await readLedgerIds(world.bridge.url, report.checkpoint.size)
  const stored = world.kiosks.flatMap(
    ({ dir: home }) => expectOk(listBox(join(home, 'data', 'box.sqlite'))).ballots,
  )
  expect(stored.map(({ id }) => id).toSorted()).toEqual([...counted].toSorted())
})

async function killAfter(child: World['bridge']['child'], delayMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, delayMs))
  child.kill('SIGKILL')
  await child.exited
}

/** After a power cut the kiosk starts anew; its polls are as they were. */
async function restartKiosk(place: KioskPlace): Promise<void> {
  await place.restart()
}

/** The person comes back with the same slip: either the ballot was stored before the cut, or it is cast now. */
async function voteAgain(place: KioskPlace, voter: ScriptedVoter, slip: string): Promise<number> {
  const outcome = await vote(place.core.client, voter, slip)
  expect([undefined, 'slip-used']).toContain(outcome.problem)
  return voter.number
}

interface VerifyReport {
  readonly verified: boolean
  readonly checkpoint: { readonly size: number }
  readonly counts: unknown
}

async function verify(world: World): Promise<VerifyReport> {
  const hash = toHex(world.offices.election.manifestHash)
  const { stdout, output } = await runHanpyo(['verify', world.bridge.url, '--manifest-hash', hash, '--json'])
  expect(output).toContain('{')
  return JSON.parse(stdout) as VerifyReport
}
