import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concatBytes, fromHex, toHex } from '../bytes.ts'
import { sha512 } from '../hash.ts'
import { createMsm, type Msm, type PointTable } from './msm.ts'
import { nobleGroup } from './noble.ts'

const Point = ristretto255.Point
type NoblePoint = ReturnType<typeof Point.fromHex>
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n

function point(seed: number): NoblePoint {
  return ristretto255_hasher.deriveToCurve!(sha512(Uint8Array.of(seed, seed >> 8))) as NoblePoint
}

function scalarBytes(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0')).reverse()
}

function tableOf(msm: Msm, points: readonly NoblePoint[]): PointTable {
  const table = msm.table(concatBytes(...points.map((p) => p.toBytes())))
  if ('invalidIndex' in table) throw new Error(`point ${table.invalidIndex} did not decode`)
  return table
}

function expected(points: readonly NoblePoint[], scalars: readonly bigint[]): string {
  return points.reduce((sum, p, i) => sum.add(p.multiplyUnsafe(scalars[i] as bigint)), Point.ZERO).toHex()
}

test('sums agree with noble over random points and scalars of every size', () => {
  const msm = createMsm()
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(60_000), fc.bigInt({ min: 0n, max: ORDER - 1n })), {
        minLength: 1,
        maxLength: 40,
      }),
      (terms) => {
        const points = terms.map(([seed]) => point(seed))
        const scalars = terms.map(([, scalar]) => scalar)
        const sum = msm.multiply([tableOf(msm, points)], concatBytes(...scalars.map(scalarBytes)))
        expect(toHex(sum)).toBe(expected(points, scalars))
      },
    ),
    { numRuns: 40 },
  )
})

test('edge scalars, the identity, repeated and opposite points agree with noble', () => {
  const msm = createMsm()
  const points = [Point.ZERO, Point.BASE, Point.BASE, Point.BASE.negate(), point(1), point(1)]
  const edges = [
    0n,
    1n,
    2n,
    15n,
    16n,
    2n ** 128n - 1n,
    2n ** 252n - 1n,
    ORDER - 1n,
    ORDER - 2n,
    (ORDER - 1n) / 2n,
  ]
  for (const a of edges) {
    for (const b of edges) {
      const scalars = [a, b, a, b, b, a]
      const sum = msm.multiply([tableOf(msm, points)], concatBytes(...scalars.map(scalarBytes)))
      expect(toHex(sum)).toBe(expected(points, scalars))
    }
  }
})

test('wide windows, several tables and short scalars agree with noble', () => {
  const msm = createMsm()
  const base = Array.from({ length: 50 }, (_, i) => point(i))
  for (const count of [700, 5_000]) {
    const points = Array.from({ length: count }, (_, i) => base[i % 50] as NoblePoint)
    const scalars = points.map((_, i) => BigInt(i * i + 1) ** 8n % 2n ** 128n)
    const perBase = base.map(
      (_, b) => scalars.reduce((sum, s, i) => (i % 50 === b ? sum + s : sum), 0n) % ORDER,
    )
    const tables = [tableOf(msm, points.slice(0, 333)), tableOf(msm, points.slice(333))]
    const sum = msm.multiply(tables, concatBytes(...scalars.map(scalarBytes)), 128)
    expect(toHex(sum)).toBe(expected(base, perBase))
  }
})

test('decoding accepts exactly what noble accepts', () => {
  const msm = createMsm()
  const accepts = (bytes: Uint8Array) => {
    try {
      Point.fromBytes(bytes)
      return true
    } catch {
      return false
    }
  }
  const p = 2n ** 255n - 19n
  const edges = [
    0n,
    1n,
    2n,
    p - 2n,
    p - 1n,
    p,
    p + 1n,
    p + 2n,
    p + 18n,
    2n ** 255n - 1n,
    2n ** 255n,
    2n ** 256n - 1n,
  ]
  for (const edge of edges) {
    const bytes = scalarBytes(edge)
    expect([edge, !('invalidIndex' in msm.table(bytes))]).toEqual([edge, accepts(bytes)])
  }
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      expect(!('invalidIndex' in msm.table(bytes))).toBe(accepts(bytes))
    }),
    { numRuns: 400 },
  )
})

test('encodings near 0, near p and above it are accepted as by noble, and come back unchanged', () => {
  const msm = createMsm()
  const p = 2n ** 255n - 19n
  const nothing = new Uint8Array(32)
  let accepted = 0
  for (let distance = 0n; distance < 100n; distance++) {
    for (const value of [distance, p - distance, p + distance]) {
      const bytes = scalarBytes(value)
      const isElement = !('invalidIndex' in msm.table(bytes))
      expect([value, isElement]).toEqual([value, nobleGroup.isElement(bytes)])
      if (!isElement) continue
      accepted++
      expect(msm.fixedSums([msm.basePoint()], [nothing], bytes)).toEqual(bytes)
    }
  }
  expect(accepted).toBeGreaterThan(10)
})

test('the first invalid encoding is named', () => {
  const bytes = concatBytes(Point.BASE.toBytes(), new Uint8Array(32).fill(0xff), Point.BASE.toBytes())
  expect(createMsm().table(bytes)).toEqual({ invalidIndex: 1 })
})

/** Σ scalar · base (+ point) with noble; 0 · P is the identity. */
function expectedFixed(terms: readonly [bigint, NoblePoint][], extra?: NoblePoint): string {
  return terms.reduce((sum, [s, p]) => sum.add(p.multiplyUnsafe(s)), extra ?? Point.ZERO).toHex()
}

test('sums over fixed bases agree with noble for one and two bases, with and without a point added', () => {
  const msm = createMsm()
  const bases = [Point.BASE, point(7)]
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.bigInt({ min: 0n, max: ORDER - 1n }),
          fc.bigInt({ min: 0n, max: ORDER - 1n }),
          fc.nat(999),
        ),
        { minLength: 1, maxLength: 5 },
      ),
      fc.boolean(),
      (terms, isAdded) => {
        const scalars = [terms.map(([a]) => a), terms.map(([, b]) => b)]
        const lists = scalars.map((values) => concatBytes(...values.map(scalarBytes)))
        const points = terms.map(([, , seed]) => point(seed))
        const encoded = isAdded ? concatBytes(...points.map((p) => p.toBytes())) : undefined
        const sums = msm.fixedSums(
          bases.map((base) => base.toBytes()),
          lists,
          encoded,
        )
        terms.forEach(([a, b], i) => {
          const pairs: [bigint, NoblePoint][] = [
            [a, bases[0] as NoblePoint],
            [b, bases[1] as NoblePoint],
          ]
          expect(toHex(sums.subarray(32 * i, 32 * i + 32))).toBe(
            expectedFixed(pairs, isAdded ? points[i] : undefined),
          )
        })
      },
    ),
    { numRuns: 30 },
  )
})

test('edge scalars over fixed bases agree with noble, the identity as a base and a sum of zero among them', () => {
  const msm = createMsm()
  const nibbles = ['0', '7', '8', '9', 'f'].map((digit) => BigInt(`0x0${digit.repeat(62)}`))
  const edges = [0n, 1n, 8n, 9n, 16n, ORDER - 1n, ORDER - 8n, 2n ** 252n - 1n, 2n ** 252n, ...nibbles]
  const scalars = concatBytes(...edges.map(scalarBytes))
  for (const base of [Point.BASE, Point.ZERO, point(3)]) {
    const sums = msm.fixedSums([base.toBytes()], [scalars])
    const opposite = base.negate().toBytes()
    const zero = msm.fixedSums([base.toBytes(), opposite], [scalars, scalars])
    edges.forEach((edge, i) => {
      expect([edge, toHex(sums.subarray(32 * i, 32 * i + 32))]).toEqual([edge, expectedFixed([[edge, base]])])
    })
    expect(zero.every((byte) => byte === 0)).toBe(true)
  }
  const cancelled = msm.fixedSums([Point.BASE.toBytes()], [scalarBytes(ORDER - 1n)], Point.BASE.toBytes())
  expect(toHex(cancelled)).toBe(Point.ZERO.toHex())
})

test('sums over fixed bases refuse invalid elements and lists of other lengths', () => {
  const msm = createMsm()
  const invalid = new Uint8Array(32).fill(0xff)
  const scalars = scalarBytes(5n)
  expect(() => msm.fixedSums([invalid], [scalars])).toThrow(RangeError)
  expect(() => msm.fixedSums([msm.basePoint()], [scalars], invalid)).toThrow(RangeError)
  expect(() => msm.fixedSums([msm.basePoint()], [scalars, scalars])).toThrow(RangeError)
  expect(() => msm.fixedSums([msm.basePoint()], [scalars], new Uint8Array(64))).toThrow(RangeError)
  expect(msm.fixedSums([msm.basePoint()], [new Uint8Array(0)])).toEqual(new Uint8Array(0))
})
