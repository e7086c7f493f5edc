import { ByteWriter, concatBytes, equalBytes } from '@hanpyo/protocol/bytes.ts'
import { AesKey } from './aes.ts'
import { type DataFrame, encodeDataFrame, encodeJoinRequest, type JoinRequest, MIC_BYTES } from './frame.ts'
import { writeUintLe } from './little-endian.ts'

/** The two keys of a LoRaWAN 1.0.x session. */
export interface SessionKeys {
  readonly nwkSKey: AesKey
  readonly appSKey: AesKey
}

/** Keys from their 16 bytes each. */
export function sessionKeys(keys: { nwkSKey: Uint8Array; appSKey: Uint8Array }): SessionKeys {
  return { nwkSKey: new AesKey(keys.nwkSKey), appSKey: new AesKey(keys.appSKey) }
}

/** What a sender decides about a data frame; counter in full, payload in the clear. */
export interface OutgoingFrame {
  readonly direction: 'up' | 'down'
  readonly isConfirmed: boolean
  readonly devAddr: number
  readonly control: DataFrame['control']
  /** Full 32-bit counter. */
  readonly fCnt: number
  readonly fOpts: Uint8Array
  readonly fPort: number | undefined
  readonly payload: Uint8Array
}

/** PHYPayload of a data frame: FRMPayload encrypted (NwkSKey for FPort 0, else AppSKey), MIC appended. */
export function sealDataFrame(frame: OutgoingFrame, keys: SessionKeys): Uint8Array {
  const body = encodeDataFrame({
    ...frame,
    fCnt16: frame.fCnt & 0xffff,
    frmPayload: cryptPayload(frame, frame.payload, keys),
  })
  return concatBytes(body, dataMic(body, frame, keys.nwkSKey))
}

/** Whether the MIC fits under this key and full counter. `bytes` is the whole PHYPayload of `frame`. */
export function hasValidMic(bytes: Uint8Array, frame: DataFrame, fCnt: number, nwkSKey: AesKey): boolean {
  const body = bytes.subarray(0, bytes.length - MIC_BYTES)
  return equalBytes(frame.mic, dataMic(body, { ...frame, fCnt }, nwkSKey))
}

/** The clear payload of a frame whose MIC was checked with the same full counter. */
export function openPayload(frame: DataFrame, fCnt: number, keys: SessionKeys): Uint8Array {
  return cryptPayload({ ...frame, fCnt }, frame.frmPayload, keys)
}

interface FrameContext {
  readonly direction: 'up' | 'down'
  readonly devAddr: number
  readonly fCnt: number
}

/** MIC of a data frame, 4 bytes (TS001-1.0.4 section 4.4): CMAC over B0 and the frame. */
function dataMic(body: Uint8Array, context: FrameContext, nwkSKey: AesKey): Uint8Array {
  return nwkSKey.cmac(concatBytes(contextBlock(0x49, context, body.length), body)).subarray(0, MIC_BYTES)
}

/** Encrypts and decrypts alike: XOR with AES of the blocks A1, A2, … (TS001-1.0.4 section 4.3.3). */
function cryptPayload(
  context: FrameContext & { readonly fPort: number | undefined },
  payload: Uint8Array,
  keys: SessionKeys,
): Uint8Array {
  if (payload.length === 0) return payload
  const blockCount = Math.ceil(payload.length / 16)
  const first = contextBlock(0x01, context, 1)
  const counters = new Uint8Array(blockCount * 16)
  for (let i = 0; i < blockCount; i++) {
    counters.set(first, i * 16)
    counters[i * 16 + 15] = i + 1
  }
  const stream = (context.fPort === 0 ? keys.nwkSKey : keys.appSKey).encryptBlocks(counters)
  return payload.map((byte, i) => byte ^ stream[i]!)
}

/** B0 and Ai: one layout with another first and last byte. */
function contextBlock(first: number, context: FrameContext, last: number): Uint8Array {
  const writer = new ByteWriter()
    .u8(first)
    .raw(new Uint8Array(4))
    .u8(context.direction === 'up' ? 0 : 1)
  writeUintLe(writer, 4, context.devAddr)
  writeUintLe(writer, 4, context.fCnt)
  return writer.u8(0).u8(last).bytes()
}

/** PHYPayload of a join-request, 23 bytes. */
export function sealJoinRequest(request: Omit<JoinRequest, 'mic' | 'type'>, appKey: AesKey): Uint8Array {
  const body = encodeJoinRequest(request)
  return concatBytes(body, appKey.cmac(body).subarray(0, MIC_BYTES))
}

/** Whether a join-request was made with this AppKey. */
export function hasValidJoinMic(request: JoinRequest, appKey: AesKey): boolean {
  return equalBytes(request.mic, appKey.cmac(encodeJoinRequest(request)).subarray(0, MIC_BYTES))
}
