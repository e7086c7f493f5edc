import { expect, test } from 'vitest'
import { airtimeMs, symbolMs } from '../radio/airtime.ts'
import { downlinkAirtimeMs } from './air.ts'
import { measureLoad } from './capacity.ts'
import { type CellOptions, cellScenario } from './cell.ts'
import { type FleetScenario, fleetScenario } from './scenario.ts'
import { type FleetRun, simulateFleet } from './simulate.ts'

/** The fast suite looks at two hours and few loads; with HANPYO_FULL=1 also at whole days. */
const isFull = process.env.HANPYO_FULL === '1'

const cell = (options: Partial<CellOptions> = {}) =>
  cellScenario({ ballotsPerHour: 1200, hours: 1, ...options })

function onlyCentre(
  scenario: FleetScenario,
  centre: Partial<FleetScenario['centres'][number]>,
): FleetScenario {
  return { ...scenario, centres: [{ ...scenario.centres[0]!, kiosks: 3, ...centre }] }
}

const lostFrames = ({ statistics: { uplinks } }: FleetRun) =>
  Object.values(uplinks.lostBy).reduce((sum, lost) => sum + lost, 0)

test('the same seed gives the same day, another seed another one', () => {
  const times = (seed: string) =>
    simulateFleet(cell({ seed })).statistics.ballots.map(({ acknowledgedMs }) => acknowledgedMs)
  const first = times('one')
  expect(times('one')).toEqual(first)
  expect(times('two')).not.toEqual(first)
})

test.each([
  ['at random', {}],
  ['by the clock', { schedule: { isOn: true } }],
] as const)('sending %s, every frame and every ballot is accounted for', (_how, options) => {
  const run = simulateFleet(cell({ ballotsPerHour: 3000, ...options }))
  const { ballots, uplinks, deliveredCount, duplicates, downlinks, channelAirtimeMs } = run.statistics
  expect(uplinks.received + lostFrames(run)).toBe(uplinks.sent)
  expect(deliveredCount + duplicates).toBe(uplinks.received)
  expect(deliveredCount).toBe(ballots.length)
  expect(ballots.every((one) => one.firstSentMs >= one.castMs)).toBe(true)
  const shortestMs = airtimeMs({ spreadingFactor: 7, phyPayloadBytes: 226, hasCrc: true }) + 5000
  expect(ballots.every((one) => one.acknowledgedMs - one.firstSentMs > shortestMs)).toBe(true)
  expect(downlinks.sent).toBeGreaterThanOrEqual(ballots.length / 5)
  const airtime = [...channelAirtimeMs.values()].reduce((sum, ms) => sum + ms, 0)
  expect(airtime / uplinks.sent).toBeCloseTo(358.656, 6)
  expect(channelAirtimeMs.size).toBe(8)
})

test('one cell at DR5 carries 2,400 ballots an hour sent at random, and at least 99.9 % are acknowledged', () => {
  const point = measureLoad(cell(), 2400, { hours: isFull ? 12 : 2 })
  expect(point).toMatchObject({ isCarried: true, acknowledgedShare: 1 })
})

test('the same cell carries 8,000 ballots an hour sent by the clock, almost all of them with their first frame', () => {
  const point = measureLoad(cell({ schedule: { isOn: true } }), 8000, { hours: isFull ? 12 : 2 })
  expect(point).toMatchObject({ isCarried: true, acknowledgedShare: 1 })
  expect(point.framesPerBallot).toBeLessThan(1.02)
})

/** An uplink is spoilt by an ack that begins from its own length (less the spare symbols) before to its end. */
test('acks of 2,400 ballots an hour make the gateway miss the share of uplinks that its airtime says', () => {
  const run = simulateFleet(cell({ ballotsPerHour: 2400, hours: isFull ? 12 : 2 }))
  const { uplinks, downlinks } = run.statistics
  const uplinkMs = airtimeMs({ spreadingFactor: 7, phyPayloadBytes: 226, hasCrc: true })
  const exposedMs = uplinkMs - 3 * symbolMs(7) + downlinkAirtimeMs({ spreadingFactor: 7, phyBytes: 58 })
  const expected = 1 - Math.exp((-downlinks.sent / run.endMs) * exposedMs)
  expect(expected).toBeGreaterThan(0.2)
  expect(Math.abs(uplinks.lostBy.deaf / uplinks.sent - expected)).toBeLessThan(0.05)
})

test('sending by the clock needs clocks: with errors of a second frames are lost again, and ballots still arrive', () => {
  const good = simulateFleet(cell({ ballotsPerHour: 3000, schedule: { isOn: true } }))
  const bad = simulateFleet(cell({ ballotsPerHour: 3000, schedule: { isOn: true, syncErrorMs: 1000 } }))
  expect(lostFrames(good)).toBe(0)
  expect(lostFrames(bad)).toBeGreaterThan(50)
  expect(bad.statistics.acknowledgedCount).toBe(bad.statistics.ballots.length)
})

test('modems that pick their channel themselves lose part of what the clock gained', () => {
  const own = simulateFleet(cell({ ballotsPerHour: 6000, schedule: { isOn: true, channels: 'random' } }))
  expect(own.statistics.uplinks.lostBy.collision).toBeGreaterThan(100)
  expect(own.statistics.uplinks.lostBy.deaf).toBe(0)
  expect(own.statistics.acknowledgedCount).toBe(own.statistics.ballots.length)
})

test('a hall at DR0 sends each ballot in six fragments or more and gets all of them acknowledged', () => {
  const base = cell({ ballotsPerHour: 12, hours: 4, kiosk: { dataRate: 0 } })
  const run = simulateFleet(onlyCentre(base, {}))
  const { statistics } = run
  expect(statistics.acknowledgedCount).toBe(statistics.ballots.length)
  expect(statistics.uplinks.sent).toBeGreaterThanOrEqual(6 * statistics.ballots.length)
  expect(statistics.downlinks.named).toBeGreaterThanOrEqual(statistics.ballots.length)
})

test('what a lossy link drops of a fragmented ballot is reported and sent again', () => {
  const base = cell({ ballotsPerHour: 20, hours: 4, kiosk: { dataRate: 0 } })
  const propagation = {
    referenceDistanceM: 1000,
    referenceLossDb: 150.5,
    exponent: 2,
    shadowingDb: 0,
    fadingDb: 3,
  }
  const far = onlyCentre({ ...base, radio: { ...base.radio, propagation } }, { position: [1000, 0] })
  const { statistics } = simulateFleet(far)
  expect(statistics.uplinks.lostBy.weak).toBeGreaterThan(50)
  expect(statistics.downlinks.sent).toBeGreaterThan(statistics.downlinks.acks)
  expect(statistics.acknowledgedCount / statistics.ballots.length).toBeGreaterThan(0.95)
})

test('a hall that no gateway hears keeps its ballots, and the run ends all the same', () => {
  const run = simulateFleet(onlyCentre(cell({ ballotsPerHour: 30 }), { indoorLossDb: 90 }))
  expect(run.statistics.deliveredCount).toBe(0)
  expect(run.statistics.uplinks.lostBy.weak).toBe(run.statistics.uplinks.sent)
  expect(run.statistics.uplinks.sent).toBeGreaterThan(run.statistics.ballots.length)
  expect(run.endMs).toBe(4 * 3_600_000)
})

test('kiosks of one hall hear each other and find another channel, or wait', () => {
  const base = cell({ ballotsPerHour: 1500 })
  const oneChannel = { ...base, radio: { ...base.radio, channelsHz: [922_100_000], kioskSpacingM: 1 } }
  const hall = { ...oneChannel, centres: [{ ...base.centres[0]!, kiosks: 30 }] }
  const listening = simulateFleet(hall)
  const deafToOthers = simulateFleet({ ...hall, radio: { ...hall.radio, listenBeforeTalk: false } })
  expect(listening.statistics.busy).toBeGreaterThan(100)
  const collided = (run: FleetRun) => run.statistics.uplinks.lostBy.collision / run.statistics.uplinks.sent
  expect(collided(listening)).toBeLessThan(collided(deafToOthers) / 2)
})

test('with two gateways at one place an uplink is lost to deafness only when both were sending', () => {
  const base = cell({ ballotsPerHour: 2400 })
  const two = { ...base, gateways: [base.gateways[0]!, { ...base.gateways[0]!, name: 'second' }] }
  const deaf = (scenario: FleetScenario) => {
    const { uplinks } = simulateFleet(scenario).statistics
    return uplinks.lostBy.deaf / uplinks.sent
  }
  expect(deaf(two)).toBeLessThan(deaf(base) / 3)
})

test('a scenario with mistakes is refused with the place of each', () => {
  const valid = cell()
  const refuse = (change: object) => fleetScenario.safeParse({ ...valid, ...change }).error?.issues
  expect(refuse({})).toBeUndefined()
  expect(refuse({ day: { ...valid.day, profile: [0, 0] } })?.[0]?.path).toEqual(['day', 'profile'])
  expect(refuse({ colour: 'red' })?.[0]?.code).toBe('unrecognized_keys')
  expect(refuse({ centres: Array(21).fill({ ...valid.centres[0], kiosks: 100 }) })?.[0]?.path).toEqual([
    'centres',
  ])
  const hasty = { network: { ...valid.network, rx1DelayMs: 1000 } }
  expect(refuse(hasty)).toBeUndefined()
  expect(refuse({ ...hasty, schedule: { ...valid.schedule, isOn: true } })?.[0]?.path).toEqual([
    'network',
    'rx1DelayMs',
  ])
})
