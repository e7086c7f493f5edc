import { expect, test } from 'vitest'
import { airtimeMs } from './airtime.ts'
import { DATA_RATES, maxPayload, spreadingFactor } from './kr920.ts'

const UPLINKS: readonly (readonly [applicationBytes: number, ...ms: number[]])[] = [
  [0, 1155.1, 577.5, 288.8, 164.9, 82.4, 46.3],
  [11, 1482.8, 823.3, 370.7, 205.8, 113.2, 61.7],
  [51, 2793.5, 1560.6, 698.4, 390.1, 215.6, 118.0],
  [115, 4923.4, 2707.5, 1230.8, 676.9, 379.4, 215.3],
  [222, 8364.0, 4673.5, 2132.0, 1168.4, 655.9, 368.9],
  [242, 9019.4, 5001.2, 2295.8, 1250.3, 707.1, 399.6],
]
const DOWNLINKS: readonly (readonly [phyBytes: number, ...ms: number[]])[] = [
  [12, 991.2, 577.5, 288.8, 144.4, 72.2, 41.2],
  [33, 1810.4, 905.2, 452.6, 246.8, 133.6, 71.9],
  [77, 3121.2, 1724.4, 821.2, 431.1, 246.3, 133.4],
]

test.each(UPLINKS)('an uplink with %i application bytes takes the published times', (bytes, ...expected) => {
  for (const dataRate of DATA_RATES) {
    const ms = airtimeMs({
      spreadingFactor: spreadingFactor(dataRate),
      phyPayloadBytes: bytes + 13,
      hasCrc: true,
    })
    expect(ms).toBeCloseTo(expected[dataRate]!, 0)
    expect(Math.abs(ms - expected[dataRate]!)).toBeLessThan(0.06)
  }
})

test.each(DOWNLINKS)('a downlink of %i PHY bytes takes the published times', (bytes, ...expected) => {
  for (const dataRate of DATA_RATES) {
    const ms = airtimeMs({
      spreadingFactor: spreadingFactor(dataRate),
      phyPayloadBytes: bytes,
      hasCrc: false,
    })
    expect(Math.abs(ms - expected[dataRate]!)).toBeLessThan(0.06)
  }
})

test('no permitted frame is on air longer than the four seconds Korea allows', () => {
  for (const dataRate of DATA_RATES) {
    const ms = airtimeMs({
      spreadingFactor: spreadingFactor(dataRate),
      phyPayloadBytes: maxPayload(dataRate) + 13,
      hasCrc: true,
    })
    expect(ms).toBeLessThanOrEqual(4000)
  }
})
