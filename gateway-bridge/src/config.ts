import { dirname, resolve } from 'node:path'
import { trustedProxies } from '@hanpyo/platform/client-address.ts'
import { type ConfigError, loadConfig } from '@hanpyo/platform/config.ts'
import { ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'

const path = z.string().min(1)
const positive = z.number().positive()
const range = z.string().refine((text) => {
  try {
    return trustedProxies([text]) !== undefined
  } catch {
    return false
  }
}, 'an address or a range like 10.0.0.0/8')

/** `bridge.toml`. Relative paths are relative to the file; times are seconds of the (possibly scaled) clock. */
export const bridgeConfigSchema = z.strictObject({
  /** Where the ledger lies. */
  dataDir: path,
  /** The id of this bridge in the manifest. */
  bridge: z.string().min(1).default('main'),
  /** Writes every published batch as static files too, for any web server. */
  staticDir: path.optional(),
  keys: z.strictObject({ log: path, bridge: path }),
  /** Where the ledger is stored: in a file of `dataDir`, or on a PostgreSQL cluster. */
  ledger: z
    .strictObject({
      engine: z.enum(['sqlite', 'postgres']).default('sqlite'),
      postgres: z
        .strictObject({
          /** All servers in one: `postgresql://user@host,host,host/database?sslmode=verify-full&sslrootcert=/path`. */
          url: z.string().regex(/^postgres(ql)?:\/\//),
          /** A file with the password, when there is one. */
          passwordFile: path.optional(),
          /** Refuses servers that would lose ballots that were acknowledged. */
          requireQuorum: z.boolean().default(true),
        })
        .optional(),
    })
    .refine(({ engine, postgres }) => engine !== 'postgres' || postgres !== undefined, {
      message: '[ledger.postgres] with the url of the servers is missing',
    })
    .prefault({}),
  mqtt: z.strictObject({
    url: z.url({ protocol: /^mqtts?$/ }),
    /** 5, or 4 for a broker that speaks 3.1.1 only. */
    version: z.union([z.literal(4), z.literal(5)]).default(5),
    /** Connections are named `<clientId>-<n>`; keep it, the broker keeps their sessions. */
    clientId: z.string().min(1).max(64),
    /** Connections that share the subscription (MQTT 5 only; 3.1.1 always takes one). */
    connections: z.int().min(1).max(256).default(4),
    /** Messages one connection works on at once. More in flight make larger group commits. */
    inFlightPerConnection: z.int().min(1).max(256).default(32),
    shareGroup: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,64}$/)
      .default('bridge'),
    sessionExpirySeconds: z
      .int()
      .min(0)
      .default(7 * 24 * 3600),
    ca: path.optional(),
    cert: path.optional(),
    key: path.optional(),
  }),
  /** Leave it out when no kiosk uses LoRaWAN. */
  chirpstack: z
    .strictObject({
      applicationId: z.uuid(),
      ackLifetimeSeconds: positive.default(10),
      /** A datagram in fragments is forgotten when its kiosk was silent for so long. */
      fragmentInactivitySeconds: positive.default(3600),
    })
    .optional(),
  /**
   * What one kiosk may send, so that a stolen one cannot keep others from being heard. What is beyond it is not acknowledged and
   * comes again. The burst takes what a kiosk has collected in a week without a network.
   */
  kiosk: z
    .strictObject({
      uplinksPerSecond: positive.default(50),
      uplinkBurst: z.int().min(1).default(5_000),
    })
    .prefault({}),
  http: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.int().min(0).max(65535).default(8080),
      cert: path.optional(),
      key: path.optional(),
      /** Authority of client certificates (the device authority): a kiosk that shows one has an allowance of its own. */
      clientCa: path.optional(),
      /** The authority's list of revoked certificates (`crl.pem`), read again as the others are. */
      clientCrl: path.optional(),
      /** Whether those without a certificate are served. */
      clientCertificates: z.enum(['optional', 'required']).default('optional'),
      /** Whether a record that a kiosk has signed is taken from that kiosk's certificate only. Reading stays open to all. */
      kioskCertificates: z.enum(['optional', 'required']).default('optional'),
      /** Proxies of our own, whose `X-Forwarded-For` names the client. */
      trustedProxies: z.array(range).default([]),
      /** For one address (IPv6: one /64), or one client certificate. */
      requestsPerSecond: positive.default(300),
      requestBurst: z.int().min(1).default(3_000),
      maxConnections: z.int().min(1).default(4_096),
      maxConnectionsPerAddress: z.int().min(1).default(256),
      /** A file with the bearer token for blobs that no record names yet, and for /metrics from elsewhere. */
      tokenFile: path.optional(),
      maxBlobBytes: z
        .int()
        .min(1)
        .default(64 * 2 ** 20),
      recordsWaitSeconds: z.number().min(0).default(30),
      /** The built public page (`board/dist`); the one beside this program when left out. */
      boardDir: path.optional(),
    })
    .refine(({ clientCa, clientCrl }) => clientCrl === undefined || clientCa !== undefined, {
      message: 'clientCrl is the list of an authority: clientCa is missing',
    })
    .refine(
      ({ kioskCertificates, cert, key, clientCa, clientCrl }) =>
        kioskCertificates !== 'required' || [cert, key, clientCa, clientCrl].every(Boolean),
      { message: 'kioskCertificates = "required" needs cert, key, clientCa and clientCrl' },
    )
    .prefault({}),
  /** How the witnesses and mirrors of the manifest are asked. Seconds of the clock, but for `timeoutSeconds`, which is real. */
  witnesses: z
    .strictObject({
      timeoutSeconds: positive.default(5),
      /** Without growth the newest checkpoint is cosigned again after this time. */
      republishSeconds: positive.default(600),
      retrySeconds: positive.default(15),
    })
    .prefault({}),
  admission: z.strictObject({ workers: z.int().min(0).max(64).optional() }).prefault({}),
  /** For demonstrations: time runs `speed` times as fast, counted from `epochMs`. */
  clock: z.strictObject({ speed: positive.default(1), epochMs: z.int().optional() }).prefault({}),
  log: z
    .strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info') })
    .prefault({}),
})

export type BridgeConfig = z.infer<typeof bridgeConfigSchema>

/** Reads the file, applies `HANPYO_BRIDGE_…` overrides and makes every path absolute. */
export async function loadBridgeConfig(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Result<BridgeConfig, ConfigError>> {
  const loaded = await loadConfig({
    path: file,
    schema: bridgeConfigSchema,
    envPrefix: 'HANPYO_BRIDGE_',
    env,
  })
  return loaded.ok ? ok(absolute(loaded.value, dirname(resolve(file)))) : loaded
}

function absolute(config: BridgeConfig, base: string): BridgeConfig {
  const at = (one: string) => resolve(base, one)
  const maybe = <K extends string>(key: K, value: string | undefined) =>
    (value === undefined ? {} : { [key]: at(value) }) as { [k in K]?: string }
  const { keys, mqtt, http, ledger } = config
  return {
    ...config,
    dataDir: at(config.dataDir),
    ...maybe('staticDir', config.staticDir),
    keys: { log: at(keys.log), bridge: at(keys.bridge) },
    ledger: {
      ...ledger,
      ...(ledger.postgres === undefined
        ? {}
        : { postgres: { ...ledger.postgres, ...maybe('passwordFile', ledger.postgres.passwordFile) } }),
    },
    mqtt: { ...mqtt, ...maybe('ca', mqtt.ca), ...maybe('cert', mqtt.cert), ...maybe('key', mqtt.key) },
    http: {
      ...http,
      ...maybe('cert', http.cert),
      ...maybe('key', http.key),
      ...maybe('clientCa', http.clientCa),
      ...maybe('clientCrl', http.clientCrl),
      ...maybe('tokenFile', http.tokenFile),
      ...maybe('boardDir', http.boardDir),
    },
  }
}
