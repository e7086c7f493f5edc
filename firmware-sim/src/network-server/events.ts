import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import type { DownlinkItem, UplinkMessage } from '../gateway/messages.ts'
import { BANDWIDTH_HZ } from '../radio/kr920.ts'
import type { RegisteredDevice, ServerSettings } from './types.ts'

/**
 * ChirpStack v4's JSON events (integration.proto through pbjson): camelCase, bytes as padded base64, enums by name,
 * RFC 3339 with `+00:00`. The events themselves spell out default values; `rxInfo` and `txInfo` leave them out.
 */
export type EventName = 'up' | 'join' | 'txack' | 'ack' | 'log' | 'status'

/** Codes of `log` events that this server gives. */
export type LogCode =
  | 'DOWNLINK_PAYLOAD_SIZE'
  | 'OTAA'
  | 'UPLINK_F_CNT_RESET'
  | 'UPLINK_MIC'
  | 'UPLINK_F_CNT_RETRANSMISSION'
  | 'DOWNLINK_GATEWAY'
  | 'EXPIRED'

/** Unix ms as `2026-08-01T00:00:01.123+00:00`. */
export function rfc3339(unixMs: number): string {
  return new Date(unixMs).toISOString().replace('Z', '+00:00')
}

export function eventTopic(settings: ServerSettings, devEui: string, event: EventName): string {
  return `application/${settings.application.id}/device/${devEui}/event/${event}`
}

function deviceInfo(settings: ServerSettings, device: RegisteredDevice): object {
  return {
    tenantId: settings.tenant.id,
    tenantName: settings.tenant.name,
    applicationId: settings.application.id,
    applicationName: settings.application.name,
    deviceProfileId: settings.deviceProfile.id,
    deviceProfileName: settings.deviceProfile.name,
    deviceName: device.name,
    devEui: device.devEui,
    deviceClassEnabled: 'CLASS_A',
    tags: device.tags,
  }
}

/** Builds events of one device; the caller gives the values that differ. */
export class EventBuilder {
  readonly #settings: ServerSettings
  readonly #device: RegisteredDevice

  constructor(settings: ServerSettings, device: RegisteredDevice) {
    this.#settings = settings
    this.#device = device
  }

  up(event: {
    deduplicationId: string
    timeMs: number
    devAddr: number
    isAdrOn: boolean
    dataRate: number
    fCnt: number
    fPort: number | undefined
    isConfirmed: boolean
    data: Uint8Array
    frames: readonly UplinkMessage[]
    serverTimeMs: number
  }): object {
    const first = event.frames[0]!
    return {
      deduplicationId: event.deduplicationId,
      time: rfc3339(event.timeMs),
      deviceInfo: deviceInfo(this.#settings, this.#device),
      devAddr: devAddrText(event.devAddr),
      adr: event.isAdrOn,
      dr: event.dataRate,
      fCnt: event.fCnt,
      fPort: event.fPort ?? 0,
      confirmed: event.isConfirmed,
      data: toBase64(event.data),
      rxInfo: event.frames.map((frame) => this.#rxInfo(frame, event.serverTimeMs)),
      txInfo: { frequency: first.frequencyHz, modulation: modulation(first.spreadingFactor) },
      regionConfigId: this.#settings.regionConfigId,
    }
  }

  join(event: { deduplicationId: string; timeMs: number; devAddr: number }): object {
    return {
      deduplicationId: event.deduplicationId,
      time: rfc3339(event.timeMs),
      deviceInfo: deviceInfo(this.#settings, this.#device),
      devAddr: devAddrText(event.devAddr),
      regionConfigId: this.#settings.regionConfigId,
    }
  }

  txack(event: {
    downlinkId: number
    timeMs: number
    queueItemId: string
    fCntDown: number
    gatewayId: string
    item: DownlinkItem
  }): object {
    const { item } = event
    return {
      downlinkId: event.downlinkId,
      time: rfc3339(event.timeMs),
      deviceInfo: deviceInfo(this.#settings, this.#device),
      queueItemId: event.queueItemId,
      fCntDown: event.fCntDown,
      gatewayId: event.gatewayId,
      txInfo: {
        frequency: item.frequencyHz,
        power: item.powerDbm,
        modulation: modulation(item.spreadingFactor, true),
        ...(item.timing.type === 'delay'
          ? { timing: { delay: { delay: `${item.timing.delayMs / 1000}s` } } }
          : {}),
        context: toBase64(item.context),
      },
    }
  }

  ack(event: {
    deduplicationId: string
    timeMs: number
    queueItemId: string
    isAcknowledged: boolean
    fCntDown: number
  }): object {
    return {
      deduplicationId: event.deduplicationId,
      time: rfc3339(event.timeMs),
      deviceInfo: deviceInfo(this.#settings, this.#device),
      queueItemId: event.queueItemId,
      acknowledged: event.isAcknowledged,
      fCntDown: event.fCntDown,
    }
  }

  log(event: {
    timeMs: number
    level: 'INFO' | 'WARNING' | 'ERROR'
    code: LogCode
    description: string
    context: Record<string, string>
  }): object {
    const { timeMs, ...rest } = event
    return { time: rfc3339(timeMs), deviceInfo: deviceInfo(this.#settings, this.#device), ...rest }
  }

  status(event: { deduplicationId: string; timeMs: number; marginDb: number; battery: number }): object {
    return {
      deduplicationId: event.deduplicationId,
      time: rfc3339(event.timeMs),
      deviceInfo: deviceInfo(this.#settings, this.#device),
      margin: event.marginDb,
      externalPowerSource: event.battery === 0,
      batteryLevelUnavailable: event.battery === 255,
      batteryLevel: event.battery > 0 && event.battery < 255 ? (event.battery / 254) * 100 : 0,
    }
  }

  #rxInfo(frame: UplinkMessage, serverTimeMs: number): object {
    const location = this.#settings.gatewayLocations[frame.gatewayId]
    return {
      gatewayId: frame.gatewayId,
      ...unlessZero('uplinkId', frame.uplinkId),
      ...(frame.gatewayTimeMs === undefined ? {} : { gwTime: rfc3339(frame.gatewayTimeMs) }),
      nsTime: rfc3339(serverTimeMs),
      ...unlessZero('rssi', frame.rssiDbm),
      ...unlessZero('snr', frame.snrDb),
      ...unlessZero('channel', frame.channel),
      // A registered gateway always has a place; one that nobody set is empty.
      location: location ?? {},
      context: toBase64(frame.context),
      crcStatus: 'CRC_OK',
    }
  }
}

/** DevAddr as ChirpStack writes it, 8 hex digits. */
export function devAddrText(devAddr: number): string {
  return devAddr.toString(16).padStart(8, '0')
}

function modulation(spreadingFactor: number, isInverted = false): object {
  const lora = { bandwidth: BANDWIDTH_HZ, spreadingFactor, codeRate: 'CR_4_5' }
  return { lora: isInverted ? { ...lora, polarizationInversion: true } : lora }
}

function unlessZero(name: string, value: number): object {
  return value === 0 ? {} : { [name]: value }
}
