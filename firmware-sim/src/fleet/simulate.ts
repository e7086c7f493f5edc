import { type KioskSlot, kioskSlot, planSlots, type SlotPlan } from '@hanpyo/protocol/link/slots.ts'
import { airtimeMs } from '../radio/airtime.ts'
import { spreadingFactor } from '../radio/kr920.ts'
import type { ReceptionRules } from '../radio/reception.ts'
import { createSeededRandom } from '../random.ts'
import { downlinkAirtimeMs, FleetAir } from './air.ts'
import { drawArrivals } from './arrivals.ts'
import { createClockError } from './clocks.ts'
import { EventQueue } from './event-queue.ts'
import { downlinkPhyBytes, framesFor } from './fragments.ts'
import type { FleetParts } from './modem.ts'
import { type FleetKiosk, RandomKiosk } from './random-kiosk.ts'
import type { FleetScenario } from './scenario.ts'
import { FleetServer } from './server.ts'
import { SlottedKiosk } from './slotted-kiosk.ts'
import { FleetStatistics } from './statistics.ts'
import { buildWorld, type FleetWorld, type KioskSite } from './world.ts'

export interface FleetRun {
  readonly scenario: FleetScenario
  readonly world: FleetWorld
  readonly statistics: FleetStatistics
  /** The slots, when kiosks send by the clock. */
  readonly plan: SlotPlan | null
  readonly slottedKiosks: number
  /** When the last ballot was acknowledged or the kiosks gave up, ms after the polls opened. */
  readonly endMs: number
  readonly events: number
}

/** An ack that names five ballots. */
const LONGEST_ACK_BYTES = 45

/** One polling day. The same scenario gives the same day, frame by frame. */
export function simulateFleet(
  scenario: FleetScenario,
  options: { readonly rules?: ReceptionRules } = {},
): FleetRun {
  const random = createSeededRandom(scenario.seed)
  const world = buildWorld(scenario, random.fork('world'))
  const queue = new EventQueue()
  const statistics = new FleetStatistics(world.gatewayCount, () => queue.nowMs)
  const { rules } = options
  const air = new FleetAir({
    queue,
    world,
    random: random.fork('air'),
    ...(rules === undefined ? {} : { rules }),
  })
  const slots = scenario.schedule.isOn ? assignSlots(scenario, world.kiosks) : null
  const server = new FleetServer({
    air,
    network: scenario.network,
    statistics,
    plan: slots,
    at: (ms, run) => queue.at(ms, run),
  })
  const parts: FleetParts = { queue, air, server, statistics, scenario }
  const kiosks = world.kiosks.map((site): FleetKiosk => {
    const dice = random.fork(`kiosk/${site.id}`)
    const own = slots?.own(site.id)
    if (slots === null || own === undefined) return new RandomKiosk(parts, site, dice)
    const clockErrorMs = createClockError(scenario.schedule, random.fork(`clock/${site.id}`))
    return new SlottedKiosk({ parts, site, random: dice, plan: slots.slots, own, clockErrorMs })
  })
  const centres = world.kiosks.map(({ centre }) => centre)
  const count = castAll(drawArrivals(scenario, centres, random), kiosks, queue)
  const closeMs = scenario.day.hours * 3_600_000
  queue.run(closeMs)
  queue.run(
    closeMs + scenario.day.drainHours * 3_600_000,
    () => statistics.acknowledgedCount === count && statistics.ballots.length === count,
  )
  return {
    scenario,
    world,
    statistics,
    plan: slots?.slots ?? null,
    slottedKiosks: slots?.count ?? 0,
    endMs: queue.nowMs,
    events: queue.processed,
  }
}

function castAll(
  arrivals: readonly { readonly atMs: number; readonly kiosk: number; readonly bytes: number }[],
  kiosks: readonly FleetKiosk[],
  queue: EventQueue,
): number {
  const castFrom = (index: number): void => {
    const arrival = arrivals[index]
    if (arrival === undefined) return
    queue.at(arrival.atMs, () => {
      castFrom(index + 1)
      kiosks[arrival.kiosk]!.cast(arrival.bytes)
    })
  }
  castFrom(0)
  return arrivals.length
}

interface Slots {
  readonly slots: SlotPlan
  readonly count: number
  readonly own: (kiosk: number) => KioskSlot | undefined
}

/** One plan for the whole map; kiosks that are too slow for it, or whose datagrams need fragments, stay outside. */
function assignSlots(scenario: FleetScenario, kiosks: readonly KioskSite[]): Slots {
  const { slowestDataRate, clockErrorMs } = scenario.schedule
  const { reservedBytes } = scenario.kiosk
  const longest = Math.max(...scenario.day.sizes.map(({ bytes }) => bytes))
  const factor = spreadingFactor(slowestDataRate)
  const frames = framesFor(longest, slowestDataRate, reservedBytes)
  const ids = kiosks.flatMap(({ id, dataRate }) =>
    dataRate >= slowestDataRate && frames.length === 1 ? [id] : [],
  )
  const slots = planSlots({
    uplinkAirtimeMs: airtimeMs({ spreadingFactor: factor, phyPayloadBytes: frames[0]!, hasCrc: true }),
    ackAirtimeMs: downlinkAirtimeMs({
      spreadingFactor: factor,
      phyBytes: downlinkPhyBytes(LONGEST_ACK_BYTES),
    }),
    rx1DelayMs: scenario.network.rx1DelayMs,
    channelCount: scenario.radio.channelsHz.length,
    clockErrorMs,
  })
  const own = new Map(ids.map((id) => [id, kioskSlot(slots, ids, id)]))
  return { slots, count: ids.length, own: (kiosk) => own.get(kiosk) }
}
