/**
 * google-protobuf reads a nested message up to the length it claims, even gigabytes past the end of the input, and
 * hangs. So every payload is walked first: each field has to lie inside its message and to have the wire type the
 * protocol gives it.
 */
export type Shape = { readonly [field: number]: FieldShape }
type FieldShape = 'varint' | 'fixed64' | 'fixed32' | 'bytes' | 'never' | Shape

const WIRE_TYPE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5, never: -1 } as const
const MAX_VARINT_BYTES = 10

const TIME: Shape = { 1: 'varint', 2: 'varint' }
const LOCATION: Shape = { 1: 'fixed64', 2: 'fixed64', 3: 'fixed64', 4: 'varint', 5: 'fixed32' }
const MAP_ENTRY: Shape = { 1: 'bytes', 2: 'bytes' }
const MODULATION: Shape = {
  3: { 1: 'varint', 2: 'varint', 3: 'bytes', 4: 'varint', 5: 'varint', 6: 'varint', 7: 'varint' },
  4: { 1: 'varint', 2: 'varint' },
  5: { 1: 'varint', 2: 'bytes', 3: 'varint', 4: 'varint' },
}
/** Parts of ChirpStack v3 messages, which 4.x forwarders do not send; refused. */
const NEVER = 'never'

/** `gw.UplinkFrame`. */
export const UPLINK_FRAME: Shape = {
  1: 'bytes',
  2: NEVER,
  3: NEVER,
  4: { 1: 'varint', 2: MODULATION },
  5: {
    1: 'bytes',
    2: 'varint',
    3: TIME,
    4: TIME,
    5: TIME,
    6: 'varint',
    7: 'fixed32',
    8: 'varint',
    9: 'varint',
    10: 'varint',
    11: 'varint',
    12: LOCATION,
    13: 'bytes',
    15: MAP_ENTRY,
    16: 'varint',
    17: TIME,
  },
}

const TIMING: Shape = { 1: {}, 2: { 1: TIME }, 3: { 1: TIME } }
const DOWNLINK_TX_INFO: Shape = {
  1: 'varint',
  2: 'varint',
  3: MODULATION,
  4: 'varint',
  5: 'varint',
  6: TIMING,
  7: 'bytes',
}

/** `gw.DownlinkFrame`. */
export const DOWNLINK_FRAME: Shape = {
  3: 'varint',
  4: 'bytes',
  5: { 1: 'bytes', 2: NEVER, 3: DOWNLINK_TX_INFO },
  6: 'bytes',
  7: 'bytes',
}

/** `gw.DownlinkTxAck`. */
export const DOWNLINK_TX_ACK: Shape = { 1: 'bytes', 2: 'varint', 4: 'bytes', 5: { 1: 'varint' }, 6: 'bytes' }

/** Whether `bytes` can be handed to google-protobuf. Unknown fields are fine as long as they stay inside. */
export function hasShape(bytes: Uint8Array, shape: Shape): boolean {
  let at = 0
  const varint = (): number | undefined => {
    let value = 0
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = bytes[at++]
      if (byte === undefined) return undefined
      value += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return value
    }
    return undefined
  }
  while (at < bytes.length) {
    const tag = varint()
    if (tag === undefined || tag >= 2 ** 32) return false
    const field = Math.floor(tag / 8)
    const wireType = tag % 8
    const expected = shape[field]
    if (field === 0 || (expected !== undefined && wireTypeOf(expected) !== wireType)) return false
    if (wireType === WIRE_TYPE.varint) {
      if (varint() === undefined) return false
      continue
    }
    const length = wireType === WIRE_TYPE.bytes ? varint() : fixedLength(wireType)
    if (length === undefined || length > bytes.length - at) return false
    if (typeof expected === 'object' && !hasShape(bytes.subarray(at, at + length), expected)) return false
    at += length
  }
  return true
}

function wireTypeOf(shape: FieldShape): number {
  return typeof shape === 'object' ? WIRE_TYPE.bytes : WIRE_TYPE[shape]
}

/** Groups (3, 4) and reserved types have no length and are refused. */
function fixedLength(wireType: number): number | undefined {
  if (wireType === WIRE_TYPE.fixed64) return 8
  return wireType === WIRE_TYPE.fixed32 ? 4 : undefined
}
