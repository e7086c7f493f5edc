import { ORDER, SCALAR_BYTES } from './scalar.ts'

/** l = 2^252 + …, so a scalar with a smaller top byte is below it. */
const TOP_BYTE_OF_ORDER = 0x10

/**
 * Many scalars at once, 32 canonical little-endian bytes each, as BigInt values. `null` when the length is not a
 * multiple of 32 or one of them is l or more.
 */
export function readScalars(bytes: Uint8Array): bigint[] | null {
  if (bytes.length % SCALAR_BYTES !== 0) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const values: bigint[] = new Array(bytes.length / SCALAR_BYTES)
  for (let i = 0; i < values.length; i++) {
    const value = readAt(view, i * SCALAR_BYTES, SCALAR_BYTES)
    if (value >= ORDER) return null
    values[i] = value
  }
  return values
}

/** Whether every 32 bytes are a scalar below l, little-endian; cheaper than reading them. */
export function areCanonicalScalars(bytes: Uint8Array): boolean {
  if (bytes.length % SCALAR_BYTES !== 0) return false
  for (let first = 0; first < bytes.length; first += SCALAR_BYTES) {
    const top = bytes[first + SCALAR_BYTES - 1] as number
    if (top < TOP_BYTE_OF_ORDER) continue
    if (top > TOP_BYTE_OF_ORDER || readScalars(bytes.subarray(first, first + SCALAR_BYTES)) === null)
      return false
  }
  return true
}

/** The encodings of values in 0..l−1, concatenated. Throws `RangeError` for any other value. */
export function writeScalars(values: readonly bigint[]): Uint8Array {
  const out = new Uint8Array(values.length * SCALAR_BYTES)
  const view = new DataView(out.buffer)
  values.forEach((value, i) => {
    if (value < 0n || value >= ORDER) throw new RangeError(`"values[${i}]" is not below the group order`)
    writeScalarAt(view, i, value)
  })
  return out
}

/** Writes a value in 0..l−1 as number `index` of a list of scalars. */
export function writeScalarAt(view: DataView, index: number, value: bigint): void {
  const at = index * SCALAR_BYTES
  view.setBigUint64(at, BigInt.asUintN(64, value), true)
  view.setBigUint64(at + 8, BigInt.asUintN(64, value >> 64n), true)
  view.setBigUint64(at + 16, BigInt.asUintN(64, value >> 128n), true)
  view.setBigUint64(at + 24, value >> 192n, true)
}

/** 64 uniform bytes as a value modulo l (RFC 9496 section 4.4). */
export function wideScalar(uniform: Uint8Array): bigint {
  const view = new DataView(uniform.buffer, uniform.byteOffset, uniform.length)
  if (uniform.length !== 64) throw new RangeError(`"uniform" is not 64 bytes: ${uniform.length}`)
  return readAt(view, 0, 64) % ORDER
}

/** The value modulo l, in 0..l−1, also for negative input. */
export function modOrder(value: bigint): bigint {
  const rest = value % ORDER
  return rest < 0n ? rest + ORDER : rest
}

/** Little-endian integers of 16 bytes each, concatenated: short random weights. */
export function readShortIntegers(bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: Math.floor(bytes.length / 16) }, (_, i) => readAt(view, 16 * i, 16))
}

function readAt(view: DataView, offset: number, length: number): bigint {
  let value = 0n
  for (let at = offset + length - 8; at >= offset; at -= 8)
    value = (value << 64n) | view.getBigUint64(at, true)
  return value
}
