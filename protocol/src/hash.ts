import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import {
  sha256 as nobleSha256,
  sha512 as nobleSha512,
  sha512_256 as nobleSha512_256,
} from '@noble/hashes/sha2.js'
import { concatBytes } from './bytes.ts'

/** SHA-256 (FIPS 180-4) over the concatenation of the parts; 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return nobleSha256(join(parts))
}

/** SHA-512 (FIPS 180-4) over the concatenation of the parts; 64 bytes. */
export function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  return nobleSha512(join(parts))
}

/** SHA-512/256 (FIPS 180-4, its own initial value) over the concatenation of the parts; 32 bytes. */
export function sha512_256(...parts: readonly Uint8Array[]): Uint8Array {
  return nobleSha512_256(join(parts))
}

/** HMAC-SHA-256 (RFC 2104); 32 bytes. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return hmac(nobleSha256, key, join(parts))
}

/** HKDF-SHA-256 (RFC 5869), extract and expand, to `length` bytes. */
export function hkdfSha256(
  inputKey: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  return hkdf(nobleSha256, inputKey, salt, info, length)
}

/** SHA-512 over parts that arrive one after another, for input too large to hold twice. */
export function createSha512(): { update(part: Uint8Array): void; digest(): Uint8Array } {
  const state = nobleSha512.create()
  return { update: (part) => void state.update(part), digest: () => state.digest() }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? (parts[0] as Uint8Array) : concatBytes(...parts)
}
