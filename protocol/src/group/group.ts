/** Bytes of an encoded ristretto255 element (RFC 9496 section 4.3.2). */
export const ELEMENT_BYTES = 32

/**
 * ristretto255 (RFC 9496) behind one interface over encoded bytes, so that back ends can be exchanged and
 * compared. Elements and scalars are 32 bytes, little-endian as in RFC 9496. Callers hand in canonical
 * scalars (`scalar.ts` makes and checks them) and elements that passed `isElement`; a back end throws on
 * anything else, because that is a bug of the caller.
 */
export interface Group {
  readonly name: 'noble' | 'libsodium'
  /** Whether the 32 bytes are a canonical encoding. The identity (all zero) is an element. */
  isElement(encoded: Uint8Array): boolean
  add(p: Uint8Array, q: Uint8Array): Uint8Array
  subtract(p: Uint8Array, q: Uint8Array): Uint8Array
  /** `scalar · G`; the identity for scalar 0. */
  multiplyBase(scalar: Uint8Array): Uint8Array
  /** `scalar · p`; the identity when the product is the identity, in every back end. */
  multiply(scalar: Uint8Array, p: Uint8Array): Uint8Array
  /** One-way map of 64 uniform bytes to an element (RFC 9496 section 4.3.4). */
  fromUniformBytes(uniform: Uint8Array): Uint8Array
  /** `nonce + challenge · secret` mod l in constant time, where the back end can do that. */
  respond?(nonce: Uint8Array, challenge: Uint8Array, secret: Uint8Array): Uint8Array
}

/** Ed25519 (RFC 8032) with the acceptance rule of docs/protocol.md; every back end must agree bit for bit. */
export interface Ed25519 {
  readonly name: 'noble' | 'node'
  /** 64-byte signature with a 32-byte seed. */
  sign(seed: Uint8Array, message: Uint8Array): Uint8Array
  /** 32-byte public key of a 32-byte seed. */
  publicKey(seed: Uint8Array): Uint8Array
  /** Key check done once, at registration: canonical, not the identity, torsion-free. */
  isAcceptableKey(publicKey: Uint8Array): boolean
  /** S < l and `enc(S·B − h·A)` equals the R bytes (cofactorless). The key must have passed `isAcceptableKey`. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
}

/** What the pure rules need from the outside: group and signature arithmetic of the host's choice. */
export interface CryptoBackend {
  readonly group: Group
  readonly ed25519: Ed25519
}

/** A source of cryptographically secure random bytes, handed in. */
export type RandomBytes = (length: number) => Uint8Array
