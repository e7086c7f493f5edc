import { postRecord } from '@hanpyo/authority/bridge-client.ts'
import { type OfficialRecord, pollsRecord, turnoutRecord } from '@hanpyo/authority/official-records.ts'
import type { Health } from '@hanpyo/kiosk/contract/views.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { readSlipTexts } from './election-setup.ts'
import { forgeBallot } from './forgery.ts'
import type { Progress } from './progress.ts'
import { type ProposalCounts, runProposals } from './proposals.ts'
import { type DemoDay, wifiDayOf } from './scenario.ts'
import { asStaff, openKiosk } from './staff.ts'
import { planVoters, type ScriptedVoter, type VoterOutcome, vote } from './voters.ts'
import type { KioskPlace, World } from './world.ts'

export interface DayOptions {
  readonly seed: string
  readonly voters: number
  readonly wifi: DemoDay['wifi']
  readonly progress: Progress
}

export interface DayOutcome {
  readonly voters: readonly VoterOutcome[]
  /** Checks of a kiosk instead of casting. */
  readonly checked: number
  /** What was scripted about proposals; `null` in an election without. */
  readonly proposals: ProposalCounts | null
}

/** Simulated time a person needs to come and go. */
const BETWEEN_VOTERS_MS = 8_000
/** How often facts that nobody announces are asked for, simulated. */
const LOOK_MS = 2_000
/** Real milliseconds; the slowest scenario needs a few minutes on a busy machine. */
const STANDSTILL_MS = 20 * 60_000

/** A whole polling day: open, vote with everything that goes wrong, close, bring everything in, seal. */
export async function runPollingDay(world: World, options: DayOptions): Promise<DayOutcome> {
  const { progress, seed, voters, wifi } = options
  await openPolls(world, progress)
  await world.radio?.startTimeline()
  const slips = await readSlipTexts(world.offices.election)
  const plan = planVoters(seed, voters, world.kiosks.length)
  const queues = queuesOf(plan, world.kiosks.length)
  const status = followStatus(world, plan.length, progress)
  try {
    const [outcomes] = await Promise.all([
      Promise.all(
        world.kiosks.map((place, i) =>
          serveQueue(
            world,
            place,
            queues[i] ?? [],
            slips,
            status,
            progress,
            wifiDayOf(wifi, i) === 'interrupted',
          ),
        ),
      ),
      attack(world, slips[voters] as string, voters, progress),
    ])
    const atThePolls = plan.map(({ slip }) => slips[slip] as string)
    const proposals = await runProposals(world, atThePolls, progress)
    await closePolls(world, progress, wifi)
    const all = outcomes.flat()
    return { voters: all, checked: all.reduce((sum, { checked }) => sum + checked, 0), proposals }
  } finally {
    await status.stop()
  }
}

export async function openPolls(world: World, progress: Progress): Promise<void> {
  await Promise.all(world.kiosks.map(({ enrolled }) => publish(world, enrolled.record)))
  await publish(world, pollsRecord(world.offices.election, world.offices.authority, 'open', seconds(world)))
  for (const { core } of world.kiosks) await openKiosk(core.client, world.clock)
  progress.say(`The polls are open at ${world.kiosks.length} kiosks.`)
}

/** The people of each kiosk in order; whoever votes twice comes back to the next kiosk at its end. */
function queuesOf(plan: readonly ScriptedVoter[], kiosks: number): ScriptedVoter[][] {
  const queues = Array.from({ length: kiosks }, (_, i) => plan.filter(({ kiosk }) => kiosk === i))
  for (const voter of plan.filter(({ behaviour }) => behaviour === 'vote-twice')) {
    const again = (voter.kiosk + 1) % kiosks
    queues[again]?.push({ ...voter, kiosk: again })
  }
  return queues
}

async function serveQueue(
  world: World,
  place: KioskPlace,
  queue: readonly ScriptedVoter[],
  slips: readonly string[],
  status: Status,
  progress: Progress,
  losesWifi: boolean,
): Promise<VoterOutcome[]> {
  const outcomes: VoterOutcome[] = []
  const id = place.enrolled.id
  for (const [turn, voter] of queue.entries()) {
    if (losesWifi && turn === Math.floor(queue.length / 4)) {
      place.link.cut()
      progress.say(`Kiosk ${id}: somebody pulls the network cable. Voting goes on over LoRaWAN.`)
    }
    if (losesWifi && turn === Math.floor((queue.length * 2) / 3)) {
      place.link.restore()
      progress.say(`Kiosk ${id}: the network cable is back.`)
    }
    const outcome = await vote(place.core.client, voter, slips[voter.slip] as string)
    outcomes.push(outcome)
    if (outcome.problem !== undefined)
      throw new Error(`kiosk ${id}, voter ${voter.number}: ${outcome.problem}`)
    if (outcome.checked > 0)
      progress.say(
        `Kiosk ${id}: a voter checks the kiosk first; it opens that ballot, then the voter casts anew.`,
      )
    if (voter.behaviour === 'vote-twice' && outcomes.length === queue.length) {
      progress.say(`Kiosk ${id}: a voter uses a slip again that was used at another kiosk.`)
    }
    status.voted()
    await world.clock.sleep(BETWEEN_VOTERS_MS)
  }
  return outcomes
}

/** What outsiders try: a forged ballot on the kiosk's topic, and a frame recorded from the air and sent again. */
async function attack(world: World, unusedSlip: string, voters: number, progress: Progress): Promise<void> {
  const pauseMs = (BETWEEN_VOTERS_MS * Math.min(voters, 12)) / 3
  await world.clock.sleep(pauseMs)
  await forgeBallot(world, unusedSlip)
  progress.say('Somebody with a found slip sends a ballot that no enrolled kiosk signed.')
  if (world.radio === null) return
  await world.clock.sleep(pauseMs)
  const replayed = await world.radio.replay(world.kiosks[1]?.enrolled.devEui ?? '')
  if (replayed) progress.say('Somebody records a LoRaWAN frame of kiosk 2 and sends it again.')
}

export async function closePolls(
  world: World,
  progress: Progress,
  wifi: DemoDay['wifi'] = ['after-closing'],
): Promise<void> {
  for (const { core } of world.kiosks) await asStaff(core.client, () => core.client['staff.close']({}))
  progress.say('The kiosks are closed; what they still hold keeps going out.')
  await until(world, 'the kiosks deliver what the air carries', async () => {
    const healths = await Promise.all(world.kiosks.map(healthOf))
    return healths.every(({ outbox }) => outbox.waiting === outbox.waitingForWifi)
  })
  await publish(world, pollsRecord(world.offices.election, world.offices.authority, 'closed', seconds(world)))
  const waiting = await Promise.all(world.kiosks.map(healthOf))
  for (const [i, { link, enrolled }] of world.kiosks.entries()) {
    if (link.isUp || wifiDayOf(wifi, i) === 'never') continue
    link.restore()
    const left = waiting[i]?.outbox.waiting ?? 0
    const what = left === 0 ? 'It had sent everything over LoRaWAN' : `${left} more records go out`
    progress.say(`Kiosk ${enrolled.id} is plugged into a network. ${what}.`)
  }
  await until(world, 'the kiosks deliver everything', async () => {
    const healths = await Promise.all(world.kiosks.map(healthOf))
    return healths.every(({ outbox }) => outbox.waiting === 0)
  })
  await publishTurnout(world)
  await seal(world)
  progress.say('Every kiosk has delivered everything; the authority seals the election.')
}

/** Slips handed out by centre. At each one slip was lost, which is how the forger came to one. */
async function publishTurnout(world: World): Promise<void> {
  const { election, registrar } = world.offices
  await Promise.all(
    election.manifest.centres.map(async ({ id: centre }) => {
      const slots = election.manifest.kioskSlots.filter((slot) => slot.centre === centre).map(({ id }) => id)
      const here = world.kiosks.filter(({ enrolled }) => slots.includes(enrolled.id))
      const cast = (await Promise.all(here.map(healthOf))).reduce((sum, { box }) => sum + box.cast, 0)
      const turnout = { centre, issued: cast + 1, returned: 0, at: seconds(world) }
      await publish(world, expectOk(turnoutRecord(election, registrar, turnout)))
    }),
  )
}

interface Status {
  voted(): void
  /** Resolves when nothing is asked any more. */
  stop(): Promise<void>
}

/** Keeps a status line: people, acknowledged ballots by route, ballots on their way. */
function followStatus(world: World, people: number, progress: Progress): Status {
  let voted = 0
  let isRunning = true
  const look = async (): Promise<void> => {
    while (isRunning) {
      const healths = await Promise.all(world.kiosks.map(healthOf))
      const sum = (pick: (health: Health) => number): number =>
        healths.reduce((total, one) => total + pick(one), 0)
      progress.status(
        `  ${voted}/${people} people · acknowledged ${sum((h) => h.outbox.ackedOverWifi)} over Wi-Fi, ` +
          `${sum((h) => h.outbox.ackedOverLora)} over LoRaWAN · ${sum((h) => h.outbox.waiting)} on their way`,
      )
      await world.clock.sleep(LOOK_MS)
    }
    progress.status('')
  }
  const failed = (error: unknown): void => progress.say(`The status line ends: ${String(error)}`)
  const done = look().catch(failed)
  return {
    voted: () => {
      voted++
    },
    stop: () => {
      isRunning = false
      return done
    },
  }
}

export async function healthOf({ core }: KioskPlace): Promise<Health> {
  return must(await core.client['health.get']({}))
}

/** Seals as soon as the log holds everything the kiosks listed; what was acknowledged may still wait for a tick. */
async function seal(world: World): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const record = pollsRecord(world.offices.election, world.offices.authority, 'sealed', seconds(world))
    const posted = await postRecord({ url: world.bridge.url }, record)
    if (posted.ok) return publish(world, record)
    if (posted.error !== 'bridge-deferred') {
      throw new Error(`the bridge did not seal: ${posted.error} ${posted.detail ?? ''}`)
    }
    if (attempt === 60) throw new Error(`the log is not complete: ${posted.detail}`)
    await world.clock.sleep(LOOK_MS)
  }
}

/** Sends a record until the bridge has it in the log. Sending it again is safe. */
export async function publish(world: World, record: OfficialRecord): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const posted = await postRecord({ url: world.bridge.url }, record)
    if (posted.ok && posted.value.position !== null) return
    if (!posted.ok && (posted.error === 'bridge-refused' || attempt === 30)) {
      throw new Error(`the bridge did not take a record: ${posted.error} ${posted.detail ?? ''}`)
    }
    await world.clock.sleep(LOOK_MS)
  }
}

/** Waits for what the day needs. A day that stands still ends with an error that names what it waited for. */
export async function until(world: World, what: string, holds: () => Promise<boolean>): Promise<void> {
  const start = performance.now()
  while (!(await holds())) {
    if (performance.now() - start > STANDSTILL_MS)
      throw new Error(
        `${what}: not after ${STANDSTILL_MS / 60_000} minutes. Nothing stored is lost; see the logs.`,
      )
    await world.clock.sleep(LOOK_MS)
  }
}

function seconds({ clock }: World): number {
  return Math.floor(clock.now() / 1000)
}

function must<T>(result: { ok: true; value: T } | { ok: false; error: string }): T {
  if (result.ok) return result.value
  throw new Error(`the kiosk answered ${result.error}`)
}
