import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { fromHex } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { formatOf, type MessageFormat, PROTOBUF_FORMAT } from '../gateway/message-format.ts'
import { AesKey } from '../mac/aes.ts'
import { parsePhy } from '../mac/frame.ts'
import type { Messaging } from '../messaging.ts'
import { dataRateOf } from '../radio/kr920.ts'
import type { SeededRandom } from '../random.ts'
import { type DeviceEntry, newUuid, type ServerContext } from './context.ts'
import { Deduplicator, type UplinkSet } from './deduplicator.ts'
import { parseCommandTopic, parseDownCommand } from './down-command.ts'
import { DownlinkFlow } from './downlink-flow.ts'
import { EventPublisher } from './event-publisher.ts'
import { EventBuilder, eventTopic } from './events.ts'
import { handleJoinRequest, restoreKeys } from './join-flow.ts'
import { blankRecord } from './memory.ts'
import type { RegisteredDevice, ServerMemory, ServerSettings } from './types.ts'
import { handleDataUplink } from './uplink-flow.ts'

export interface NetworkServerOptions {
  readonly settings: ServerSettings
  readonly devices: readonly RegisteredDevice[]
  readonly messaging: Messaging
  readonly memory: ServerMemory
  readonly clock: Clock
  readonly random: SeededRandom
  readonly log: Logger
  /** Which gateways are registered; without it every gateway is. Frames of others are dropped, as ChirpStack does. */
  readonly gateways?: GatewayRegister
  /** Asked before each event whether it is lost, as ChirpStack can lose one that it answered on air. */
  readonly losesEvent?: () => boolean
}

export interface GatewayRegister {
  isKnown(gatewayId: string): boolean
  /** Told of every statistics report of a known gateway. */
  seen(gatewayId: string, unixMs: number): void
}

/** ChirpStack has no limit; a stand-in in memory needs one. */
const LONGEST_QUEUE = 1000
const MOST_FORMATS = 10_000
const GATEWAY_TOPIC = /^[^/]+\/gateway\/([0-9a-f]{16})\/event\/([a-z]+)$/

/**
 * A stand-in for ChirpStack 4.19 with one application: the same gateway topics (protobuf), events and `command/down`
 * (JSON), and the same behaviour where it matters to an application. Sessions, counters, used DevNonces and queues
 * survive a restart. Bad input gives a line in the log and nothing else.
 */
export class NetworkServer {
  readonly #options: NetworkServerOptions
  readonly #context: ServerContext
  readonly #deduplicator: Deduplicator
  readonly #downlinks: DownlinkFlow
  readonly #publisher: EventPublisher
  readonly #devices: Map<string, DeviceEntry>
  /** How gateways that do not write protobuf want to be written to. */
  readonly #formats = new Map<string, MessageFormat>()

  private constructor(options: NetworkServerOptions, devices: Map<string, DeviceEntry>) {
    this.#options = options
    this.#devices = devices
    const { settings, clock, random, log, messaging, memory } = options
    this.#publisher = new EventPublisher({ messaging, clock, log })
    this.#context = {
      settings,
      clock,
      random,
      log,
      devices,
      publishEvent: (entry, event, payload) => {
        const topic = eventTopic(entry.settings, entry.device.devEui, event)
        if (options.losesEvent?.() === true) log.warn('event-lost', { topic })
        else this.#publisher.publish(topic, payload)
      },
      sendDownlink: async (message) => {
        const topic = `${settings.topicPrefix}/gateway/${message.gatewayId}/command/down`
        const format = this.#formats.get(message.gatewayId) ?? PROTOBUF_FORMAT
        const published = await messaging.publish(topic, format.encodeDownlink(message), 1)
        if (!published.ok) log.warn('downlink-unpublished', { topic, error: published.error })
      },
      save: (entry) => memory.save(entry.device.devEui, entry.record),
    }
    this.#downlinks = new DownlinkFlow(this.#context)
    this.#deduplicator = new Deduplicator({
      clock,
      delayMs: settings.deduplicationDelayMs,
      handle: (set) => void this.#handleSet(set),
    })
  }

  /** Loads what is known about the devices and subscribes; resolves when both topics are granted, throws when not. */
  static async start(options: NetworkServerOptions): Promise<NetworkServer> {
    const { settings, messaging } = options
    const devices = new Map<string, DeviceEntry>()
    for (const device of options.devices) {
      devices.set(device.devEui, await loadEntry(options, device))
    }
    const server = new NetworkServer(options, devices)
    const granted = await Promise.all([
      messaging.subscribe(`${settings.topicPrefix}/gateway/+/event/+`, 1, (topic, payload) =>
        server.#onGatewayEvent(topic, payload),
      ),
      messaging.subscribe(`application/+/device/+/command/down`, 1, (topic, payload) =>
        server.#onCommand(topic, payload),
      ),
    ])
    granted.forEach(expectOk)
    return server
  }

  close(): void {
    this.#publisher.close()
  }

  /** What the server knows of a device; the entry stays the same object for as long as the device is registered. */
  device(devEui: string): DeviceEntry | undefined {
    return this.#devices.get(devEui)
  }

  /** Registers a device, or changes how it is registered; in force for the next frame. Session and queue stay. */
  async register(device: RegisteredDevice): Promise<DeviceEntry> {
    const known = this.#devices.get(device.devEui)
    if (known !== undefined) return Object.assign(known, registration(this.#options.settings, device))
    const entry = await loadEntry(this.#options, device)
    this.#devices.set(device.devEui, entry)
    return entry
  }

  /** Forgets a device with its session, queue and used DevNonces. */
  async unregister(devEui: string): Promise<void> {
    const entry = this.#devices.get(devEui)
    if (entry === undefined) return
    this.#devices.delete(devEui)
    Object.assign(entry.record, blankRecord())
    delete entry.record.lastSeenMs
    entry.keys = undefined
    await this.#context.save(entry)
  }

  /** Resolves when what changed in an entry's record is on disk. */
  save(entry: DeviceEntry): Promise<void> {
    entry.keys = restoreKeys(entry)
    return this.#context.save(entry)
  }

  async #onGatewayEvent(topic: string, payload: Uint8Array): Promise<void> {
    const { log } = this.#options
    const match = GATEWAY_TOPIC.exec(topic)
    if (match === null) return log.warn('gateway-topic-unknown', { topic })
    const { clock, gateways } = this.#options
    if (gateways?.isKnown(match[1]!) === false) return log.warn('gateway-unregistered', { topic })
    if (match[2] === 'stats') {
      gateways?.seen(match[1]!, clock.now())
    } else if (match[2] === 'up') {
      const uplink = this.#formatFrom(match[1]!, payload).decodeUplink(payload)
      if (!uplink.ok) return log.warn('gateway-uplink-malformed', { topic, detail: uplink.detail })
      if (dataRateOf(uplink.value.spreadingFactor) === undefined) {
        return log.warn('gateway-uplink-data-rate', { topic })
      }
      if (!this.#deduplicator.add(uplink.value)) return log.warn('gateway-uplink-flood', { topic })
    } else if (match[2] === 'ack') {
      const ack = this.#formatFrom(match[1]!, payload).decodeTxAck(payload)
      if (!ack.ok) return log.warn('gateway-ack-malformed', { topic, detail: ack.detail })
      await this.#downlinks.onTxAck(ack.value)
    }
  }

  /** Remembers in which format a gateway wrote last; it is answered in the same. */
  #formatFrom(gatewayId: string, payload: Uint8Array): MessageFormat {
    const format = formatOf(payload)
    if (format === PROTOBUF_FORMAT) this.#formats.delete(gatewayId)
    else if (this.#formats.size < MOST_FORMATS) this.#formats.set(gatewayId, format)
    return format
  }

  async #handleSet(set: UplinkSet): Promise<void> {
    const { log } = this.#options
    const parsed = parsePhy(set.frames[0]!.phyPayload)
    if (!parsed.ok) return log.warn('uplink-malformed', { error: parsed.error })
    const frame = parsed.value
    try {
      if (frame.type === 'join-request') return await handleJoinRequest(this.#context, set, frame)
      if (frame.type !== 'data' || frame.direction !== 'up') {
        return log.warn('uplink-unexpected-type', { type: frame.type })
      }
      const uplink = await handleDataUplink(this.#context, set, frame)
      if (uplink !== undefined) await this.#downlinks.respond(uplink)
    } catch (error) {
      // One device's broken disk must not take the others down; nothing was acknowledged for this frame.
      log.error('uplink-failed', { error })
    }
  }

  /** Enqueues and resolves when the item is on disk, so that the broker's PUBACK means that it is kept. */
  async #onCommand(topic: string, payload: Uint8Array): Promise<void> {
    const { log, random } = this.#options
    const where = parseCommandTopic(topic)
    if (!where.ok) return log.warn('command-refused', { error: where.error })
    const { devEui, applicationId } = where.value
    const entry = this.#context.devices.get(devEui)
    if (entry === undefined || applicationId !== entry.settings.application.id) {
      return log.warn('command-refused', { error: 'command-unknown-device', devEui })
    }
    const item = parseDownCommand(payload, { devEui, newId: () => newUuid(random) })
    if (!item.ok) return log.warn('command-refused', { error: item.error, devEui })
    if (entry.record.queue.some((one) => one.id === item.value.id)) {
      return log.warn('command-refused', { error: 'command-id-repeated', devEui })
    }
    if (entry.record.queue.length >= LONGEST_QUEUE) {
      return log.warn('command-refused', { error: 'command-queue-full', devEui })
    }
    entry.record.queue.push(item.value)
    await this.#context.save(entry)
  }
}

function registration(
  settings: ServerSettings,
  device: RegisteredDevice,
): Pick<DeviceEntry, 'device' | 'appKey' | 'settings' | 'events'> {
  const own = { ...settings, ...device.home }
  const appKey = device.appKey === undefined ? undefined : new AesKey(fromHex(device.appKey))
  return { device, appKey, settings: own, events: new EventBuilder(own, device) }
}

async function loadEntry(
  { settings, memory }: Pick<NetworkServerOptions, 'settings' | 'memory'>,
  device: RegisteredDevice,
): Promise<DeviceEntry> {
  const record = (await memory.load(device.devEui)) ?? blankRecord()
  return { ...registration(settings, device), record, keys: restoreKeys({ record }) }
}
