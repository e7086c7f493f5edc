import { ByteReader, ByteWriter, ShortInputError } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { readLittleEndian, readUintLe, writeLittleEndian, writeUintLe } from './little-endian.ts'

/**
 * PHYPayload of LoRaWAN 1.0.4 (TS001-1.0.4 section 4): bytes to values and back, without keys. EUIs and DevAddr
 * are in the order people write them.
 */
export type PhyPayload = JoinRequest | EncryptedJoinAccept | DataFrame

export interface JoinRequest {
  readonly type: 'join-request'
  readonly joinEui: Uint8Array
  readonly devEui: Uint8Array
  readonly devNonce: number
  readonly mic: Uint8Array
}

/** `encrypted` is everything after the MHDR, 16 or 32 bytes; `mac/join.ts` opens it. */
export interface EncryptedJoinAccept {
  readonly type: 'join-accept'
  readonly encrypted: Uint8Array
}

export interface DataFrame {
  readonly type: 'data'
  readonly direction: 'up' | 'down'
  readonly isConfirmed: boolean
  readonly devAddr: number
  readonly control: FrameControl
  /** The 16 bits on air. */
  readonly fCnt16: number
  /** 0…15 bytes of MAC commands. */
  readonly fOpts: Uint8Array
  /** Undefined when the frame ends after FOpts. */
  readonly fPort: number | undefined
  /** Still encrypted. */
  readonly frmPayload: Uint8Array
  readonly mic: Uint8Array
}

export interface FrameControl {
  readonly adr: boolean
  /** Uplink only. */
  readonly adrAckReq: boolean
  readonly ack: boolean
  /** Downlink: more is waiting. In uplinks the bit belongs to class B. */
  readonly fPending: boolean
}

export type PhyError = 'phy-length' | 'phy-major-version' | 'phy-type' | 'phy-fopts-with-port-0'

export const MIC_BYTES = 4
export const MAX_FOPTS_BYTES = 15
/** MHDR, DevAddr, FCtrl, FCnt and MIC: a data frame without FOpts, FPort and payload. */
export const EMPTY_FRAME_BYTES = 12

const TYPES = [
  'join-request',
  'join-accept',
  'unconfirmed-up',
  'unconfirmed-down',
  'confirmed-up',
  'confirmed-down',
] as const

/** Parses any PHYPayload; never throws. The MIC is not checked here. */
export function parsePhy(bytes: Uint8Array): Result<PhyPayload, PhyError> {
  if (bytes.length < 1) return err('phy-length')
  const reader = new ByteReader(bytes)
  const header = reader.u8()
  if ((header & 0x03) !== 0) return err('phy-major-version')
  const type = TYPES[header >> 5]
  if (type === undefined) return err('phy-type')
  try {
    if (type === 'join-request') return parseJoinRequest(reader)
    if (type === 'join-accept') return parseJoinAccept(reader)
    return parseDataFrame(reader, type)
  } catch (error) {
    if (error instanceof ShortInputError) return err('phy-length')
    throw error
  }
}

function parseJoinRequest(reader: ByteReader): Result<JoinRequest, PhyError> {
  const joinEui = readLittleEndian(reader, 8)
  const devEui = readLittleEndian(reader, 8)
  const devNonce = readUintLe(reader, 2)
  const mic = reader.take(MIC_BYTES)
  reader.end()
  return ok({ type: 'join-request', joinEui, devEui, devNonce, mic })
}

function parseJoinAccept(reader: ByteReader): Result<EncryptedJoinAccept, PhyError> {
  if (reader.remaining !== 16 && reader.remaining !== 32) return err('phy-length')
  return ok({ type: 'join-accept', encrypted: reader.rest() })
}

function parseDataFrame(
  reader: ByteReader,
  type: 'unconfirmed-up' | 'unconfirmed-down' | 'confirmed-up' | 'confirmed-down',
): Result<DataFrame, PhyError> {
  const devAddr = readUintLe(reader, 4)
  const controlByte = reader.u8()
  const fCnt16 = readUintLe(reader, 2)
  const fOpts = reader.take(controlByte & 0x0f)
  if (reader.remaining < MIC_BYTES) return err('phy-length')
  const fPort = reader.remaining > MIC_BYTES ? reader.u8() : undefined
  if (fPort === 0 && fOpts.length > 0) return err('phy-fopts-with-port-0')
  const frmPayload = reader.take(reader.remaining - MIC_BYTES)
  const direction = type.endsWith('up') ? 'up' : 'down'
  return ok({
    type: 'data',
    direction,
    isConfirmed: type.startsWith('confirmed'),
    devAddr,
    control: {
      adr: (controlByte & 0x80) !== 0,
      adrAckReq: direction === 'up' && (controlByte & 0x40) !== 0,
      ack: (controlByte & 0x20) !== 0,
      fPending: direction === 'down' && (controlByte & 0x10) !== 0,
    },
    fCnt16,
    fOpts,
    fPort,
    frmPayload,
    mic: reader.take(MIC_BYTES),
  })
}

/** A join-request without its MIC, 19 bytes. */
export function encodeJoinRequest(request: Omit<JoinRequest, 'mic' | 'type'>): Uint8Array {
  const writer = new ByteWriter().u8(0x00)
  writeLittleEndian(writer, request.joinEui)
  writeLittleEndian(writer, request.devEui)
  return writeUintLe(writer, 2, request.devNonce).bytes()
}

/** A data frame without its MIC. Throws `RangeError` for FOpts of more than 15 bytes. */
export function encodeDataFrame(frame: Omit<DataFrame, 'mic' | 'type'>): Uint8Array {
  if (frame.fOpts.length > MAX_FOPTS_BYTES) throw new RangeError(`"fOpts" has ${frame.fOpts.length} bytes`)
  const isUp = frame.direction === 'up'
  const { adr, adrAckReq, ack, fPending } = frame.control
  const flags =
    (adr ? 0x80 : 0) |
    (isUp && adrAckReq ? 0x40 : 0) |
    (ack ? 0x20 : 0) |
    (!isUp && fPending ? 0x10 : 0) |
    frame.fOpts.length
  const writer = new ByteWriter().u8(((frame.isConfirmed ? 4 : 2) + (isUp ? 0 : 1)) << 5)
  writeUintLe(writer, 4, frame.devAddr)
  writer.u8(flags)
  writeUintLe(writer, 2, frame.fCnt16).raw(frame.fOpts)
  if (frame.fPort !== undefined) writer.u8(frame.fPort).raw(frame.frmPayload)
  return writer.bytes()
}
