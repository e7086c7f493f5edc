import type { SeededRandom } from '../random.ts'
import type { FleetScenario } from './scenario.ts'

/**
 * How wrong a kiosk's clock is, in ms: what was left when it was last set, by NTP or DeviceTimeReq, and its drift since
 * then. Kiosks are set at different times of the hour.
 */
export function createClockError(
  settings: FleetScenario['schedule'],
  random: SeededRandom,
): (atMs: number) => number {
  const everyMs = settings.syncEveryMinutes * 60_000
  const drift = (random.gaussian() * settings.driftPpm) / 1_000_000
  const phaseMs = random.next() * everyMs
  let known = { round: Number.NaN, errorMs: 0 }
  return (atMs) => {
    const round = Math.floor((atMs + phaseMs) / everyMs)
    if (round !== known.round) {
      known = { round, errorMs: random.fork(`sync/${round}`).gaussian() * settings.syncErrorMs }
    }
    return known.errorMs + (atMs + phaseMs - round * everyMs) * drift
  }
}
