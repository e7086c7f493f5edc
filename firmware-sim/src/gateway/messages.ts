import chirpstackGw from '@chirpstack/chirpstack-api/gw/gw_pb.js'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import durationPb from 'google-protobuf/google/protobuf/duration_pb.js'
import timestampPb from 'google-protobuf/google/protobuf/timestamp_pb.js'
import { BANDWIDTH_HZ } from '../radio/kr920.ts'
import { DOWNLINK_FRAME, DOWNLINK_TX_ACK, hasShape, type Shape, UPLINK_FRAME } from './wire-shape.ts'

/** ChirpStack's gateway protocol (api/proto/gw/gw.proto, 4.19) as plain values. */
const gw = chirpstackGw

export type MessageError = 'gateway-message-malformed'

/** `gw.UplinkFrame`, one frame as one gateway heard it. */
export interface UplinkMessage {
  readonly gatewayId: string
  readonly phyPayload: Uint8Array
  readonly frequencyHz: number
  readonly spreadingFactor: number
  readonly uplinkId: number
  readonly rssiDbm: number
  readonly snrDb: number
  /** Index of the channel in the gateway. */
  readonly channel: number
  /** Opaque to the server; goes back with the downlink. */
  readonly context: Uint8Array
  /** Unix ms of the gateway's clock; undefined when it sent none. */
  readonly gatewayTimeMs: number | undefined
}

export type DownlinkTiming =
  | { readonly type: 'immediately' }
  | { readonly type: 'delay'; readonly delayMs: number }
  | { readonly type: 'gps' }

export interface DownlinkItem {
  readonly phyPayload: Uint8Array
  readonly frequencyHz: number
  readonly powerDbm: number
  readonly spreadingFactor: number
  readonly timing: DownlinkTiming
  readonly context: Uint8Array
}

/** `gw.DownlinkFrame`: alternatives in order of preference, of which at most one is sent. */
export interface DownlinkMessage {
  readonly gatewayId: string
  readonly downlinkId: number
  readonly items: readonly DownlinkItem[]
}

export const TX_STATUS = gw.TxAckStatus
export type TxStatus = keyof typeof TX_STATUS

/** `gw.DownlinkTxAck`: one status per item that was looked at. */
export interface TxAckMessage {
  readonly gatewayId: string
  readonly downlinkId: number
  readonly statuses: readonly TxStatus[]
}

export interface GatewayStatsMessage {
  readonly gatewayId: string
  readonly timeMs: number
  readonly received: number
  readonly receivedOk: number
  readonly downlinksReceived: number
  readonly downlinksEmitted: number
  /** By frequency in Hz. */
  readonly receivedPerFrequency: Readonly<Record<number, number>>
  readonly emittedPerFrequency: Readonly<Record<number, number>>
  /** By `TxStatus`. */
  readonly downlinksByStatus: Readonly<Record<string, number>>
}

export function encodeUplink(message: UplinkMessage): Uint8Array {
  const lora = loraModulation(message.spreadingFactor)
  const txInfo = new gw.UplinkTxInfo()
  txInfo.setFrequency(message.frequencyHz)
  txInfo.setModulation(lora)
  const rxInfo = new gw.UplinkRxInfo()
  rxInfo.setGatewayId(message.gatewayId)
  rxInfo.setUplinkId(message.uplinkId)
  rxInfo.setRssi(Math.round(message.rssiDbm))
  rxInfo.setSnr(message.snrDb)
  rxInfo.setChannel(message.channel)
  rxInfo.setContext(message.context)
  rxInfo.setCrcStatus(gw.CRCStatus.CRC_OK)
  if (message.gatewayTimeMs !== undefined) rxInfo.setGwTime(timestamp(message.gatewayTimeMs))
  const frame = new gw.UplinkFrame()
  frame.setPhyPayload(message.phyPayload)
  frame.setTxInfo(txInfo)
  frame.setRxInfo(rxInfo)
  return frame.serializeBinary()
}

/** Never throws. A frame without tx_info, rx_info or LoRa modulation is malformed, as ChirpStack skips it. */
export function decodeUplink(bytes: Uint8Array): Result<UplinkMessage, MessageError> {
  return decoding(bytes, UPLINK_FRAME, () => {
    const frame = gw.UplinkFrame.deserializeBinary(bytes)
    const rxInfo = frame.getRxInfo()
    const txInfo = frame.getTxInfo()
    const lora = txInfo?.getModulation()?.getLora()
    if (rxInfo === undefined || txInfo === undefined || lora === undefined) return undefined
    const time = rxInfo.getGwTime()
    return {
      gatewayId: rxInfo.getGatewayId(),
      phyPayload: frame.getPhyPayload_asU8(),
      frequencyHz: txInfo.getFrequency(),
      spreadingFactor: lora.getSpreadingFactor(),
      uplinkId: rxInfo.getUplinkId(),
      rssiDbm: rxInfo.getRssi(),
      snrDb: rxInfo.getSnr(),
      channel: rxInfo.getChannel(),
      context: rxInfo.getContext_asU8(),
      gatewayTimeMs: time === undefined ? undefined : time.getSeconds() * 1000 + time.getNanos() / 1e6,
    }
  })
}

export function encodeDownlink(message: DownlinkMessage): Uint8Array {
  const frame = new gw.DownlinkFrame()
  frame.setDownlinkId(message.downlinkId)
  frame.setGatewayId(message.gatewayId)
  frame.setItemsList(
    message.items.map((item) => {
      const modulation = loraModulation(item.spreadingFactor)
      modulation.getLora()?.setPolarizationInversion(true)
      const txInfo = new gw.DownlinkTxInfo()
      txInfo.setFrequency(item.frequencyHz)
      txInfo.setPower(item.powerDbm)
      txInfo.setModulation(modulation)
      txInfo.setTiming(encodeTiming(item.timing))
      txInfo.setContext(item.context)
      const out = new gw.DownlinkFrameItem()
      out.setPhyPayload(item.phyPayload)
      out.setTxInfo(txInfo)
      return out
    }),
  )
  return frame.serializeBinary()
}

/** Never throws. */
export function decodeDownlink(bytes: Uint8Array): Result<DownlinkMessage, MessageError> {
  return decoding(bytes, DOWNLINK_FRAME, () => {
    const frame = gw.DownlinkFrame.deserializeBinary(bytes)
    const items = frame.getItemsList().map((item): DownlinkItem | undefined => {
      const txInfo = item.getTxInfo()
      const lora = txInfo?.getModulation()?.getLora()
      if (txInfo === undefined || lora === undefined) return undefined
      return {
        phyPayload: item.getPhyPayload_asU8(),
        frequencyHz: txInfo.getFrequency(),
        powerDbm: txInfo.getPower(),
        spreadingFactor: lora.getSpreadingFactor(),
        timing: decodeTiming(txInfo.getTiming()),
        context: txInfo.getContext_asU8(),
      }
    })
    if (items.length === 0 || items.includes(undefined)) return undefined
    return {
      gatewayId: frame.getGatewayId(),
      downlinkId: frame.getDownlinkId(),
      items: items as DownlinkItem[],
    }
  })
}

export function encodeTxAck(message: TxAckMessage): Uint8Array {
  const ack = new gw.DownlinkTxAck()
  ack.setGatewayId(message.gatewayId)
  ack.setDownlinkId(message.downlinkId)
  ack.setItemsList(
    message.statuses.map((status) => {
      const item = new gw.DownlinkTxAckItem()
      item.setStatus(TX_STATUS[status])
      return item
    }),
  )
  return ack.serializeBinary()
}

/** Never throws. */
export function decodeTxAck(bytes: Uint8Array): Result<TxAckMessage, MessageError> {
  return decoding(bytes, DOWNLINK_TX_ACK, () => {
    const ack = gw.DownlinkTxAck.deserializeBinary(bytes)
    return {
      gatewayId: ack.getGatewayId(),
      downlinkId: ack.getDownlinkId(),
      statuses: ack.getItemsList().map((item) => txStatusName(item.getStatus())),
    }
  })
}

export function encodeStats(message: GatewayStatsMessage): Uint8Array {
  const stats = new gw.GatewayStats()
  stats.setGatewayId(message.gatewayId)
  stats.setTime(timestamp(message.timeMs))
  stats.setRxPacketsReceived(message.received)
  stats.setRxPacketsReceivedOk(message.receivedOk)
  stats.setTxPacketsReceived(message.downlinksReceived)
  stats.setTxPacketsEmitted(message.downlinksEmitted)
  const perFrequency = [
    [stats.getRxPacketsPerFrequencyMap(), message.receivedPerFrequency],
    [stats.getTxPacketsPerFrequencyMap(), message.emittedPerFrequency],
  ] as const
  for (const [map, counts] of perFrequency) {
    for (const [frequencyHz, count] of Object.entries(counts)) map.set(Number(frequencyHz), count)
  }
  const perStatus = stats.getTxPacketsPerStatusMap()
  for (const [status, count] of Object.entries(message.downlinksByStatus)) perStatus.set(status, count)
  return stats.serializeBinary()
}

export function encodeConnectionState(gatewayId: string, isOnline: boolean): Uint8Array {
  const state = new gw.ConnState()
  state.setGatewayId(gatewayId)
  state.setState(isOnline ? gw.ConnState.State.ONLINE : gw.ConnState.State.OFFLINE)
  return state.serializeBinary()
}

function loraModulation(spreadingFactor: number): InstanceType<typeof gw.Modulation> {
  const lora = new gw.LoraModulationInfo()
  lora.setBandwidth(BANDWIDTH_HZ)
  lora.setSpreadingFactor(spreadingFactor)
  lora.setCodeRate(gw.CodeRate.CR_4_5)
  const modulation = new gw.Modulation()
  modulation.setLora(lora)
  return modulation
}

function timestamp(unixMs: number): InstanceType<typeof timestampPb.Timestamp> {
  const out = new timestampPb.Timestamp()
  const seconds = Math.floor(unixMs / 1000)
  out.setSeconds(seconds)
  out.setNanos(Math.floor((unixMs - seconds * 1000) * 1e6))
  return out
}

function encodeTiming(timing: DownlinkTiming): InstanceType<typeof gw.Timing> {
  const out = new gw.Timing()
  if (timing.type === 'immediately') out.setImmediately(new gw.ImmediatelyTimingInfo())
  if (timing.type === 'gps') out.setGpsEpoch(new gw.GPSEpochTimingInfo())
  if (timing.type === 'delay') {
    const duration = new durationPb.Duration()
    duration.setSeconds(Math.floor(timing.delayMs / 1000))
    duration.setNanos(Math.round((timing.delayMs % 1000) * 1e6))
    const delay = new gw.DelayTimingInfo()
    delay.setDelay(duration)
    out.setDelay(delay)
  }
  return out
}

function decodeTiming(timing: InstanceType<typeof gw.Timing> | undefined): DownlinkTiming {
  const duration = timing?.getDelay()?.getDelay()
  if (duration !== undefined) {
    return { type: 'delay', delayMs: duration.getSeconds() * 1000 + duration.getNanos() / 1e6 }
  }
  return timing?.hasGpsEpoch() === true ? { type: 'gps' } : { type: 'immediately' }
}

function txStatusName(value: number): TxStatus {
  const names = Object.keys(TX_STATUS) as TxStatus[]
  return names.find((name) => TX_STATUS[name] === value) ?? 'INTERNAL_ERROR'
}

/** google-protobuf throws its own assertion errors for bytes that have the shape but not the content. */
function decoding<T>(bytes: Uint8Array, shape: Shape, work: () => T | undefined): Result<T, MessageError> {
  if (!hasShape(bytes, shape)) return err('gateway-message-malformed', 'not the shape of this message')
  let value: T | undefined
  try {
    value = work()
  } catch (error) {
    return err('gateway-message-malformed', error instanceof Error ? error.message : String(error))
  }
  return value === undefined ? err('gateway-message-malformed') : ok(value)
}
