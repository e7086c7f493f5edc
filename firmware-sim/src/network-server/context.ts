import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import type { DownlinkMessage } from '../gateway/messages.ts'
import type { AesKey } from '../mac/aes.ts'
import type { SessionKeys } from '../mac/codec.ts'
import type { SeededRandom } from '../random.ts'
import type { EventBuilder, EventName, LogCode } from './events.ts'
import type { DeviceRecord, RegisteredDevice, ServerSettings } from './types.ts'

/** A registered device with everything the server knows about it. */
export interface DeviceEntry {
  device: RegisteredDevice
  appKey: AesKey | undefined
  readonly record: DeviceRecord
  /** The server's settings with the device's own tenant, application and profile. */
  settings: ServerSettings
  events: EventBuilder
  /** Keys of `record.session`, ready for use. */
  keys: SessionKeys | undefined
}

/** What the flows of the server share. */
export interface ServerContext {
  readonly settings: ServerSettings
  readonly clock: Clock
  readonly random: SeededRandom
  readonly log: Logger
  readonly devices: ReadonlyMap<string, DeviceEntry>
  /** Hands an event to the broker; does not wait for it, as ChirpStack does not. */
  publishEvent(entry: DeviceEntry, event: EventName, payload: object): void
  sendDownlink(message: DownlinkMessage): Promise<void>
  /** Resolves when the entry's record is on disk. */
  save(entry: DeviceEntry): Promise<void>
}

/** A random UUID, version 4. */
export function newUuid(random: Pick<SeededRandom, 'bytes'>): string {
  const bytes = random.bytes(16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Publishes a `log` event of a device. */
export function publishLog(
  context: ServerContext,
  entry: DeviceEntry,
  event: {
    level: 'WARNING' | 'ERROR'
    code: LogCode
    description: string
    context: Record<string, string>
  },
): void {
  const payload = entry.events.log({ timeMs: context.clock.now(), ...event })
  context.publishEvent(entry, 'log', payload)
}
