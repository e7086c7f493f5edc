import { readFile } from 'node:fs/promises'
import { type ConfigError, loadConfig } from '@hanpyo/platform/config.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import { faultSettings, timelineEvent } from './faults/fault-settings.ts'
import { parseJsonObject } from './messaging.ts'
import { lineFaultsSchema } from './modem/line-faults.ts'
import { MODEM_DIALECTS } from './modem/start-modem.ts'
import { DEFAULT_SERVER_SETTINGS } from './network-server/types.ts'
import { PROPAGATION_MODELS } from './radio/propagation.ts'

const eui = z.string().regex(/^[0-9a-f]{16}$/, '16 lower-case hex digits expected')
const key = z.string().regex(/^[0-9a-f]{32}$/, '32 lower-case hex digits expected')
const share = z.number().min(0).max(1)
const port = z.number().int().min(0).max(65_535)
const position = z.tuple([z.number(), z.number()])
const { region, deviceProfile, tenant, application, ...server } = DEFAULT_SERVER_SETTINGS

/** Uplinks that a device sends by itself, without a host on its serial line. */
export const trafficSettings = z.strictObject({
  /** Mean time between two uplinks of a device; each pause is drawn from 0.5 to 1.5 of it. */
  everySeconds: z.number().min(1),
  bytes: z.number().int().min(0).max(242).default(20),
  fPort: z.number().int().min(1).max(223).default(1),
  confirmed: z.boolean().default(false),
})

/** The air: a named model of path loss, numbers that replace single ones of it, and random loss. */
export const radioSettings = z.strictObject({
  model: z.enum(Object.keys(PROPAGATION_MODELS) as [keyof typeof PROPAGATION_MODELS]).default('town'),
  exponent: z.number().min(1).max(6).optional(),
  shadowingDb: z.number().min(0).max(20).optional(),
  fadingDb: z.number().min(0).max(20).optional(),
  lossUp: share.default(0),
  lossDown: share.default(0),
})

const modem = z.strictObject({
  id: z.string().min(1),
  devEui: eui,
  joinEui: eui,
  appKey: key,
  /** The AT commands it speaks: RAK3172, Wio-E5, ST AT_Slave. */
  dialect: z.enum(MODEM_DIALECTS).default('rui3'),
  /** TCP port on loopback, 0 = any free one. */
  port: port.default(0),
  /** Path of a pseudo terminal beside the TCP port; one of them is used at a time. */
  pty: z.string().optional(),
  position: position.optional(),
  dataRate: z.literal([0, 1, 2, 3, 4, 5]).default(5),
  adr: z.boolean().default(false),
  keepsSession: z.boolean().default(false),
  /** False leaves it to somebody else to register the device with the network server, through gRPC. */
  registered: z.boolean().default(true),
  faults: lineFaultsSchema.prefault({}),
  traffic: trafficSettings.optional(),
})

export const gatewaySettings = z.strictObject({
  id: eui,
  position: position.default([0, 0]),
  /** Writes JSON instead of protobuf, for reading along. */
  json: z.boolean().default(false),
  /** Eight at most, in Hz. */
  channelsHz: z.array(z.number().int()).min(1).max(8).optional(),
  location: z.strictObject({ latitude: z.number(), longitude: z.number() }).optional(),
  /** PEM files: the gateway's own certificate for the broker, in the place of the common one. */
  cert: z.string().optional(),
  key: z.string().optional(),
  /** The broker's door for gateways, if it has one of its own. */
  brokerUrl: z
    .string()
    .regex(/^mqtts?:\/\//, 'mqtt://host:port expected')
    .optional(),
})

const networkServer = z.strictObject({
  enabled: z.boolean().default(true),
  applicationId: z.uuid().default(application.id),
  applicationName: z.string().default(application.name),
  tenantId: z.uuid().default(tenant.id),
  tenantName: z.string().default(tenant.name),
  /** RX1 delay of the device profile, seconds. */
  rx1DelayS: z.number().int().min(1).max(15).default(deviceProfile.rx1DelayS),
  /** RX1 delay of the region, which devices get with the join-accept. */
  regionRx1DelayS: z.number().int().min(1).max(15).default(region.rx1DelayS),
  getDownlinkDataDelayMs: z.number().min(0).default(server.getDownlinkDataDelayMs),
  /** CFList of the join-accept, five at most. */
  extraChannelsHz: z
    .array(z.number().int())
    .max(5)
    .default([...region.extraChannelsHz]),
  deduplicationDelayMs: z.number().min(1).default(server.deduplicationDelayMs),
  adr: z.boolean().default(true),
  /** ChirpStack's gRPC services on loopback, without TLS. With them only registered gateways are listened to. */
  grpc: z
    .strictObject({
      port: port.default(0),
      /** Password of the user `admin`. */
      adminPassword: z.string().min(1).default('admin'),
      /** Where an administrator's API key is written at every start, mode 0600. */
      tokenFile: z.string().optional(),
    })
    .optional(),
})

/** Configuration of `hanpyo sim run`; paths are relative to the working directory. */
export const simulatorConfig = z.strictObject({
  seed: z.string().default('hanpyo'),
  /** Simulated time runs this many times as fast as real time. */
  speed: z.number().positive().default(1),
  /** Unix ms at which simulated and real time agree; the same for all processes of one simulated day. */
  epochMs: z.number().int().positive().optional(),
  dataDir: z.string(),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  broker: z.strictObject({
    url: z.string().regex(/^mqtts?:\/\//, 'mqtt://host:port expected'),
    protocolVersion: z.literal([4, 5]).default(5),
    topicPrefix: z.string().default(server.topicPrefix),
    username: z.string().optional(),
    password: z.string().optional(),
    /** PEM files: the authority the broker must be of, and our own certificate. Needed for `mqtts:`. */
    ca: z.string().optional(),
    cert: z.string().optional(),
    key: z.string().optional(),
  }),
  control: z.strictObject({ port: port.default(0) }).prefault({}),
  radio: radioSettings.prefault({}),
  faults: faultSettings.prefault({}),
  timeline: z.array(timelineEvent).max(10_000).default([]),
  /** False leaves the timeline until `POST /timeline` starts it. */
  startsTimeline: z.boolean().default(true),
  /** A pcap file with LoRaTap headers of every frame, for Wireshark. */
  pcap: z.string().optional(),
  gateways: z
    .array(gatewaySettings)
    .min(1)
    .prefault([{ id: '0016c001f1500001' }]),
  modems: z.array(modem).default([]),
  networkServer: networkServer.prefault({}),
  /** Cables that can be pulled: listen here, forward there. */
  links: z
    .array(
      z.strictObject({
        id: z.string().min(1),
        port: port.default(0),
        host: z.string().default('127.0.0.1'),
        targetPort: port,
      }),
    )
    .default([]),
})

export type SimulatorConfig = z.infer<typeof simulatorConfig>

/** Reads a `.toml` or `.json` file; `HANPYO_SIM_…` variables override a TOML file. */
export async function loadSimulatorConfig(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Result<SimulatorConfig, ConfigError>> {
  if (!path.endsWith('.json')) {
    return loadConfig({ path, schema: simulatorConfig, envPrefix: 'HANPYO_SIM_', env })
  }
  const bytes = await readFile(path).catch(() => null)
  if (bytes === null) return err('config-missing', `${path} cannot be read`)
  const tree = parseJsonObject(new Uint8Array(bytes))
  if (tree === null) return err('config-malformed', `${path} is not a JSON object`)
  const checked = simulatorConfig.safeParse(tree)
  return checked.success
    ? ok(checked.data)
    : err('config-invalid', `${path}: ${z.prettifyError(checked.error)}`)
}
