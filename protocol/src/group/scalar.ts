/**
 * Scalars modulo the order of ristretto255 (RFC 9496 section 4.4): 32 bytes, little-endian, canonical (< l).
 * BigInt arithmetic does not run in constant time; scalars appear here once per ballot on a machine that is
 * not shared, products with points are left to the group back end.
 */
import type { RandomBytes } from './group.ts'

/** l = 2^252 + 27742317777372353535851937790883648493, the prime order of the group. */
export const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n

/** Bytes of an encoded scalar. */
export const SCALAR_BYTES = 32

/** Whether the bytes are 32 long and their little-endian value is below l. */
export function isCanonicalScalar(bytes: Uint8Array): boolean {
  return bytes.length === SCALAR_BYTES && readLittleEndian(bytes) < ORDER
}

/** The value of a canonical scalar. Throws `RangeError` for a wrong length or a value of l or more. */
export function decodeScalar(bytes: Uint8Array): bigint {
  if (bytes.length !== SCALAR_BYTES) throw new RangeError(`"bytes" is not 32 bytes: ${bytes.length}`)
  const value = readLittleEndian(bytes)
  if (value >= ORDER) throw new RangeError('"bytes" is not a canonical scalar')
  return value
}

/** 32 bytes of a value in 0..l−1. Throws `RangeError` for any other value. */
export function encodeScalar(value: bigint): Uint8Array {
  if (value < 0n || value >= ORDER) throw new RangeError('"value" is not below the group order')
  return writeLittleEndian(value)
}

/** 64 uniform bytes, little-endian, reduced modulo l (RFC 9496 section 4.4): bias below 2^-250. */
export function reduceWide(uniform: Uint8Array): Uint8Array {
  if (uniform.length !== 64) throw new RangeError(`"uniform" is not 64 bytes: ${uniform.length}`)
  return writeLittleEndian(readLittleEndian(uniform) % ORDER)
}

/** a + b mod l. */
export function addScalars(a: Uint8Array, b: Uint8Array): Uint8Array {
  return encodeScalar((decodeScalar(a) + decodeScalar(b)) % ORDER)
}

/** a · b mod l. */
export function multiplyScalars(a: Uint8Array, b: Uint8Array): Uint8Array {
  return encodeScalar((decodeScalar(a) * decodeScalar(b)) % ORDER)
}

/** −a mod l. */
export function negateScalar(a: Uint8Array): Uint8Array {
  return encodeScalar((ORDER - decodeScalar(a)) % ORDER)
}

/** 1/a mod l. Throws `RangeError` for zero. */
export function invertScalar(a: Uint8Array): Uint8Array {
  let [low, high] = [decodeScalar(a), ORDER]
  if (low === 0n) throw new RangeError('"a" is zero and has no inverse')
  let [lowFactor, highFactor] = [1n, 0n]
  while (low > 1n) {
    const quotient = high / low
    ;[low, high] = [high - quotient * low, low]
    ;[lowFactor, highFactor] = [highFactor - quotient * lowFactor, lowFactor]
  }
  return encodeScalar(((lowFactor % ORDER) + ORDER) % ORDER)
}

/** A uniform scalar other than zero, from 64 random bytes. */
export function randomScalar(random: RandomBytes): Uint8Array {
  for (;;) {
    const scalar = reduceWide(random(64))
    if (scalar.some((byte) => byte !== 0)) return scalar
  }
}

function readLittleEndian(bytes: Uint8Array): bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number)
  return value
}

function writeLittleEndian(value: bigint): Uint8Array {
  const out = new Uint8Array(SCALAR_BYTES)
  let left = value
  for (let i = 0; i < SCALAR_BYTES; i++) {
    out[i] = Number(left & 0xffn)
    left >>= 8n
  }
  return out
}
