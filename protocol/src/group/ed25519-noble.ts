import { ed25519 } from '@noble/curves/ed25519.js'
import { concatBytes, equalBytes, toHex } from '../bytes.ts'
import { sha512 } from '../hash.ts'
import type { Ed25519 } from './group.ts'
import { decodeScalar, isCanonicalScalar, reduceWide } from './scalar.ts'

type EdwardsPoint = InstanceType<typeof ed25519.Point>

/**
 * Ed25519 (RFC 8032) on @noble/curves with the acceptance rule of docs/protocol.md. noble's own `verify` is
 * cofactored in both of its modes (it accepts `R + T` for a point T of order 8), so only its point arithmetic
 * is used here.
 */
export const nobleEd25519: Ed25519 = withKeys(decodeKey)

/** Kiosks, bridges, authorities and witnesses of several elections together stay well below this. */
const MOST_KNOWN_KEYS = 4096

/**
 * The same, remembering the keys it has checked: the check costs as much as two verifications, and a ledger holds thousands
 * of signatures of a few hundred keys.
 */
export function createNobleEd25519(): Ed25519 {
  const known = new Map<string, EdwardsPoint | null>()
  return withKeys((publicKey) => {
    if (publicKey.length !== 32) return null
    const name = toHex(publicKey)
    let key = known.get(name)
    if (key === undefined) {
      key = decodeKey(publicKey)
      if (known.size >= MOST_KNOWN_KEYS) known.clear()
      known.set(name, key)
    }
    return key
  })
}

function withKeys(decode: (publicKey: Uint8Array) => EdwardsPoint | null): Ed25519 {
  return {
    name: 'noble',

    sign: (seed, message) => ed25519.sign(message, seed),

    publicKey: (seed) => ed25519.getPublicKey(seed),

    isAcceptableKey: (publicKey) => decode(publicKey) !== null,

    /** Also false for a key that `isAcceptableKey` refuses, so that a forgotten check cannot open a hole. */
    verify(publicKey, message, signature) {
      if (signature.length !== 64) return false
      const encodedR = signature.subarray(0, 32)
      const encodedS = signature.subarray(32)
      if (!isCanonicalScalar(encodedS)) return false
      const key = decode(publicKey)
      if (key === null) return false
      const challenge = decodeScalar(reduceWide(sha512(concatBytes(encodedR, publicKey, message))))
      const fromS = ed25519.Point.BASE.multiplyUnsafe(decodeScalar(encodedS))
      return equalBytes(fromS.subtract(key.multiplyUnsafe(challenge)).toBytes(), encodedR)
    },
  }
}

/** The point of a canonical (y < p, no negative zero), non-identity, torsion-free key; otherwise `null`. */
function decodeKey(publicKey: Uint8Array): EdwardsPoint | null {
  if (publicKey.length !== 32) return null
  let point: EdwardsPoint
  try {
    point = ed25519.Point.fromBytes(publicKey, false)
  } catch {
    return null
  }
  return !point.is0() && point.isTorsionFree() ? point : null
}
