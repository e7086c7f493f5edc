import type { SeededRandom } from '../random.ts'
import type { FleetScenario } from './scenario.ts'

export interface Arrival {
  readonly atMs: number
  readonly kiosk: number
  readonly bytes: number
}

/**
 * When ballots are cast over the day: at each kiosk a Poisson process whose rate follows the day's profile (thinning is
 * not needed, the rate is constant within each part of the profile). In order of time.
 */
export function drawArrivals(
  scenario: FleetScenario,
  kioskCentres: readonly number[],
  random: SeededRandom,
): Arrival[] {
  const { hours, ballots, profile } = scenario.day
  const partMs = (hours * 3_600_000) / profile.length
  const profileSum = sum(profile)
  const weights = scenario.centres.map(({ weight, kiosks }) => (weight ?? kiosks) / kiosks)
  const weightSum = sum(kioskCentres.map((centre) => weights[centre]!))
  const arrivals: Arrival[] = []
  for (const [kiosk, centre] of kioskCentres.entries()) {
    const dice = random.fork(`arrivals/${kiosk}`)
    const expected = (ballots * weights[centre]!) / weightSum
    for (const [part, weight] of profile.entries()) {
      const ratePerMs = (expected * weight) / profileSum / partMs
      if (ratePerMs === 0) continue
      let atMs = part * partMs + exponential(dice, ratePerMs)
      while (atMs < (part + 1) * partMs) {
        arrivals.push({ atMs, kiosk, bytes: drawSize(scenario, dice) })
        atMs += exponential(dice, ratePerMs)
      }
    }
  }
  return arrivals.sort((a, b) => a.atMs - b.atMs || a.kiosk - b.kiosk)
}

function drawSize({ day: { sizes } }: FleetScenario, dice: SeededRandom): number {
  let left = dice.next() * sum(sizes.map(({ share }) => share))
  for (const { bytes, share } of sizes) {
    left -= share
    if (left < 0) return bytes
  }
  return sizes.at(-1)!.bytes
}

function exponential(dice: SeededRandom, ratePerMs: number): number {
  return -Math.log(1 - dice.next()) / ratePerMs
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
