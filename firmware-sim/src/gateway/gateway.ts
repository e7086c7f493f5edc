import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { ByteReader, ByteWriter } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import type { FaultSettings } from '../faults/fault-settings.ts'
import type { Messaging } from '../messaging.ts'
import { airtimeMs } from '../radio/airtime.ts'
import type { RadioChannel } from '../radio/channel.ts'
import {
  DEFAULT_CHANNELS_HZ,
  GATEWAY_MAX_EIRP_DBM,
  HIGHEST_FREQUENCY_HZ,
  LOWEST_FREQUENCY_HZ,
  USUAL_EXTRA_CHANNELS_HZ,
} from '../radio/kr920.ts'
import type { Position } from '../radio/propagation.ts'
import type { Reception } from '../radio/reception.ts'
import type { SeededRandom } from '../random.ts'
import { countOne, createGatewayCounters, type GatewayCounters, sinceLast } from './counters.ts'
import { type MessageFormat, PROTOBUF_FORMAT } from './message-format.ts'
import type { DownlinkItem, TxStatus } from './messages.ts'

/** Latest and earliest hand-over of a frame before its start (Semtech packet forwarder, `jitqueue.c`). */
const SHORTEST_LEAD_MS = 42.5
const LONGEST_LEAD_MS = 512_000
const STATS_INTERVAL_MS = 30_000
const COUNTER_SPAN = 2 ** 32
const IMMEDIATE_LEAD_MS = 50
/** A frame handed over twice comes again within this time, inside or outside the server's deduplication. */
const LATEST_DUPLICATE_MS = 2000

/** Faults of the backhaul and the concentrator, read at each frame. */
export type GatewayFaults = Pick<FaultSettings, 'duplicateUplinks' | 'downlinkDelayMs' | 'txNacks'>

const NO_FAULTS: GatewayFaults = { duplicateUplinks: 0, downlinkDelayMs: 0, txNacks: 0 }

export interface GatewayOptions {
  /** 16 lower-case hex digits. */
  readonly id: string
  readonly position: Position
  /** Eight channels at most, as an SX1302 has. Default: the three of the band and five usual ones. */
  readonly channelsHz?: readonly number[]
  readonly topicPrefix?: string
  readonly radio: RadioChannel
  readonly clock: Clock
  readonly random: SeededRandom
  readonly messaging: Messaging
  readonly log: Logger
  readonly faults?: GatewayFaults
  /** Default protobuf. */
  readonly format?: MessageFormat
}

/**
 * A gateway with the ChirpStack MQTT forwarder on it: protobuf, QoS 1, topics `<prefix>/gateway/<id>/…`. Its 32-bit
 * microsecond counter is the context of an uplink; a downlink with `delay` timing starts at exactly that counter
 * plus the delay, or is refused.
 */
export class Gateway {
  readonly counters = createGatewayCounters()
  readonly id: string
  readonly channelsHz: readonly number[]
  readonly #options: GatewayOptions
  readonly #faults: GatewayFaults
  readonly #format: MessageFormat
  readonly #faultDice: SeededRandom
  #bootMs: number
  #detach: () => void = () => {}
  #statsTimer: Timer | undefined
  #lastStats: GatewayCounters | undefined
  #isOn = false

  private constructor(options: GatewayOptions) {
    this.id = options.id
    this.#options = options
    this.#bootMs = options.clock.now()
    this.channelsHz = options.channelsHz ?? [...DEFAULT_CHANNELS_HZ, ...USUAL_EXTRA_CHANNELS_HZ]
    this.#faults = options.faults ?? NO_FAULTS
    this.#format = options.format ?? PROTOBUF_FORMAT
    this.#faultDice = options.random.fork('faults')
    if (this.channelsHz.length > 8) throw new RangeError('"channelsHz" has more than 8 channels')
  }

  /** Whether it has power. */
  get isOn(): boolean {
    return this.#isOn
  }

  /** Resolves when the gateway is subscribed and has said that it is there; throws when the broker refuses it. */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const gateway = new Gateway(options)
    const topic = gateway.#topic('command/down')
    expectOk(await options.messaging.subscribe(topic, 1, (_topic, payload) => gateway.#onDownlink(payload)))
    await gateway.switchOn()
    return gateway
  }

  /** Power on: a new counter, receiving, announced as online. Resolves when that was handed to the broker. */
  async switchOn(): Promise<void> {
    if (this.#isOn) return
    const { radio, clock, position } = this.#options
    this.#isOn = true
    this.#bootMs = clock.now()
    this.#detach = radio.attachGateway({
      id: this.id,
      position,
      channelsHz: this.channelsHz,
      onUplink: (reception) => void this.#receive(reception),
    })
    await this.#publishState(true)
    await this.#publishStats()
  }

  /** Power off: deaf and mute; the state that the broker then publishes for it is offline. */
  async switchOff(): Promise<void> {
    if (!this.#isOn) return
    this.#isOn = false
    this.#detach()
    this.#options.clock.clearTimeout(this.#statsTimer)
    await this.#publishState(false)
  }

  close(): Promise<void> {
    return this.switchOff()
  }

  async #publishState(isOnline: boolean): Promise<void> {
    const state = this.#format.encodeConnectionState(this.id, isOnline)
    await this.#options.messaging.publish(this.#topic('state/conn'), state, 1, { retain: true })
  }

  async #receive(reception: Reception): Promise<void> {
    const { clock } = this.#options
    if (this.#faultDice.next() < this.#faults.duplicateUplinks) {
      this.counters.duplicated++
      const again = () => {
        if (this.#isOn) void this.#publishUplink(reception)
      }
      clock.setTimeout(again, this.#faultDice.integer(LATEST_DUPLICATE_MS))
    }
    const { frequencyHz } = reception.transmission
    this.counters.received++
    countOne(this.counters.receivedPerFrequency, frequencyHz)
    await this.#publishUplink(reception)
  }

  async #publishUplink(reception: Reception): Promise<void> {
    const { transmission, rssiDbm, snrDb } = reception
    const message = this.#format.encodeUplink({
      gatewayId: this.id,
      phyPayload: transmission.payload,
      frequencyHz: transmission.frequencyHz,
      spreadingFactor: transmission.spreadingFactor,
      uplinkId: this.#options.random.integer(COUNTER_SPAN),
      rssiDbm,
      snrDb: Math.round(snrDb * 4) / 4,
      channel: this.channelsHz.indexOf(transmission.frequencyHz),
      context: new ByteWriter().u32(this.#counterAt(transmission.endMs)).bytes(),
      gatewayTimeMs: transmission.endMs,
    })
    const published = await this.#options.messaging.publish(this.#topic('event/up'), message, 1)
    if (published.ok) return
    this.counters.unpublished++
    this.#options.log.warn('gateway-uplink-unpublished', { gatewayId: this.id, error: published.error })
  }

  async #onDownlink(payload: Uint8Array): Promise<void> {
    const { downlinkDelayMs } = this.#faults
    if (downlinkDelayMs > 0) await this.#options.clock.sleep(downlinkDelayMs)
    if (!this.#isOn) return
    const parsed = this.#format.decodeDownlink(payload)
    if (!parsed.ok) {
      this.#options.log.warn('gateway-downlink-malformed', { gatewayId: this.id, detail: parsed.detail })
      return
    }
    const { downlinkId, items } = parsed.value
    this.counters.downlinksReceived++
    const isRefused = this.#faultDice.next() < this.#faults.txNacks
    const statuses: TxStatus[] = []
    for (const item of items) {
      statuses.push(isRefused ? 'INTERNAL_ERROR' : this.#plan(item))
      if (statuses.at(-1) === 'OK') break
    }
    const last = statuses.at(-1)!
    countOne(this.counters.downlinksByStatus, last)
    if (last === 'OK') this.counters.downlinksEmitted++
    const ack = this.#format.encodeTxAck({ gatewayId: this.id, downlinkId, statuses })
    const published = await this.#options.messaging.publish(this.#topic('event/ack'), ack, 1)
    if (!published.ok) {
      this.#options.log.warn('gateway-ack-unpublished', { gatewayId: this.id, error: published.error })
    }
  }

  /** Puts a frame into the concentrator's schedule, or says why it cannot be sent. */
  #plan(item: DownlinkItem): TxStatus {
    const { clock, radio, position } = this.#options
    if (item.frequencyHz < LOWEST_FREQUENCY_HZ || item.frequencyHz > HIGHEST_FREQUENCY_HZ) return 'TX_FREQ'
    if (item.powerDbm > GATEWAY_MAX_EIRP_DBM) return 'TX_POWER'
    const startMs = this.#startOf(item)
    if (typeof startMs === 'string') return startMs
    const leadMs = startMs - clock.now()
    if (leadMs < SHORTEST_LEAD_MS) return 'TOO_LATE'
    if (leadMs > LONGEST_LEAD_MS) return 'TOO_EARLY'
    const durationMs = airtimeMs({
      spreadingFactor: item.spreadingFactor,
      phyPayloadBytes: item.phyPayload.length,
      hasCrc: false,
    })
    if (radio.isSending(this.id, startMs, startMs + durationMs)) return 'COLLISION_PACKET'
    radio.send({
      source: this.id,
      position,
      direction: 'down',
      frequencyHz: item.frequencyHz,
      spreadingFactor: item.spreadingFactor,
      powerDbm: item.powerDbm,
      payload: item.phyPayload,
      startMs,
    })
    this.counters.downlinkAirtimeMs += durationMs
    countOne(this.counters.emittedPerFrequency, item.frequencyHz)
    return 'OK'
  }

  #startOf(item: DownlinkItem): number | TxStatus {
    const nowMs = this.#options.clock.now()
    if (item.timing.type === 'gps') return 'GPS_UNLOCKED'
    if (item.timing.type === 'immediately') return nowMs + IMMEDIATE_LEAD_MS
    if (item.context.length !== 4) return 'INTERNAL_ERROR'
    const target = new ByteReader(item.context).u32() + item.timing.delayMs * 1000
    const ahead = (((target - this.#counterAt(nowMs)) % COUNTER_SPAN) + COUNTER_SPAN) % COUNTER_SPAN
    const aheadUs = ahead >= COUNTER_SPAN / 2 ? ahead - COUNTER_SPAN : ahead
    return nowMs + aheadUs / 1000
  }

  /** The concentrator's free-running counter: microseconds since it was switched on, 32 bits. */
  #counterAt(unixMs: number): number {
    return Math.round((unixMs - this.#bootMs) * 1000) % COUNTER_SPAN
  }

  async #publishStats(): Promise<void> {
    const { clock, messaging } = this.#options
    const now = structuredClone(this.counters)
    const stats = this.#format.encodeStats({
      gatewayId: this.id,
      timeMs: clock.now(),
      ...sinceLast(now, this.#lastStats),
    })
    this.#lastStats = now
    await messaging.publish(this.#topic('event/stats'), stats, 1)
    if (!this.#isOn) return
    clock.clearTimeout(this.#statsTimer)
    this.#statsTimer = clock.setTimeout(() => void this.#publishStats(), STATS_INTERVAL_MS)
  }

  #topic(suffix: string): string {
    return `${this.#options.topicPrefix ?? 'kr920'}/gateway/${this.id}/${suffix}`
  }
}
