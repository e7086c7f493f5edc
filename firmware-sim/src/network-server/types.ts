import type { ServerCommand } from '../mac/commands.ts'

/** What an operator sets up in ChirpStack for one tenant, application and device profile. */
export interface ServerSettings {
  readonly regionConfigId: string
  readonly netId: number
  readonly topicPrefix: string
  readonly tenant: { readonly id: string; readonly name: string }
  readonly application: { readonly id: string; readonly name: string }
  readonly deviceProfile: {
    readonly id: string
    readonly name: string
    /** RX1 delay the profile asks for, seconds; only ever raises the region's. */
    readonly rx1DelayS: number
    readonly flushQueueOnActivate: boolean
    /** How often a day the device is asked for its battery and margin; default never. */
    readonly deviceStatusRequestsPerDay?: number
  }
  readonly region: {
    readonly rx1DelayS: number
    readonly rx1DataRateOffset: number
    readonly rx2DataRate: number
    /** Default 921.9 MHz, where devices listen until they are told otherwise. */
    readonly rx2FrequencyHz?: number
    readonly extraChannelsHz: readonly number[]
    readonly downlinkPowerDbm: number
    readonly isAdrDisabled: boolean
    readonly installationMarginDb: number
    readonly maxDataRate: number
  }
  readonly deduplicationDelayMs: number
  readonly getDownlinkDataDelayMs: number
  /** Gateways that heard an uplink this far above the SNR floor take turns in answering. dB, default 10. */
  readonly gatewayPreferMinMarginDb?: number
  readonly gatewayLocations: Readonly<
    Record<string, { latitude: number; longitude: number; altitude?: number }>
  >
}

/** A device as registered; EUIs 16 and AppKey 32 lower-case hex digits. */
export interface RegisteredDevice {
  readonly devEui: string
  readonly name: string
  /** Undefined while nobody has set keys: the device cannot join. */
  readonly appKey: string | undefined
  readonly tags: Readonly<Record<string, string>>
  /** Frames and join-requests of a disabled device are ignored without an event. */
  readonly isDisabled?: boolean
  /** Where it belongs, if not to the tenant, application and profile of the settings. */
  readonly home?: Pick<ServerSettings, 'tenant' | 'application' | 'deviceProfile'>
}

/** One entry of a device's downlink queue. */
export interface QueueItem {
  readonly id: string
  readonly fPort: number
  readonly isConfirmed: boolean
  /** Base64. */
  readonly data: string
  readonly expiresAtMs: number | undefined
  /** A confirmed item that was sent and waits for the device's ACK. */
  isPending: boolean
  fCntDown: number | undefined
}

/** The server's side of a session; plain data that is written to disk. */
export interface ServerSession {
  readonly devAddr: number
  readonly nwkSKey: string
  readonly appSKey: string
  /** Counter the next uplink has at least. */
  nextFCntUp: number
  nextFCntDown: number
  rx1DelayS: number
  rx1DataRateOffset: number
  rx2DataRate: number
  rx2FrequencyHz?: number
  dataRate: number
  txPowerIndex: number
  transmissions: number
  /** Channels of the band and further ones. */
  channelCount: number
  /** Channels the device has beside the band's, in order of their index; 0 for none. */
  extraChannelsHz?: readonly number[]
  statusRequestedMs?: number
  /** Requests the device refused, by name. */
  refusals?: Partial<Record<ServerCommand['name'], number>>
  isAdrOn: boolean
  adrHistory: AdrSample[]
  /** Requests whose answers are awaited, by command name. */
  pendingCommands: Partial<Record<ServerCommand['name'], ServerCommand>>
}

export interface AdrSample {
  readonly fCnt: number
  readonly maxSnrDb: number
  readonly txPowerIndex: number
}

/** Everything the server remembers about a device. */
export interface DeviceRecord {
  usedDevNonces: number[]
  joinNonce: number
  session: ServerSession | null
  queue: QueueItem[]
  /** When the last data uplink came, unix ms. */
  lastSeenMs?: number
}

/** Storage of records; `save` resolves when the record is durable. */
export interface ServerMemory {
  load(devEui: string): Promise<DeviceRecord | null>
  save(devEui: string, record: DeviceRecord): Promise<void>
}

/** Sensible values for one tenant with one application, as `hanpyo sim run` uses them. */
export const DEFAULT_SERVER_SETTINGS: ServerSettings = {
  regionConfigId: 'kr920',
  netId: 0x000000,
  topicPrefix: 'kr920',
  tenant: { id: '52f14cd4-c6f1-4fbd-8f87-4025e1d49242', name: 'hanpyo' },
  application: { id: '17c82e96-be03-4f38-aef3-f83d48582d97', name: 'votes' },
  deviceProfile: {
    id: '14855bf7-d10d-4aee-b618-ebfcb64dc7ad',
    name: 'kiosk-kr920',
    rx1DelayS: 5,
    flushQueueOnActivate: true,
  },
  region: {
    rx1DelayS: 1,
    rx1DataRateOffset: 0,
    rx2DataRate: 0,
    extraChannelsHz: [922_700_000, 922_900_000, 923_100_000, 923_300_000, 921_500_000],
    downlinkPowerDbm: 23,
    isAdrDisabled: false,
    installationMarginDb: 10,
    maxDataRate: 5,
  },
  deduplicationDelayMs: 200,
  getDownlinkDataDelayMs: 100,
  gatewayLocations: {},
}
