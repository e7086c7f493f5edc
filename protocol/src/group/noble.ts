import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js'
import { ELEMENT_BYTES, type Group } from './group.ts'
import { decodeScalar } from './scalar.ts'

const { Point } = ristretto255

/** ristretto255 on @noble/curves: runs in browsers too and is the oracle for the faster back ends. */
export const nobleGroup: Group = {
  name: 'noble',

  isElement(encoded) {
    if (encoded.length !== ELEMENT_BYTES) return false
    try {
      Point.fromBytes(encoded)
      return true
    } catch {
      return false
    }
  },

  add: (p, q) => Point.fromBytes(p).add(Point.fromBytes(q)).toBytes(),

  subtract: (p, q) => Point.fromBytes(p).subtract(Point.fromBytes(q)).toBytes(),

  multiplyBase(scalar) {
    const value = decodeScalar(scalar)
    return (value === 0n ? Point.ZERO : Point.BASE.multiply(value)).toBytes()
  },

  multiply(scalar, p) {
    const value = decodeScalar(scalar)
    const point = Point.fromBytes(p)
    const isTrivial = value === 0n || point.equals(Point.ZERO)
    return (isTrivial ? Point.ZERO : point.multiply(value)).toBytes()
  },

  fromUniformBytes(uniform) {
    if (uniform.length !== 64) throw new RangeError(`"uniform" is not 64 bytes: ${uniform.length}`)
    return deriveElement(uniform).toBytes()
  },
}

function deriveElement(uniform: Uint8Array): InstanceType<typeof Point> {
  if (ristretto255_hasher.deriveToCurve === undefined) throw new Error('@noble/curves lost deriveToCurve')
  return ristretto255_hasher.deriveToCurve(uniform)
}
