import {
  type DataRate,
  DEFAULT_CHANNELS_HZ,
  isChannelFrequency,
  isDataRate,
  MAX_CHANNELS,
  RX2_DATA_RATE,
  RX2_FREQUENCY_HZ,
} from '../radio/kr920.ts'
import type { JoinAccept } from './join.ts'

/** A channel the device may send on; `rx1FrequencyHz` differs only after a DlChannelReq. */
export interface DeviceChannel {
  readonly index: number
  readonly frequencyHz: number
  readonly minDataRate: DataRate
  readonly maxDataRate: DataRate
  readonly isEnabled: boolean
  readonly rx1FrequencyHz?: number
}

/** Everything a device has to remember between two frames. Plain data, so that it can be written to disk. */
export interface Session {
  readonly devAddr: number
  /** 32 hex digits each. */
  readonly nwkSKey: string
  readonly appSKey: string
  /** Counter of the next uplink. */
  readonly fCntUp: number
  /** Smallest counter a downlink may still have. */
  readonly nextFCntDown: number
  readonly channels: readonly DeviceChannel[]
  readonly rx1DelayS: number
  readonly rx1DataRateOffset: number
  readonly rx2DataRate: number
  readonly rx2FrequencyHz: number
  readonly txPowerIndex: number
  /** NbTrans: how often an unconfirmed uplink is sent at most. */
  readonly transmissions: number
  /** Uplinks since the last downlink; drives the ADR back-off. */
  readonly adrAckCounter: number
  /** MaxDutyCycle of a DutyCycleReq: at most 1/2^n of the time on air. Absent or 0: no limit. */
  readonly maxDutyCycle?: number
}

const ANY_DATA_RATE = { minDataRate: 0, maxDataRate: 5 } as const

/** The three channels every KR920 device starts with. */
export function defaultChannels(): DeviceChannel[] {
  return DEFAULT_CHANNELS_HZ.map((frequencyHz, index) => ({
    index,
    frequencyHz,
    ...ANY_DATA_RATE,
    isEnabled: true,
  }))
}

/** The session that begins with a join-accept. */
export function sessionAfterJoin(accept: JoinAccept, keys: { nwkSKey: string; appSKey: string }): Session {
  const extra = (accept.extraChannelsHz ?? []).filter(isChannelFrequency).map((frequencyHz, i) => ({
    index: DEFAULT_CHANNELS_HZ.length + i,
    frequencyHz,
    ...ANY_DATA_RATE,
    isEnabled: true,
  }))
  return {
    devAddr: accept.devAddr,
    ...keys,
    fCntUp: 0,
    nextFCntDown: 0,
    channels: [...defaultChannels(), ...extra],
    rx1DelayS: accept.rx1DelayS,
    rx1DataRateOffset: accept.rx1DataRateOffset,
    rx2DataRate: isDataRate(accept.rx2DataRate) ? accept.rx2DataRate : RX2_DATA_RATE,
    rx2FrequencyHz: RX2_FREQUENCY_HZ,
    txPowerIndex: 0,
    transmissions: 1,
    adrAckCounter: 0,
  }
}

/** Enabled channels that may carry `dataRate`. */
export function usableChannels(
  channels: readonly DeviceChannel[],
  dataRate: number,
): readonly DeviceChannel[] {
  return channels.filter((one) => one.isEnabled && one.minDataRate <= dataRate && dataRate <= one.maxDataRate)
}

/** Bit mask of the channels that are defined. */
export function definedMask(channels: readonly DeviceChannel[]): number {
  return channels.reduce((mask, one) => (one.index < MAX_CHANNELS ? mask | (1 << one.index) : mask), 0)
}
