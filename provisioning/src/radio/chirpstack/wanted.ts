import profilePb from '@chirpstack/chirpstack-api/api/device_profile_pb.js'
import commonPb from '@chirpstack/chirpstack-api/common/common_pb.js'
import type { Fields } from './fields.ts'

/** The home of all kiosks of an election at ChirpStack. Names are what a rerun finds the objects by. */
export interface Home {
  readonly tenant: { readonly name: string; readonly id?: string }
  readonly application: { readonly name: string }
  readonly profile: { readonly name: string; readonly uplinkIntervalSeconds: number }
  readonly gateways: readonly { readonly id: string; readonly name: string }[]
}

/** One kiosk's modem. EUIs 16 lower-case hex digits. */
export interface KioskDevice {
  readonly kiosk: number
  readonly centre: string
  readonly devEui: string
  readonly joinEui: string
  readonly description: string
}

export const DEFAULT_HOME: Home = {
  tenant: { name: 'Hanpyo' },
  application: { name: 'hanpyo-kiosks' },
  profile: { name: 'hanpyo-kiosk-kr920', uplinkIntervalSeconds: 3_600 },
  gateways: [],
}

/** `region_config_id`: the name of the file `region_kr920.toml`. */
export const REGION_CONFIG = 'kr920'

/**
 * Seconds between an uplink and its first receive window: the bridge has about four of them to put its ack into that very
 * window.
 */
const RX1_DELAY_S = 5
/** Statistics of a gateway, seconds. */
const STATS_INTERVAL_S = 30
/** 0 is refused, and is what is there when the field is left out. */
const DOWNLINK_PRIORITY = 10

export const tenantFields = (name: string): Fields => ({ name, canHaveGateways: true })

export const applicationFields = (name: string, tenantId: string): Fields => ({ name, tenantId })

/** LoRaWAN 1.0.4 over the air, class A, no codec: what kiosks send is ciphertext. */
export const profileFields = (profile: Home['profile'], tenantId: string): Fields => ({
  name: profile.name,
  tenantId,
  region: commonPb.Region.KR920,
  regionConfigId: REGION_CONFIG,
  macVersion: commonPb.MacVersion.LORAWAN_1_0_4,
  regParamsRevision: commonPb.RegParamsRevision.RP002_1_0_3,
  adrAlgorithmId: 'default',
  supportsOtaa: true,
  supportsClassB: false,
  supportsClassC: false,
  rx1Delay: RX1_DELAY_S,
  uplinkInterval: profile.uplinkIntervalSeconds,
  flushQueueOnActivate: true,
  payloadCodecRuntime: profilePb.CodecRuntime.NONE,
  payloadCodecScript: '',
  autoDetectMeasurements: false,
})

export const gatewayFields = (gateway: { id: string; name: string }, tenantId: string): Fields => ({
  gatewayId: gateway.id,
  name: gateway.name,
  tenantId,
  statsInterval: STATS_INTERVAL_S,
  downlinkPriority: DOWNLINK_PRIORITY,
})

/** `skipFcntCheck` stays off: it would let anybody play frames back. */
export const deviceFields = (
  device: KioskDevice,
  ids: { readonly applicationId: string; readonly deviceProfileId: string },
): Fields => ({
  devEui: device.devEui,
  name: `kiosk-${device.kiosk}`,
  description: device.description,
  applicationId: ids.applicationId,
  deviceProfileId: ids.deviceProfileId,
  joinEui: device.joinEui,
  skipFcntCheck: false,
  tags: { kiosk: String(device.kiosk), centre: device.centre },
})
