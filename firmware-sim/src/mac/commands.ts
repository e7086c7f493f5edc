import { ByteReader, ByteWriter, concatBytes, ShortInputError } from '@hanpyo/protocol/bytes.ts'
import { readUintLe, writeUintLe } from './little-endian.ts'

/** MAC commands of TS001-1.0.4 section 5 that class A uses. Requests come from the server, answers from devices. */
export type ServerCommand =
  | { readonly name: 'LinkCheckAns'; readonly marginDb: number; readonly gatewayCount: number }
  | ({ readonly name: 'LinkADRReq' } & LinkAdr)
  | { readonly name: 'DutyCycleReq'; readonly maxDutyCycle: number }
  | {
      readonly name: 'RXParamSetupReq'
      readonly rx1DataRateOffset: number
      readonly rx2DataRate: number
      readonly frequencyHz: number
    }
  | { readonly name: 'DevStatusReq' }
  | {
      readonly name: 'NewChannelReq'
      readonly index: number
      readonly frequencyHz: number
      readonly minDataRate: number
      readonly maxDataRate: number
    }
  | { readonly name: 'RXTimingSetupReq'; readonly delayS: number }
  | { readonly name: 'TXParamSetupReq'; readonly value: number }
  | { readonly name: 'DlChannelReq'; readonly index: number; readonly frequencyHz: number }
  | { readonly name: 'DeviceTimeAns'; readonly gpsSeconds: number; readonly fraction: number }

export interface LinkAdr {
  readonly dataRate: number
  readonly txPowerIndex: number
  readonly channelMask: number
  readonly channelMaskControl: number
  /** How often each uplink is sent, 0 = keep. */
  readonly transmissions: number
}

export type DeviceCommand =
  | { readonly name: 'LinkCheckReq' }
  | {
      readonly name: 'LinkADRAns'
      readonly isPowerOk: boolean
      readonly isDataRateOk: boolean
      readonly isChannelMaskOk: boolean
    }
  | { readonly name: 'DutyCycleAns' }
  | {
      readonly name: 'RXParamSetupAns'
      readonly isRx1OffsetOk: boolean
      readonly isRx2DataRateOk: boolean
      readonly isChannelOk: boolean
    }
  /** Battery: 0 external power, 1…254 level, 255 unknown. Margin: SNR of the request, -32…31 dB. */
  | { readonly name: 'DevStatusAns'; readonly battery: number; readonly marginDb: number }
  | { readonly name: 'NewChannelAns'; readonly isDataRateOk: boolean; readonly isFrequencyOk: boolean }
  | { readonly name: 'RXTimingSetupAns' }
  | { readonly name: 'DlChannelAns'; readonly isUplinkKnown: boolean; readonly isFrequencyOk: boolean }
  | { readonly name: 'DeviceTimeReq' }

const FREQUENCY_STEP_HZ = 100

/** Reads commands until the end or the first one that is unknown or cut off; what follows it cannot be told apart. */
function readAll<T>(bytes: Uint8Array, readOne: (id: number, reader: ByteReader) => T | undefined): T[] {
  const reader = new ByteReader(bytes)
  const commands: T[] = []
  try {
    while (reader.remaining > 0) {
      const command = readOne(reader.u8(), reader)
      if (command === undefined) break
      commands.push(command)
    }
  } catch (error) {
    if (!(error instanceof ShortInputError)) throw error
  }
  return commands
}

/** Commands in a downlink's FOpts or FPort 0 payload; never throws. */
export function parseServerCommands(bytes: Uint8Array): ServerCommand[] {
  return readAll(bytes, readServerCommand)
}

function readServerCommand(id: number, reader: ByteReader): ServerCommand | undefined {
  switch (id) {
    case 0x02:
      return { name: 'LinkCheckAns', marginDb: reader.u8(), gatewayCount: reader.u8() }
    case 0x03: {
      const first = reader.u8()
      const channelMask = readUintLe(reader, 2)
      const redundancy = reader.u8()
      return {
        name: 'LinkADRReq',
        dataRate: first >> 4,
        txPowerIndex: first & 0x0f,
        channelMask,
        channelMaskControl: (redundancy >> 4) & 0x07,
        transmissions: redundancy & 0x0f,
      }
    }
    case 0x04:
      return { name: 'DutyCycleReq', maxDutyCycle: reader.u8() & 0x0f }
    case 0x05: {
      const settings = reader.u8()
      return {
        name: 'RXParamSetupReq',
        rx1DataRateOffset: (settings >> 4) & 0x07,
        rx2DataRate: settings & 0x0f,
        frequencyHz: readUintLe(reader, 3) * FREQUENCY_STEP_HZ,
      }
    }
    case 0x06:
      return { name: 'DevStatusReq' }
    case 0x07: {
      const index = reader.u8()
      const frequencyHz = readUintLe(reader, 3) * FREQUENCY_STEP_HZ
      const range = reader.u8()
      return { name: 'NewChannelReq', index, frequencyHz, minDataRate: range & 0x0f, maxDataRate: range >> 4 }
    }
    case 0x08:
      return { name: 'RXTimingSetupReq', delayS: Math.max(1, reader.u8() & 0x0f) }
    case 0x09:
      return { name: 'TXParamSetupReq', value: reader.u8() }
    case 0x0a: {
      const index = reader.u8()
      return { name: 'DlChannelReq', index, frequencyHz: readUintLe(reader, 3) * FREQUENCY_STEP_HZ }
    }
    case 0x0d:
      return { name: 'DeviceTimeAns', gpsSeconds: readUintLe(reader, 4), fraction: reader.u8() / 256 }
    default:
      return undefined
  }
}

/** Commands in an uplink's FOpts or FPort 0 payload; never throws. */
export function parseDeviceCommands(bytes: Uint8Array): DeviceCommand[] {
  return readAll(bytes, readDeviceCommand)
}

function readDeviceCommand(id: number, reader: ByteReader): DeviceCommand | undefined {
  const bit = (value: number, index: number) => ((value >> index) & 1) === 1
  switch (id) {
    case 0x02:
      return { name: 'LinkCheckReq' }
    case 0x03: {
      const status = reader.u8()
      return {
        name: 'LinkADRAns',
        isPowerOk: bit(status, 2),
        isDataRateOk: bit(status, 1),
        isChannelMaskOk: bit(status, 0),
      }
    }
    case 0x04:
      return { name: 'DutyCycleAns' }
    case 0x05: {
      const status = reader.u8()
      return {
        name: 'RXParamSetupAns',
        isRx1OffsetOk: bit(status, 2),
        isRx2DataRateOk: bit(status, 1),
        isChannelOk: bit(status, 0),
      }
    }
    case 0x06: {
      const battery = reader.u8()
      const margin = reader.u8() & 0x3f
      return { name: 'DevStatusAns', battery, marginDb: margin >= 32 ? margin - 64 : margin }
    }
    case 0x07: {
      const status = reader.u8()
      return { name: 'NewChannelAns', isDataRateOk: bit(status, 1), isFrequencyOk: bit(status, 0) }
    }
    case 0x08:
      return { name: 'RXTimingSetupAns' }
    case 0x0a: {
      const status = reader.u8()
      return { name: 'DlChannelAns', isUplinkKnown: bit(status, 1), isFrequencyOk: bit(status, 0) }
    }
    case 0x0d:
      return { name: 'DeviceTimeReq' }
    default:
      return undefined
  }
}

/** Bytes of commands, in order. */
export function encodeServerCommands(commands: readonly ServerCommand[]): Uint8Array {
  return concatBytes(...commands.map(encodeServerCommand))
}

function encodeServerCommand(command: ServerCommand): Uint8Array {
  const writer = new ByteWriter()
  switch (command.name) {
    case 'LinkCheckAns':
      return writer.u8(0x02).u8(command.marginDb).u8(command.gatewayCount).bytes()
    case 'LinkADRReq':
      writer.u8(0x03).u8((command.dataRate << 4) | command.txPowerIndex)
      writeUintLe(writer, 2, command.channelMask)
      return writer.u8((command.channelMaskControl << 4) | command.transmissions).bytes()
    case 'DutyCycleReq':
      return writer.u8(0x04).u8(command.maxDutyCycle).bytes()
    case 'RXParamSetupReq':
      writer.u8(0x05).u8((command.rx1DataRateOffset << 4) | command.rx2DataRate)
      return writeUintLe(writer, 3, command.frequencyHz / FREQUENCY_STEP_HZ).bytes()
    case 'DevStatusReq':
      return writer.u8(0x06).bytes()
    case 'NewChannelReq':
      writer.u8(0x07).u8(command.index)
      writeUintLe(writer, 3, command.frequencyHz / FREQUENCY_STEP_HZ)
      return writer.u8((command.maxDataRate << 4) | command.minDataRate).bytes()
    case 'RXTimingSetupReq':
      return writer.u8(0x08).u8(command.delayS).bytes()
    case 'TXParamSetupReq':
      return writer.u8(0x09).u8(command.value).bytes()
    case 'DlChannelReq':
      writer.u8(0x0a).u8(command.index)
      return writeUintLe(writer, 3, command.frequencyHz / FREQUENCY_STEP_HZ).bytes()
    case 'DeviceTimeAns':
      writer.u8(0x0d)
      return writeUintLe(writer, 4, command.gpsSeconds)
        .u8(Math.floor(command.fraction * 256))
        .bytes()
  }
}

/** Bytes of one answer. */
export function encodeDeviceCommand(command: DeviceCommand): Uint8Array {
  const status = (...bits: boolean[]) => bits.reduce((value, one) => value * 2 + (one ? 1 : 0), 0)
  switch (command.name) {
    case 'LinkCheckReq':
      return Uint8Array.of(0x02)
    case 'LinkADRAns':
      return Uint8Array.of(0x03, status(command.isPowerOk, command.isDataRateOk, command.isChannelMaskOk))
    case 'DutyCycleAns':
      return Uint8Array.of(0x04)
    case 'RXParamSetupAns':
      return Uint8Array.of(0x05, status(command.isRx1OffsetOk, command.isRx2DataRateOk, command.isChannelOk))
    case 'DevStatusAns':
      return Uint8Array.of(0x06, command.battery, Math.max(-32, Math.min(31, command.marginDb)) & 0x3f)
    case 'NewChannelAns':
      return Uint8Array.of(0x07, status(command.isDataRateOk, command.isFrequencyOk))
    case 'RXTimingSetupAns':
      return Uint8Array.of(0x08)
    case 'DlChannelAns':
      return Uint8Array.of(0x0a, status(command.isUplinkKnown, command.isFrequencyOk))
    case 'DeviceTimeReq':
      return Uint8Array.of(0x0d)
  }
}
