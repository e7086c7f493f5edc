import { type Scenario, scenarioSchema } from '@hanpyo/firmware-sim/scenarios/scenario.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'

/**
 * A kiosk's network over the day: there all the time; pulled out for the middle of it; plugged in only after the polls
 * closed; never there.
 */
export const WIFI_DAYS = ['always', 'interrupted', 'after-closing', 'never'] as const
export type WifiDay = (typeof WIFI_DAYS)[number]

/** The part of a scenario that only the demo reads. */
const demoPart = z.strictObject({
  voters: z.number().int().min(2).max(90).optional(),
  /** One entry a kiosk; kiosks without one are like the last. */
  wifi: z.array(z.enum(WIFI_DAYS)).min(1).default(['interrupted', 'after-closing']),
})

export interface DemoDay {
  readonly voters: number | undefined
  readonly wifi: readonly WifiDay[]
}

/** The day that a scenario's `[demo]` describes; the detail of an error names the field. */
export function readDemoDay(scenario: Scenario): Result<DemoDay, 'scenario-demo-invalid'> {
  const parsed = demoPart.safeParse(scenario.demo ?? {})
  if (!parsed.success) return err('scenario-demo-invalid', `[demo] ${z.prettifyError(parsed.error)}`)
  return ok({ voters: parsed.data.voters, wifi: parsed.data.wifi })
}

/** The network day of the kiosk at a position. */
export function wifiDayOf(wifi: readonly WifiDay[], position: number): WifiDay {
  return wifi[position] ?? wifi.at(-1) ?? 'after-closing'
}

/** The air of the demo without a scenario: a hall with random loss in both directions. */
export function plainScenario(options: { seed: string; speed: number; frameLoss: number }): Scenario {
  const { seed, speed, frameLoss } = options
  return scenarioSchema.parse({
    title: 'Demo',
    seed,
    speed,
    radio: { lossUp: frameLoss, lossDown: frameLoss },
    hall: { position: [100, 0], spacing: [40, 60] },
  })
}
