import { readFileSync, writeFileSync } from 'node:fs'
import { ed25519 } from '@noble/curves/ed25519.js'
import { expect, test } from 'vitest'
import { concatBytes, equalBytes, fromHex, toHex, utf8 } from '../bytes.ts'
import { sha512 } from '../hash.ts'
import { counterRandom } from '../testing/counter-random.ts'
import { createNobleEd25519, nobleEd25519 } from './ed25519-noble.ts'
import { addScalars, decodeScalar, encodeScalar, multiplyScalars, ORDER, reduceWide } from './scalar.ts'

const { Point } = ed25519
const FILE = new URL('../../../docs/vectors/ed25519.json', import.meta.url)
const FIELD = 2n ** 255n - 19n
const MESSAGE = utf8('hanpyo')

interface EdgeCase {
  readonly name: string
  readonly publicKey: string
  readonly message: string
  readonly signature: string
  readonly keyAcceptable: boolean
  readonly valid: boolean
}

interface Ed25519Vectors {
  readonly rfc8032: { seed: string; publicKey: string; message: string; signature: string }[]
  readonly edgeCases: EdgeCase[]
}

const vectors = JSON.parse(readFileSync(FILE, 'utf8')) as Ed25519Vectors

test('signs and verifies the vectors of RFC 8032 section 7.1', () => {
  for (const vector of vectors.rfc8032) {
    const [seed, key, message, signature] = [
      vector.seed,
      vector.publicKey,
      vector.message,
      vector.signature,
    ].map(fromHex) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
    expect(nobleEd25519.publicKey(seed)).toEqual(key)
    expect(nobleEd25519.sign(seed, message)).toEqual(signature)
    expect(nobleEd25519.isAcceptableKey(key)).toBe(true)
    expect(nobleEd25519.verify(key, message, signature)).toBe(true)
  }
})

test('docs/vectors/ed25519.json holds exactly the edge cases made here', () => {
  const edgeCases = makeEdgeCases()
  if (process.env.HANPYO_WRITE_VECTORS === '1') {
    writeFileSync(FILE, `${JSON.stringify({ ...vectors, edgeCases }, null, 2)}\n`)
  } else {
    expect(vectors.edgeCases).toEqual(edgeCases)
  }
})

test.each(makeEdgeCases())('$name: key acceptable $keyAcceptable, signature valid $valid', (edge) => {
  const key = fromHex(edge.publicKey)
  expect(nobleEd25519.isAcceptableKey(key)).toBe(edge.keyAcceptable)
  expect(nobleEd25519.verify(key, fromHex(edge.message), fromHex(edge.signature))).toBe(edge.valid)
})

test('checked keys that are remembered change no answer, the first time or later', () => {
  const remembering = createNobleEd25519()
  for (const edge of [...makeEdgeCases(), ...makeEdgeCases()]) {
    const key = fromHex(edge.publicKey)
    expect(remembering.verify(key, fromHex(edge.message), fromHex(edge.signature))).toBe(edge.valid)
    expect(remembering.isAcceptableKey(key)).toBe(edge.keyAcceptable)
  }
  expect(remembering.isAcceptableKey(new Uint8Array(31))).toBe(false)
})

test('the edge cases include signatures that a cofactored check accepts', () => {
  const cofactored = makeEdgeCases().filter(
    (edge) =>
      !edge.valid &&
      ed25519.verify(fromHex(edge.signature), fromHex(edge.message), fromHex(edge.publicKey), {
        zip215: true,
      }),
  )
  expect(cofactored.map((edge) => edge.name)).toContain('R plus a point of order 8')
})

test('refuses signatures and keys of a wrong length', () => {
  const seed = new Uint8Array(32).fill(1)
  const key = nobleEd25519.publicKey(seed)
  const signature = nobleEd25519.sign(seed, MESSAGE)
  expect(nobleEd25519.verify(key, MESSAGE, signature.subarray(0, 63))).toBe(false)
  expect(nobleEd25519.verify(key, MESSAGE, concatBytes(signature, Uint8Array.of(0)))).toBe(false)
  expect(nobleEd25519.verify(key.subarray(0, 31), MESSAGE, signature)).toBe(false)
  expect(nobleEd25519.isAcceptableKey(new Uint8Array(0))).toBe(false)
})

function makeEdgeCases(): EdgeCase[] {
  const random = counterRandom('hanpyo ed25519 edge cases')
  const seed = random(32)
  const secret = secretScalar(seed)
  const key = nobleEd25519.publicKey(seed)
  const keyPoint = Point.fromBytes(key)
  const orderEight = pointOfOrderEight()
  const identity = Point.ZERO.toBytes()
  const zero = new Uint8Array(32)
  const good = nobleEd25519.sign(seed, MESSAGE)
  const [goodR, goodS] = [good.slice(0, 32), good.slice(32)]
  const cases: EdgeCase[] = []
  const add = (
    name: string,
    publicKey: Uint8Array,
    signature: Uint8Array,
    outcome: { keyAcceptable: boolean; valid: boolean },
    message = MESSAGE,
  ): void => {
    cases.push({
      name,
      publicKey: toHex(publicKey),
      message: toHex(message),
      signature: toHex(signature),
      ...outcome,
    })
  }
  const badKey = { keyAcceptable: false, valid: false }
  const badSignature = { keyAcceptable: true, valid: false }

  add('an ordinary signature', key, good, { keyAcceptable: true, valid: true })
  add('another message', key, good, badSignature, utf8('hanpya'))
  add('S plus the group order', key, concatBytes(goodR, rawInteger(goodS, ORDER)), badSignature)
  add('S equal to the group order', key, concatBytes(goodR, rawInteger(zero, ORDER)), badSignature)
  add('S with its highest bits set', key, concatBytes(goodR, new Uint8Array(32).fill(0xff)), badSignature)
  add('a key and R of the identity, S zero', identity, concatBytes(identity, zero), badKey)

  for (let k = 1n; k < 8n; k++) {
    const torsion = orderEight.multiplyUnsafe(k).toBytes()
    add(`a key of small order, ${k} times the point of order 8`, torsion, concatBytes(identity, zero), badKey)
  }
  for (const [name, encoding] of nonCanonicalKeys()) {
    add(`a non-canonical key: ${name}`, encoding, concatBytes(identity, zero), badKey)
  }

  const mixed = keyPoint.add(orderEight).toBytes()
  add('a key of mixed order', mixed, signAs(mixed, secret, random(64), Point.ZERO), badKey)
  const mixedLucky = signUntil(
    () => signAs(mixed, secret, random(64), Point.ZERO),
    (signature) => isCofactorlessFor(mixed, signature),
  )
  add('a key of mixed order, and a signature for which it does not show', mixed, mixedLucky, badKey)

  add('R plus a point of order 8', key, signAs(key, secret, random(64), orderEight), badSignature)
  const four = orderEight.multiplyUnsafe(2n)
  add('R plus a point of order 4', key, signAs(key, secret, random(64), four), badSignature)
  const two = orderEight.multiplyUnsafe(4n)
  add('R plus a point of order 2', key, signAs(key, secret, random(64), two), badSignature)
  add('R of the identity, made by the key holder', key, signWithR(key, secret, identity), {
    keyAcceptable: true,
    valid: true,
  })
  add(
    'R of the identity encoded as y = p + 1',
    key,
    signWithR(key, secret, encodeY(FIELD + 1n)),
    badSignature,
  )
  const negativeZero = identity.slice()
  negativeZero[31] = 0x80
  add('R of the identity with a sign bit', key, signWithR(key, secret, negativeZero), badSignature)
  add('R that is not on the curve', key, concatBytes(encodeY(2n), goodS), badSignature)
  add(
    'R of a point of order 8, S for the key',
    key,
    signWithR(key, secret, orderEight.toBytes()),
    badSignature,
  )
  return cases
}

/** `R = r·B + extra`, `S = r + h·a`: cofactored checks accept it for every `extra` of small order. */
function signAs(
  key: Uint8Array,
  secret: Uint8Array,
  nonce: Uint8Array,
  extra: InstanceType<typeof Point>,
): Uint8Array {
  const r = reduceWide(nonce)
  const encodedR = Point.BASE.multiply(decodeScalar(r)).add(extra).toBytes()
  const s = addScalars(r, multiplyScalars(challengeOf(encodedR, key), secret))
  return concatBytes(encodedR, s)
}

/** `S = h·a` for R bytes that stand for the identity or something small. */
function signWithR(key: Uint8Array, secret: Uint8Array, encodedR: Uint8Array): Uint8Array {
  return concatBytes(encodedR, multiplyScalars(challengeOf(encodedR, key), secret))
}

function signUntil(make: () => Uint8Array, wanted: (signature: Uint8Array) => boolean): Uint8Array {
  for (;;) {
    const signature = make()
    if (wanted(signature)) return signature
  }
}

function isCofactorlessFor(key: Uint8Array, signature: Uint8Array): boolean {
  const [encodedR, s] = [signature.slice(0, 32), signature.slice(32)]
  const minus = Point.fromBytes(key).multiplyUnsafe(decodeScalar(challengeOf(encodedR, key)))
  return equalBytes(Point.BASE.multiply(decodeScalar(s)).subtract(minus).toBytes(), encodedR)
}

function challengeOf(encodedR: Uint8Array, key: Uint8Array): Uint8Array {
  return reduceWide(sha512(encodedR, key, MESSAGE))
}

function secretScalar(seed: Uint8Array): Uint8Array {
  return encodeScalar(ed25519.utils.getExtendedPublicKey(seed).scalar % ORDER)
}

/** Multiplying any point of the curve by the group order leaves its torsion part. */
function pointOfOrderEight(): InstanceType<typeof Point> {
  for (let y = 3n; ; y++) {
    const point = decodeLoosely(encodeY(y))
    if (point === null) continue
    const torsion = point.multiplyUnsafe(ORDER - 1n).add(point)
    if (!torsion.multiplyUnsafe(4n).is0()) return torsion
  }
}

/** Every y in p..2^255−1 that is on the curve, and x = 0 with a sign bit. */
function nonCanonicalKeys(): [string, Uint8Array][] {
  const keys: [string, Uint8Array][] = []
  for (let k = 0n; k < 19n; k++) {
    if (decodeLoosely(encodeY(FIELD + k)) !== null) keys.push([`y = p + ${k}`, encodeY(FIELD + k)])
  }
  for (const [name, y] of [
    ['y = 1', 1n],
    ['y = -1', FIELD - 1n],
  ] as const) {
    const encoding = encodeY(y)
    encoding[31] = (encoding[31] as number) | 0x80
    keys.push([`x = 0 with a sign bit, ${name}`, encoding])
  }
  return keys
}

function decodeLoosely(encoding: Uint8Array): InstanceType<typeof Point> | null {
  try {
    return Point.fromBytes(encoding, true)
  } catch {
    return null
  }
}

function encodeY(y: bigint): Uint8Array {
  return rawInteger(new Uint8Array(32), y)
}

/** Little-endian sum of 32 bytes and an integer, not reduced. */
function rawInteger(bytes: Uint8Array, plus: bigint): Uint8Array {
  let value = plus
  for (const [i, byte] of bytes.entries()) value += BigInt(byte) << BigInt(8 * i)
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
}
