/** Proof, inside an enrolment request, that whoever made it holds the secret halves of both keys it names. */
import { ed25519 as curve } from '@noble/curves/ed25519.js'
import { ByteWriter, concatBytes, fromBase64, tag, toBase64, utf8 } from '../bytes.ts'
import type { Ed25519, RandomBytes } from '../group/group.ts'
import {
  addScalars,
  decodeScalar,
  encodeScalar,
  multiplyScalars,
  ORDER,
  reduceWide,
} from '../group/scalar.ts'
import { sha512, sha512_256 } from '../hash.ts'
import { isAcceptableX25519 } from './key-checks.ts'

/** Public halves in base64 (32 bytes each), the slot, and the certificate request (PEM) if there is one. */
export interface ClaimedKeys {
  readonly kiosk: number
  readonly ed25519: string
  readonly x25519: string
  readonly certificateRequest?: string
}

/** Two signatures of 64 bytes, base64. */
export interface PossessionProof {
  readonly ed25519: string
  readonly x25519: string
}

/**
 * Signs the claim with both keys. The X25519 key signs as in XEdDSA (Signal, revision 1): its scalar, on the Edwards curve, with the sign
 * that makes the point's sign bit 0; the nonce is hashed from scalar, message and 64 bytes of randomness.
 */
export function provePossession(
  claim: ClaimedKeys,
  { ed25519Seed, x25519Secret }: { readonly ed25519Seed: Uint8Array; readonly x25519Secret: Uint8Array },
  { ed25519, random }: { readonly ed25519: Ed25519; readonly random: RandomBytes },
): PossessionProof {
  return {
    ed25519: toBase64(ed25519.sign(ed25519Seed, signedBytes('ed25519', claim))),
    x25519: toBase64(signWithX25519(x25519Secret, signedBytes('x25519', claim), random(64))),
  }
}

/**
 * Whether both keys signed this very claim. The X25519 key's signature is checked as an Ed25519 one under the Edwards point of sign bit 0
 * (RFC 7748 section 4.1: y = (u − 1) / (u + 1)), with the acceptance rule of every other signature; a key on the twist has no such point.
 */
export function isPossessionProven(ed25519: Ed25519, claim: ClaimedKeys, proof: PossessionProof): boolean {
  const own = fromBase64(claim.ed25519)
  const edwards = edwardsKey(fromBase64(claim.x25519))
  if (edwards === null || !ed25519.isAcceptableKey(own) || !ed25519.isAcceptableKey(edwards)) return false
  return (
    ed25519.verify(own, signedBytes('ed25519', claim), fromBase64(proof.ed25519)) &&
    ed25519.verify(edwards, signedBytes('x25519', claim), fromBase64(proof.x25519))
  )
}

const TAGS = {
  ed25519: tag('hanpyo/enrolment-ed25519/v1'),
  x25519: tag('hanpyo/enrolment-x25519/v1'),
} as const

/** tag ‖ u16 kiosk ‖ Ed25519 key ‖ X25519 key ‖ SHA-512/256 of the certificate request's text (of nothing without one). */
function signedBytes(key: 'ed25519' | 'x25519', claim: ClaimedKeys): Uint8Array {
  return new ByteWriter()
    .raw(TAGS[key])
    .u16(claim.kiosk)
    .raw(fromBase64(claim.ed25519), fromBase64(claim.x25519))
    .raw(sha512_256(utf8(claim.certificateRequest ?? '')))
    .bytes()
}

function signWithX25519(secret: Uint8Array, message: Uint8Array, random: Uint8Array): Uint8Array {
  const clamped = Uint8Array.from(secret)
  clamped[0] = (clamped[0] as number) & 248
  clamped[31] = ((clamped[31] as number) & 127) | 64
  const wide = new Uint8Array(64)
  wide.set(clamped)
  const scalar = reduceWide(wide)
  const point = curve.Point.BASE.multiply(decodeScalar(scalar)).toBytes()
  const isNegative = ((point[31] as number) & 128) !== 0
  const signer = isNegative ? encodeScalar(ORDER - decodeScalar(scalar)) : scalar
  point[31] = (point[31] as number) & 127
  const nonce = reduceWide(sha512(tag('hanpyo/enrolment-nonce/v1'), signer, random, message))
  const commitment = curve.Point.BASE.multiply(decodeScalar(nonce)).toBytes()
  const challenge = reduceWide(sha512(commitment, point, message))
  clamped.fill(0)
  wide.fill(0)
  return concatBytes(commitment, addScalars(nonce, multiplyScalars(challenge, signer)))
}

/** The Edwards point of sign bit 0 over an X25519 key, encoded; null when the key is not one. */
function edwardsKey(x25519: Uint8Array): Uint8Array | null {
  if (!isAcceptableX25519(x25519)) return null
  const { Fp } = curve.Point
  const u = Fp.fromBytes(x25519)
  const below = Fp.add(u, Fp.ONE)
  return Fp.is0(below) ? null : Fp.toBytes(Fp.div(Fp.sub(u, Fp.ONE), below))
}
