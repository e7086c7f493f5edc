import { sweepLoads } from '@hanpyo/firmware-sim/fleet/capacity.ts'
import { cellScenario, cityScenario } from '@hanpyo/firmware-sim/fleet/cell.ts'
import { formatSweep } from '@hanpyo/firmware-sim/fleet/report-text.ts'
import { simulateFleet } from '@hanpyo/firmware-sim/fleet/simulate.ts'
import { against, type Bench, type Figure } from './harness.ts'

const CITY = { kiosks: 500, gateways: 9, ballots: 120_000, hours: 12 }
const HOURS = 3
const AT_RANDOM = [1200, 2400, 3000, 3600, 4200]
const BY_THE_CLOCK = [2400, 8000, 14_000, 20_000, 21_000]

export const fleetBench: Bench = {
  name: 'fleet',
  summary: `${CITY.kiosks} kiosks for ${CITY.hours} hours in simulated time; what one DR5 cell carries at random and by the clock`,
  async run(report) {
    report('  the city …')
    const startMs = performance.now()
    const city = simulateFleet(cityScenario(CITY))
    const wallS = (performance.now() - startMs) / 1000
    const { ballots, acknowledgedCount, uplinks } = city.statistics
    const simulatedS = city.endMs / 1000
    report('  the cell …')
    const sweep = (name: string, isOn: boolean, loads: readonly number[]) => {
      const cell = cellScenario({ ballotsPerHour: 1, hours: 1, schedule: { isOn } })
      const result = { name, ...sweepLoads(cell, loads, { hours: HOURS }) }
      for (const line of formatSweep(result)) report(`  ${line}`)
      return result
    }
    const random = sweep('at random', false, AT_RANDOM)
    const clocked = sweep('by the clock', true, BY_THE_CLOCK)
    const carried = (value: number, how: string, reach: string): Figure => ({
      name: `one cell at DR5, ${how}, ≥ 99.9 % acknowledged`,
      value,
      unit: 'ballots/h',
      reach,
    })
    return [
      {
        name: `${CITY.kiosks} kiosks × ${CITY.hours} h, ${ballots.length} ballots, ${uplinks.sent} uplinks`,
        value: wallS,
        unit: 's',
        reach: '≤ 7 min',
      },
      { name: 'speed', value: simulatedS / wallS, unit: '× real time', reach: '≥ 100 ×, stretch 1000 ×' },
      {
        name: 'acknowledged in that run',
        value: (100 * acknowledgedCount) / ballots.length,
        unit: '%',
        reach: '≥ 99.9 %',
      },
      carried(random.carriedPerHour, 'at random', '≥ 2,400'),
      against(carried(clocked.carriedPerHour, 'by the clock', '≥ 8,000'), 'at random', random.carriedPerHour),
    ]
  },
}
