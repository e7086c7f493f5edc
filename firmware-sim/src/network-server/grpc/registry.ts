import applicationPb from '@chirpstack/chirpstack-api/api/application_pb.js'
import devicePb from '@chirpstack/chirpstack-api/api/device_pb.js'
import deviceProfilePb from '@chirpstack/chirpstack-api/api/device_profile_pb.js'
import gatewayPb from '@chirpstack/chirpstack-api/api/gateway_pb.js'
import tenantPb from '@chirpstack/chirpstack-api/api/tenant_pb.js'
import { readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { parseJsonObject } from '../../messaging.ts'

/** Bytes that nobody can guess. */
export type RandomBytes = (length: number) => Uint8Array

/** An object somebody created, with ChirpStack's two times (unix ms). */
export interface Stored<T> {
  message: T
  readonly createdAtMs: number
  updatedAtMs: number
}

export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly isAdmin: boolean
  /** Undefined for an administrator's key. */
  readonly tenantId: string | undefined
  readonly isReadOnly: boolean
}

/** Where the registry is kept; `save` resolves when the text is durable. */
export interface RegistryStore {
  load(): Promise<Record<string, unknown> | null>
  save(text: string): Promise<void>
}

interface Codec<T> {
  deserializeBinary(bytes: Uint8Array): T
}
type Table<T> = Map<string, Stored<T>>
type Row = readonly [id: string, base64: string, createdAtMs: number, updatedAtMs: number]

/** The protobuf messages of the tables, which are also their form on disk. */
const CODECS = {
  tenants: tenantPb.Tenant,
  applications: applicationPb.Application,
  deviceProfiles: deviceProfilePb.DeviceProfile,
  devices: devicePb.Device,
  deviceKeys: devicePb.DeviceKeys,
  gateways: gatewayPb.Gateway,
} satisfies Record<string, Codec<unknown>>
type TableName = keyof typeof CODECS
const TABLES = Object.keys(CODECS) as TableName[]

/** What the gRPC services know, keyed by UUID or lower-case EUI. Changes count once `save` has resolved. */
export class Registry {
  readonly tenants: Table<tenantPb.Tenant> = new Map()
  readonly applications: Table<applicationPb.Application> = new Map()
  readonly deviceProfiles: Table<deviceProfilePb.DeviceProfile> = new Map()
  readonly devices: Table<devicePb.Device> = new Map()
  readonly deviceKeys: Table<devicePb.DeviceKeys> = new Map()
  readonly gateways: Table<gatewayPb.Gateway> = new Map()
  readonly apiKeys = new Map<string, ApiKey>()
  /** Signs the tokens; made once. */
  #secret = ''
  readonly #store: RegistryStore
  #saving: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  private constructor(store: RegistryStore) {
    this.#store = store
  }

  /** Throws on a file that is not a registry. `random` makes the secret of a new one. */
  static async open(store: RegistryStore, random: RandomBytes): Promise<Registry> {
    const registry = new Registry(store)
    const saved = await store.load()
    if (saved === null) registry.#secret = toHex(random(32))
    else registry.#restore(saved)
    return registry
  }

  get secret(): string {
    return this.#secret
  }

  /** Writes the present state; calls that come while a write is under way share the next one. */
  save(): Promise<void> {
    this.#next ??= this.#saving
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        this.#saving = this.#store.save(this.#text())
        return this.#saving
      })
    return this.#next
  }

  #text(): string {
    const rows = (table: Table<{ serializeBinary(): Uint8Array }>): Row[] =>
      [...table].map(([id, { message, createdAtMs, updatedAtMs }]) => [
        id,
        Buffer.from(message.serializeBinary()).toString('base64'),
        createdAtMs,
        updatedAtMs,
      ])
    const tables = Object.fromEntries(TABLES.map((name) => [name, rows(this[name])]))
    return `${JSON.stringify({ secret: this.#secret, apiKeys: [...this.apiKeys.values()], ...tables })}\n`
  }

  #restore(saved: Record<string, unknown>): void {
    const { secret, apiKeys } = saved
    if (typeof secret !== 'string' || !Array.isArray(apiKeys))
      throw new Error('not a registry of the network server')
    this.#secret = secret
    for (const key of apiKeys as ApiKey[]) this.apiKeys.set(key.id, key)
    for (const name of TABLES) {
      const codec: Codec<unknown> = CODECS[name]
      const table = this[name] as Table<unknown>
      for (const [id, base64, createdAtMs, updatedAtMs] of saved[name] as Row[]) {
        const message = codec.deserializeBinary(Buffer.from(base64, 'base64'))
        table.set(id, { message, createdAtMs, updatedAtMs })
      }
    }
  }
}

/** A file readable by its owner only: it holds AppKeys and the secret of the tokens. */
export function registryFile(path: string): RegistryStore {
  return {
    async load() {
      const bytes = await readIfPresent(path)
      if (bytes === null) return null
      const saved = parseJsonObject(bytes)
      if (saved === null) throw new Error(`${path} is not a registry of the network server`)
      return saved
    },
    save: (text) => writeDurable(path, text, { mode: 0o600 }),
  }
}

/** A registry that lasts as long as the object; for tests. */
export function volatileRegistryStore(): RegistryStore {
  let text: string | undefined
  return {
    load: async () => (text === undefined ? null : JSON.parse(text)),
    save: async (next) => {
      text = next
    },
  }
}
