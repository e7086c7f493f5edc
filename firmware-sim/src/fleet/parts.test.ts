import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DATA_RATES, type DataRate, maxPayload, spreadingFactor } from '../radio/kr920.ts'
import { snrFloorDb } from '../radio/propagation.ts'
import { createSeededRandom } from '../random.ts'
import { drawArrivals } from './arrivals.ts'
import { cellScenario } from './cell.ts'
import { createClockError } from './clocks.ts'
import { framesFor } from './fragments.ts'
import { buildWorld, settleAdr } from './world.ts'

const anyDataRate = fc.constantFrom<DataRate>(...DATA_RATES)

test.each([
  [213, 5, 1],
  [213, 4, 1],
  [213, 3, 3],
  [220, 0, 6],
  [512, 2, 12],
  [1024, 0, 22],
  [2048, 0, 42],
  [2048, 5, 10],
] as const)('%i bytes at DR%i go in %i frames', (bytes, dataRate, frames) => {
  expect(framesFor(bytes, dataRate, 15)).toHaveLength(frames)
})

test('fragments together hold the datagram, each within what the data rate permits', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2520 }), anyDataRate, (bytes, dataRate) => {
      const frames = framesFor(bytes, dataRate, 15)
      const headers = frames.length === 1 ? 0 : frames.length - 1 + 5
      const payload = frames.reduce((sum, phyBytes) => sum + phyBytes - 13, 0)
      expect(payload - headers).toBe(bytes)
      for (const phyBytes of frames) expect(phyBytes - 13).toBeLessThanOrEqual(maxPayload(dataRate))
    }),
  )
})

test('ADR never leaves less to spare than asked for while anything slower or stronger is left', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -40, max: 60, noNaN: true }),
      fc.integer({ min: 0, max: 15 }),
      (snrDb, margin) => {
        const { dataRate, powerDbm } = settleAdr(snrDb, margin)
        const spareDb = snrDb - (14 - powerDbm) - snrFloorDb(spreadingFactor(dataRate))
        expect(spareDb >= margin - 1e-9 || (dataRate === 0 && powerDbm === 14)).toBe(true)
        if (powerDbm < 14) expect(dataRate).toBe(5)
      },
    ),
  )
})

test('ballots are cast as often as the day says, and when its profile says', () => {
  const base = cellScenario({ ballotsPerHour: 5000, hours: 4 })
  const scenario = { ...base, day: { ...base.day, profile: [0, 1, 3, 0] } }
  const centres = buildWorld(scenario, createSeededRandom('map')).kiosks.map(({ centre }) => centre)
  const arrivals = drawArrivals(scenario, centres, createSeededRandom('day'))
  const inHour = [0, 1, 2, 3].map(
    (hour) => arrivals.filter(({ atMs }) => Math.floor(atMs / 3_600_000) === hour).length,
  )
  // Five standard deviations of a Poisson count.
  expect(inHour[0]).toBe(0)
  expect(Math.abs(inHour[1]! - 5000)).toBeLessThan(5 * Math.sqrt(5000))
  expect(Math.abs(inHour[2]! - 15_000)).toBeLessThan(5 * Math.sqrt(15_000))
  expect(inHour[3]).toBe(0)
  expect(arrivals.every(({ atMs }, i) => i === 0 || atMs >= arrivals[i - 1]!.atMs)).toBe(true)
})

test('a clock is as wrong as its last setting left it, and drifts until the next', () => {
  const settings = {
    ...cellScenario({ ballotsPerHour: 1, hours: 1 }).schedule,
    syncErrorMs: 0,
    driftPpm: 100,
  }
  const errorMs = createClockError(settings, createSeededRandom('clock'))
  const samples = Array.from({ length: 600 }, (_, minute) => errorMs(minute * 60_000))
  const steps = samples.slice(1).map((value, i) => value - samples[i]!)
  const drift = Math.sign(steps.toSorted((a, b) => a - b)[300]!)
  const resets = steps.filter((step) => Math.sign(step) !== drift)
  expect(resets.length).toBeGreaterThanOrEqual(9)
  expect(resets.length).toBeLessThanOrEqual(10)
  expect(Math.max(...samples.map(Math.abs))).toBeGreaterThan(10)
})
