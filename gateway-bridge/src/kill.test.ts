import { expect, test } from 'vitest'
import { runKillDrill } from './testing/kill-drill.ts'

/** mulberry32: the moments of the kills are the same in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The fast drill kills this bridge four times more, together with kiosks. */
const KILLS = process.env.HANPYO_FULL === '1' ? 12 : 1

test(`killed ${KILLS} times under load, the bridge loses nothing it acknowledged and doubles nothing`, async () => {
  const report = await runKillDrill({ kills: KILLS, broker: 'auto', random: seeded(1) })
  expect(report).toMatchObject({ kills: KILLS, lost: 0, doubled: 0, proposalsLost: 0, violations: [] })
  expect(report.proposals).toBeGreaterThan(KILLS)
  expect(report.recorded + report.refused).toBe(report.cast)
  expect(report.recorded).toBeGreaterThan(3 * KILLS)
  expect(report.refused).toBeGreaterThan(0)
}, 300_000)
