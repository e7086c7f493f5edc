import { type ConfigError, loadConfig } from '@hanpyo/platform/config.ts'
import type { Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import { gatewaySettings, radioSettings, trafficSettings } from '../config.ts'
import { faultSettings, timelineEvent } from '../faults/fault-settings.ts'
import { MODEM_DIALECTS } from '../modem/start-modem.ts'

const eui = z.string().regex(/^[0-9a-f]{16}$/, '16 lower-case hex digits expected')
const key = z.string().regex(/^[0-9a-f]{32}$/, '32 lower-case hex digits expected')

/** The kiosks: all in one hall, in a row. */
const hall = z.strictObject({
  /** How many there are when the scenario brings its own; the demo has those of its election. */
  kiosks: z.number().int().min(1).max(500).default(3),
  /** Metres east and north of the common point, of the first kiosk. */
  position: z.tuple([z.number(), z.number()]).default([100, 0]),
  /** From one kiosk to the next, metres east and north. */
  spacing: z.tuple([z.number(), z.number()]).default([2, 0]),
  dataRate: z.literal([0, 1, 2, 3, 4, 5]).default(5),
  adr: z.boolean().default(false),
  /** What the modems speak; the kiosks take turns. */
  dialects: z.array(z.enum(MODEM_DIALECTS)).min(1).default(['rui3']),
  /** Identities for a server that already knows them; made up from the seed when there are none. */
  devices: z
    .array(z.strictObject({ devEui: eui, joinEui: eui, appKey: key }))
    .min(1)
    .optional(),
})

/** What the operator of the network server would set up. */
const network = z.strictObject({
  /** RX1 delay of the region, seconds; 5 lets an answer ride in the receive window of the very first uplink. */
  regionRx1DelayS: z.number().int().min(1).max(15).default(5),
  getDownlinkDataDelayMs: z.number().min(0).default(2500),
  adr: z.boolean().default(false),
  /** CFList: further channels beside the three of the band, Hz. */
  extraChannelsHz: z.array(z.number().int()).max(5).optional(),
})

/** A scenario: the air over a hall and what goes wrong there. It names no broker, file or port. */
export const scenarioSchema = z.strictObject({
  title: z.string().min(1),
  seed: z.string().min(1).default('hanpyo'),
  /** Simulated time runs this many times as fast as real time. */
  speed: z.number().min(0.1).max(1000).default(1),
  /** `hanpyo sim run` ends after so many simulated seconds; without it, when it is told to. */
  durationSeconds: z.number().positive().optional(),
  radio: radioSettings.prefault({}),
  hall: hall.prefault({}),
  gateways: z
    .array(gatewaySettings)
    .min(1)
    .max(100)
    .prefault([{ id: '0016c001f1500001' }]),
  network: network.prefault({}),
  faults: faultSettings.prefault({}),
  timeline: z.array(timelineEvent).max(10_000).default([]),
  /** What the kiosks send by themselves in `hanpyo sim run`; in the demo they send what people cast. */
  traffic: trafficSettings.prefault({ everySeconds: 60, bytes: 42 }),
  pcap: z.string().optional(),
  /** Read by `hanpyo demo` only. */
  demo: z.record(z.string(), z.unknown()).optional(),
})

export type Scenario = z.infer<typeof scenarioSchema>

/** Reads a scenario; the detail of an error names file, field and what was expected. */
export function loadScenario(path: string): Promise<Result<Scenario, ConfigError>> {
  return loadConfig({ path, schema: scenarioSchema, env: {} })
}
