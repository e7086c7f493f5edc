import { x25519 } from '@noble/curves/ed25519.js'
import { err, ok, type Result } from '../result.ts'

/** 32-byte X25519 public key of a 32-byte secret (RFC 7748 section 5; the secret is clamped). */
export function x25519PublicKey(secret: Uint8Array): Uint8Array {
  return x25519.getPublicKey(secret)
}

/**
 * 32-byte shared secret (RFC 7748 section 6.1). `low-order-point` when the result is all zero, which a peer
 * who sent a point of small order could force.
 */
export function x25519SharedSecret(
  secret: Uint8Array,
  peerPublic: Uint8Array,
): Result<Uint8Array, 'low-order-point'> {
  if (secret.length !== 32) throw new RangeError(`"secret" is not 32 bytes: ${secret.length}`)
  if (peerPublic.length !== 32) throw new RangeError(`"peerPublic" is not 32 bytes: ${peerPublic.length}`)
  try {
    return ok(x25519.getSharedSecret(secret, peerPublic))
  } catch {
    // with the lengths checked, noble throws for an all-zero result only
    return err('low-order-point')
  }
}
