import { ByteReader, ByteWriter, concatBytes, equalBytes } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { AesKey } from './aes.ts'
import type { EncryptedJoinAccept } from './frame.ts'
import { MIC_BYTES } from './frame.ts'
import { readUintLe, writeUintLe } from './little-endian.ts'

/** Join-accept of LoRaWAN 1.0.4 (TS001-1.0.4 section 6.2.3). */
export interface JoinAccept {
  /** 24 bits, counted up by the server for each device. */
  readonly joinNonce: number
  readonly netId: number
  readonly devAddr: number
  readonly rx1DataRateOffset: number
  readonly rx2DataRate: number
  /** Seconds, 1…15. */
  readonly rx1DelayS: number
  /** CFList of type 0: up to five more channels in Hz; undefined when the list is absent. */
  readonly extraChannelsHz: readonly number[] | undefined
}

export type JoinAcceptError = 'join-accept-mic' | 'join-accept-cflist'

const CFLIST_CHANNELS = 5
const CFLIST_STEP_HZ = 100

/** PHYPayload of a join-accept, 17 or 33 bytes. The server *decrypts*, so that a device needs only AES encryption. */
export function sealJoinAccept(accept: JoinAccept, appKey: AesKey): Uint8Array {
  const body = encodeJoinAccept(accept)
  const mic = appKey.cmac(concatBytes(Uint8Array.of(0x20), body)).subarray(0, MIC_BYTES)
  return concatBytes(Uint8Array.of(0x20), appKey.decryptBlocks(concatBytes(body, mic)))
}

/** Opens a join-accept with the device's AppKey; `join-accept-mic` also for one meant for another device. */
export function openJoinAccept(
  frame: EncryptedJoinAccept,
  appKey: AesKey,
): Result<JoinAccept, JoinAcceptError> {
  const clear = appKey.encryptBlocks(frame.encrypted)
  const body = clear.subarray(0, clear.length - MIC_BYTES)
  const mic = appKey.cmac(concatBytes(Uint8Array.of(0x20), body)).subarray(0, MIC_BYTES)
  if (!equalBytes(mic, clear.subarray(body.length))) return err('join-accept-mic')
  return parseJoinAcceptBody(body)
}

function encodeJoinAccept(accept: JoinAccept): Uint8Array {
  const writer = new ByteWriter()
  writeUintLe(writer, 3, accept.joinNonce)
  writeUintLe(writer, 3, accept.netId)
  writeUintLe(writer, 4, accept.devAddr)
  writer.u8(((accept.rx1DataRateOffset & 0x07) << 4) | (accept.rx2DataRate & 0x0f)).u8(accept.rx1DelayS)
  if (accept.extraChannelsHz === undefined) return writer.bytes()
  if (accept.extraChannelsHz.length > CFLIST_CHANNELS)
    throw new RangeError('"extraChannelsHz" has more than 5')
  for (let i = 0; i < CFLIST_CHANNELS; i++) {
    writeUintLe(writer, 3, (accept.extraChannelsHz[i] ?? 0) / CFLIST_STEP_HZ)
  }
  return writer.u8(0).bytes()
}

function parseJoinAcceptBody(body: Uint8Array): Result<JoinAccept, JoinAcceptError> {
  const reader = new ByteReader(body)
  const joinNonce = readUintLe(reader, 3)
  const netId = readUintLe(reader, 3)
  const devAddr = readUintLe(reader, 4)
  const settings = reader.u8()
  const delay = reader.u8() & 0x0f
  let extraChannelsHz: number[] | undefined
  if (reader.remaining > 0) {
    extraChannelsHz = Array.from({ length: CFLIST_CHANNELS }, () => readUintLe(reader, 3) * CFLIST_STEP_HZ)
    if (reader.u8() !== 0) return err('join-accept-cflist')
    extraChannelsHz = extraChannelsHz.filter((frequencyHz) => frequencyHz !== 0)
  }
  return ok({
    joinNonce,
    netId,
    devAddr,
    rx1DataRateOffset: (settings >> 4) & 0x07,
    rx2DataRate: settings & 0x0f,
    rx1DelayS: Math.max(1, delay),
    extraChannelsHz,
  })
}

/** NwkSKey and AppSKey, 16 bytes each (TS001-1.0.4 section 6.2.5). */
export function deriveSessionKeys(
  appKey: AesKey,
  join: { joinNonce: number; netId: number; devNonce: number },
): { nwkSKey: Uint8Array; appSKey: Uint8Array } {
  const derive = (first: number) => {
    const writer = new ByteWriter().u8(first)
    writeUintLe(writer, 3, join.joinNonce)
    writeUintLe(writer, 3, join.netId)
    writeUintLe(writer, 2, join.devNonce)
    return new Uint8Array(appKey.encryptBlocks(writer.raw(new Uint8Array(7)).bytes()))
  }
  return { nwkSKey: derive(0x01), appSKey: derive(0x02) }
}
