import { concatBytes } from '../bytes.ts'
import { err, ok, type Result } from '../result.ts'

/** Record types, the first byte of every leaf (docs/protocol.md, "Records"). */
export const RECORD = {
  manifest: 0x01,
  polls: 0x02,
  device: 0x03,
  voidSlips: 0x04,
  turnout: 0x05,
  testSlips: 0x06,
  incident: 0x07,
  ballot: 0x10,
  challenged: 0x11,
  kioskManifest: 0x12,
  refusal: 0x13,
  batch: 0x14,
  proposal: 0x20,
  support: 0x21,
  moderation: 0x22,
  mix: 0x30,
  decryption: 0x31,
  result: 0x32,
} as const

export type RecordType = (typeof RECORD)[keyof typeof RECORD]

/** C2SP tlog-tiles writes the length of an entry as u16. */
export const MAX_LEAF_BYTES = 65_535

export interface Leaf {
  readonly type: number
  readonly body: Uint8Array
}

/** `u8 type ‖ body`; throws `RangeError` when the leaf would be longer than 65,535 bytes. */
export function encodeLeaf(type: number, body: Uint8Array): Uint8Array {
  if (!Number.isInteger(type) || type < 0 || type > 0xff)
    throw new RangeError(`"type" is not a byte: ${type}`)
  if (body.length + 1 > MAX_LEAF_BYTES) throw new RangeError(`"body" is too long for a leaf: ${body.length}`)
  return concatBytes(Uint8Array.of(type), body)
}

/** Splits a leaf; the type may be one this version does not know. */
export function parseLeaf(bytes: Uint8Array): Result<Leaf, 'leaf-empty' | 'leaf-too-long'> {
  const type = bytes[0]
  if (type === undefined) return err('leaf-empty')
  if (bytes.length > MAX_LEAF_BYTES) return err('leaf-too-long')
  return ok({ type, body: bytes.subarray(1) })
}

const NAMES = new Map<number, keyof typeof RECORD>(
  Object.entries(RECORD).map(([name, type]) => [type, name as keyof typeof RECORD]),
)

/** The name of a record type in `RECORD`, or `undefined` for a type this version does not know. */
export function recordName(type: number): keyof typeof RECORD | undefined {
  return NAMES.get(type)
}
