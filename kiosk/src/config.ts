import { resolve } from 'node:path'
import { type ConfigError, loadConfig } from '@hanpyo/platform/config.ts'
import { kioskId } from '@hanpyo/protocol/election/fields.ts'
import { ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'

const path = z.string().min(1)
const seconds = z.number().positive()

const broker = {
  /** `mqtts://host:8883`. */
  url: z.string(),
  mqttVersion: z.union([z.literal(4), z.literal(5)]).default(5),
  ca: path.optional(),
  cert: path.optional(),
  key: path.optional(),
  username: z.string().optional(),
  keepAliveSeconds: z.int().min(1).max(600).optional(),
  publishTimeoutMs: z.int().min(100).optional(),
  reconnectMaxMs: z.int().min(100).optional(),
}

/** `kiosk.toml`. Relative paths are relative to the file. Every key and its meaning is in the README. */
export const kioskConfigSchema = z.strictObject({
  /** Slot of this kiosk in the manifest. */
  kiosk: kioskId,
  dataDir: path,
  /** Folder with `manifest.note` and `blobs/<sha256>`, as `election publish` leaves it. */
  electionDir: path,
  /** Authority vkey the technician compared; the manifest must be signed by it. */
  authority: z.string().optional(),
  /** Speed of all timers but those that people feel (idle times). */
  speed: z.number().positive().default(1),
  /** Unix ms at which simulated and real time agree; for processes that share a simulated day. */
  epochMs: z.int().min(0).optional(),
  keys: z.strictObject({
    device: path,
    /** Hashes of staff PINs and cards, made by `hanpyo kiosk staff`; without it nobody opens the polls. */
    staff: path.optional(),
  }),
  /** Silence after which the staff screens lock. */
  staff: z.strictObject({ autoLockSeconds: seconds.default(120) }).prefault({}),
  /** The public ledger (bridge or mirror): polls of the whole election, void slips, the time. */
  ledger: z
    .strictObject({
      url: z.url(),
      everySeconds: seconds.default(60),
      /** PEM of the authority of its server, instead of the public ones. */
      ca: path.optional(),
      /** What this kiosk shows there: the certificate and key that it shows at the broker. */
      cert: path.optional(),
      key: path.optional(),
    })
    .refine(({ url, ca }) => ca === undefined || url.startsWith('https:'), {
      message: 'ca is for an https address',
    })
    .refine(
      ({ ca, cert, key }) =>
        (cert === undefined) === (key === undefined) && (cert === undefined || ca !== undefined),
      {
        message: 'cert and key belong together, and need ca',
      },
    )
    .optional(),
  printer: z.strictObject({ uri: z.string() }).optional(),
  /** The lamp that calls staff. */
  lamp: z.strictObject({ uri: z.string() }).optional(),
  /** The broker of the first bridge; `bridge` is its id in the manifest, by default the manifest's first. */
  wifi: z.strictObject({ ...broker, bridge: z.string().optional() }).optional(),
  /** Further bridges, run by others, each at its own broker: they get what the ones before refuse or leave unanswered. */
  bridges: z
    .array(z.strictObject({ ...broker, id: z.string().min(1) }))
    .max(15)
    .default([]),
  lora: z
    .strictObject({
      /** `serial:/dev/ttyUSB0?baud=115200` or `tcp:host:port`. */
      modem: z.string(),
      /** Ids of the bridges that hear this radio; by default the one of `[wifi]`. */
      bridges: z.array(z.string()).min(1).optional(),
      reservedBytes: z.int().min(0).max(15).default(15),
      /** Ask the network for the time after each join, to warn staff of a wrong clock; costs one uplink. */
      askTime: z.boolean().default(false),
      /** Datagrams too long for a frame: unanswered requests before giving up, and the pause between two of them. */
      fragments: z
        .strictObject({
          maxAckRequests: z.int().min(1).max(64).default(8),
          retransmissionSeconds: z.number().min(10).max(43_200).default(60),
        })
        .prefault({}),
    })
    .optional(),
  scanner: z.strictObject({ uri: z.string() }).optional(),
  /** What people press: device URIs of the nine-key pad (with its headphone jack) and of the two switches. */
  devices: z.strictObject({ keypad: z.string().optional(), switches: z.string().optional() }).prefault({}),
  /** Where the technician's reports may also go: the folder a memory stick is mounted at. */
  technician: z.strictObject({ stickDir: path.optional() }).prefault({}),
  outbox: z
    .strictObject({
      holdMaxSeconds: z.number().min(0).default(600),
      /** Wait before the first and at most before a later resend over LoRaWAN; it doubles in between. */
      loraRetrySeconds: z.tuple([seconds, seconds]).default([30, 1200]),
    })
    .prefault({}),
  http: z.strictObject({ port: z.int().min(0).max(65535).default(0) }).prefault({}),
  shell: z
    .strictObject({
      /** Where this boot's token is written (0600) for the shell. */
      tokenFile: path.optional(),
      /** The file's group may read it (0640): the screen runs as another user. */
      tokenForGroup: z.boolean().default(false),
      /** The page's bundle; without it only `/rpc/` is served. */
      uiDir: path.optional(),
      pxPerMm: z.number().min(1).max(20).optional(),
    })
    .prefault({}),
  idle: z
    .strictObject({
      promptSeconds: seconds.default(90),
      answerSeconds: seconds.default(60),
      resultSeconds: seconds.default(60),
      doneSeconds: seconds.default(15),
    })
    .prefault({}),
  disk: z
    .strictObject({
      lowMegabytes: z.number().min(0).default(100),
      /** Below this, nobody new may begin: enough for what goes on to be stored. */
      stopMegabytes: z.number().min(0).default(20),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
      /** File for operation logs; default is standard error. */
      file: path.optional(),
    })
    .prefault({}),
})

export type KioskConfig = z.infer<typeof kioskConfigSchema>
/** Where a broker is and how to prove oneself there. */
export type BrokerConfig = Omit<KioskConfig['bridges'][number], 'id'>

/** Reads `kiosk.toml` with overrides from `HANPYO_KIOSK_…`; paths come out absolute. */
export async function loadKioskConfig(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Result<KioskConfig, ConfigError>> {
  const loaded = await loadConfig({ path: file, schema: kioskConfigSchema, envPrefix: 'HANPYO_KIOSK_', env })
  return loaded.ok ? ok(withAbsolutePaths(loaded.value, resolve(file, '..'))) : loaded
}

function withAbsolutePaths(config: KioskConfig, base: string): KioskConfig {
  const at = (value: string) => resolve(base, value)
  const { keys, ledger, wifi, bridges, shell, technician, log } = config
  return {
    ...config,
    dataDir: at(config.dataDir),
    electionDir: at(config.electionDir),
    keys: { ...keys, device: at(keys.device), ...absolute(keys, ['staff'], at) },
    ...(ledger === undefined
      ? {}
      : { ledger: { ...ledger, ...absolute(ledger, ['ca', 'cert', 'key'], at) } }),
    ...(wifi === undefined ? {} : { wifi: { ...wifi, ...absolute(wifi, ['ca', 'cert', 'key'], at) } }),
    bridges: bridges.map((one) => ({ ...one, ...absolute(one, ['ca', 'cert', 'key'], at) })),
    shell: { ...shell, ...absolute(shell, ['tokenFile', 'uiDir'], at) },
    technician: absolute(technician, ['stickDir'], at),
    log: { ...log, ...absolute(log, ['file'], at) },
  }
}

function absolute<T extends object, K extends keyof T>(
  table: T,
  keys: readonly K[],
  at: (value: string) => string,
): Partial<T> {
  const out: Partial<T> = {}
  for (const key of keys) {
    const value = table[key]
    if (typeof value === 'string') out[key] = at(value) as T[K]
  }
  return out
}
