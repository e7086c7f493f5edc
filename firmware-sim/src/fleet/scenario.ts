import { type ConfigError, loadConfig } from '@hanpyo/platform/config.ts'
import type { Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import { DEFAULT_CHANNELS_HZ, isChannelFrequency, USUAL_EXTRA_CHANNELS_HZ } from '../radio/kr920.ts'
import { PROPAGATION_MODELS } from '../radio/propagation.ts'

const share = z.number().positive()
const position = z.tuple([z.number(), z.number()])
const dataRate = z.literal([0, 1, 2, 3, 4, 5])
const notBelowZero = z.number().min(0)

const propagation = z.union([
  z.enum(Object.keys(PROPAGATION_MODELS) as [keyof typeof PROPAGATION_MODELS]),
  z.strictObject({
    referenceDistanceM: z.number().positive(),
    referenceLossDb: z.number(),
    exponent: z.number().positive(),
    shadowingDb: notBelowZero,
    fadingDb: notBelowZero,
  }),
])

const centre = z.strictObject({
  name: z.string().min(1),
  /** Metres east and north of any common point. */
  position,
  kiosks: z.number().int().min(1).max(500),
  /** Weight of this centre in the day's ballots; default: its kiosks. */
  weight: share.optional(),
  /** Loss through walls between the kiosks and the open air, dB. */
  indoorLossDb: notBelowZero.default(0),
  /** Overrides `kiosk.dataRate`. */
  dataRate: z.union([dataRate, z.literal('adr')]).optional(),
})

const gateway = z.strictObject({
  name: z.string().min(1),
  position,
  antennaGainDb: z.number().default(0),
})

const day = z.strictObject({
  hours: z.number().positive().max(48).default(12),
  /** Ballots cast in the whole day; how many exactly is drawn (Poisson). */
  ballots: z.number().positive().max(1_000_000),
  /** Relative busyness of equal parts of the day. */
  profile: z
    .array(notBelowZero)
    .min(1)
    .max(1000)
    .refine((weights) => weights.some((weight) => weight > 0), 'at least one weight above 0 expected')
    .default([1]),
  /** What is cast, as datagram lengths. */
  sizes: z
    .array(z.strictObject({ bytes: z.number().int().min(1).max(2520), share }))
    .min(1)
    .default([{ bytes: 213, share: 1 }]),
  /** After the polls closed, kiosks go on for at most so long. */
  drainHours: z.number().positive().default(4),
})

const kiosk = z.strictObject({
  dataRate: z.union([dataRate, z.literal('adr')]).default('adr'),
  /** SNR to spare that ADR asks for, dB; ChirpStack's default is 10. */
  adrMarginDb: notBelowZero.default(10),
  /** Payload bytes kept free for MAC answers. */
  reservedBytes: z.number().int().min(0).max(15).default(15),
  /** The kiosk's outbox (kiosk/src/core/outbox/schedule.ts). */
  holdMaxMs: notBelowZero.default(600_000),
  retryMs: z.tuple([z.number().positive(), z.number().positive()]).default([30_000, 1_200_000]),
})

const network = z.strictObject({
  rx1DelayMs: z.number().min(1000).max(15_000).default(5000),
  /** `rx1`: an answer that cannot go out in RX1 waits for the next uplink. `both`: it is tried in RX2 first. */
  windows: z.enum(['rx1', 'both']).default('rx1'),
  rx2DataRate: dataRate.default(0),
  /**
   * `each`: an ack names the ballot that just came in, and expires when it cannot go out at once, as the bridge does
   * it. `gathered`: it names up to five that were not named yet; sending by the clock needs that.
   */
  acks: z.enum(['each', 'gathered']).default('each'),
  /** Bytes of every ack, or `by-count`: 10 and 7 for each ballot it names. */
  ackBytes: z.union([z.number().int().min(1).max(51), z.literal('by-count')]).default('by-count'),
})

const schedule = z.strictObject({
  isOn: z.boolean().default(false),
  /** Kiosks slower than this go on sending at random. */
  slowestDataRate: z.literal([4, 5]).default(5),
  /** Error of a clock the plan allows for. */
  clockErrorMs: notBelowZero.max(400).default(100),
  /** Standard deviation of what is left after a clock was set. */
  syncErrorMs: notBelowZero.default(15),
  syncEveryMinutes: z.number().positive().default(60),
  /** Standard deviation of the kiosks' drift, parts per million. */
  driftPpm: notBelowZero.default(10),
  /** `planned`: the modem sends on the planned channel. `random`: it picks one itself, as most AT modems do. */
  channels: z.enum(['planned', 'random']).default('planned'),
})

/** With a shorter RX1 delay no slot fits into the first half of a superframe. */
export const LEAST_RX1_DELAY_FOR_SLOTS_MS = 3000
const MOST_KIOSKS = 2000

const scenarioFields = z.strictObject({
  title: z.string().min(1),
  /** What a reader of the report should know about this map. */
  note: z.string().default(''),
  seed: z.string().default('hanpyo'),
  day,
  kiosk: kiosk.prefault({}),
  network: network.prefault({}),
  schedule: schedule.prefault({}),
  radio: z
    .strictObject({
      propagation: propagation.default('urban'),
      listenBeforeTalk: z.boolean().default(true),
      channelsHz: z
        .array(z.number().refine(isChannelFrequency, 'a KR920 channel in Hz expected'))
        .min(1)
        .max(8)
        .default([...DEFAULT_CHANNELS_HZ, ...USUAL_EXTRA_CHANNELS_HZ]),
      /** Metres between neighbouring kiosks of a centre. */
      kioskSpacingM: z.number().positive().default(3),
    })
    .prefault({}),
  centres: z.array(centre).min(1).max(200),
  gateways: z.array(gateway).min(1).max(50),
})

/** A polling day over a map; `hanpyo sim fleet` reads it from TOML. */
export const fleetScenario = scenarioFields
  .refine(({ centres }) => centres.reduce((sum, { kiosks }) => sum + kiosks, 0) <= MOST_KIOSKS, {
    path: ['centres'],
    error: `more than ${MOST_KIOSKS} kiosks together`,
  })
  .refine((one) => !one.schedule.isOn || one.network.rx1DelayMs >= LEAST_RX1_DELAY_FOR_SLOTS_MS, {
    path: ['network', 'rx1DelayMs'],
    error: `sending by the clock needs at least ${LEAST_RX1_DELAY_FOR_SLOTS_MS}`,
  })

export type FleetScenario = z.infer<typeof fleetScenario>

/** Reads a scenario; the detail of an error is one line per mistake, for a person. */
export function loadScenario(path: string): Promise<Result<FleetScenario, ConfigError>> {
  return loadConfig({ path, schema: fleetScenario })
}

/** The day's ballots an hour, on average. */
export function offeredPerHour(scenario: FleetScenario): number {
  return scenario.day.ballots / scenario.day.hours
}
