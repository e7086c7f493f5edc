import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { concatBytes, fromHex, toHex } from '../bytes.ts'
import { nobleBackend } from '../group/backend.ts'
import { createNobleEd25519 } from '../group/ed25519-noble.ts'
import type { CryptoBackend } from '../group/group.ts'
import { decodeScalar, ORDER } from '../group/scalar.ts'
import { createSodiumGroup } from '../group/sodium.ts'
import { sha512_256 } from '../hash.ts'
import { expectOk } from '../result.ts'
import { type BallotFixture, createBallotFixture } from '../testing/ballot-fixture.ts'
import { castBallot, erase, type PreparedBallot, prepareBallot } from './create.ts'
import { decryptWithSecret } from './elgamal.ts'
import { decodePoint } from './encoding.ts'
import { kioskSignatureMessage, parseBallot, signedPart } from './layout.ts'
import { encodePlaintext } from './plaintext.ts'
import { type BallotContext, verifyBallot } from './verify.ts'

let backend: CryptoBackend
let one: BallotFixture
let two: BallotFixture

beforeAll(async () => {
  backend = { group: await createSodiumGroup(), ed25519: createNobleEd25519() }
  one = createBallotFixture({ backend, label: 'one contest' })
  two = createBallotFixture({ backend, label: 'two contests', contestCount: 2 })
})

const errorOf = (canonical: Uint8Array, context: BallotContext): string | undefined => {
  const result = verifyBallot(backend, canonical, context)
  return result.ok ? undefined : result.error
}

/** Signs again with the kiosk's key, so that the rules behind the kiosk signature are reached. */
function resign(fixture: BallotFixture, changed: Uint8Array, kioskId = 1): Uint8Array {
  const before = signedPart(changed)
  const { seed } = fixture.kiosks.get(kioskId) as { seed: Uint8Array }
  const message = kioskSignatureMessage(fixture.context.manifestHash, before)
  return concatBytes(before, backend.ed25519.sign(seed, message))
}

function replace(bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array {
  const out = bytes.slice()
  out.set(part, at)
  return out
}

describe('an honest ballot', () => {
  test.each([1, 2, 5, 8])('of %i contests verifies under both back ends and has the right length', (n) => {
    const fixture = createBallotFixture({ backend, label: `honest ${n}`, contestCount: n })
    const canonical = fixture.ballot(1)
    expect(canonical.length).toBe(123 + 96 * n)
    const ballot = expectOk(verifyBallot(backend, canonical, fixture.context))
    expect(ballot.credentialIndex).toBe(1)
    expect(verifyBallot(nobleBackend, canonical, fixture.context).ok).toBe(true)
  })

  test('made on noble verifies on libsodium', () => {
    const fixture = createBallotFixture({ backend: nobleBackend, label: 'noble' })
    expect(errorOf(fixture.ballot(0), fixture.context)).toBeUndefined()
  })

  test('decrypts to what was chosen', () => {
    const plaintexts = [
      encodePlaintext({ kind: 'approve', options: [2, 7] }),
      encodePlaintext({ kind: 'blank' }),
    ]
    const ballot = expectOk(parseBallot(two.ballot(0, plaintexts)))
    const points = ballot.ciphertexts.map((one) => decryptWithSecret(backend.group, two.electionSecret, one))
    expect(points.map((point) => expectOk(decodePoint(backend.group, point)))).toEqual(plaintexts)
  })

  test('does not repeat randomness between slips or contests, even when the random source is stuck', () => {
    const prepare = (credentialIndex: number): PreparedBallot =>
      prepareBallot({
        backend,
        random: (length) => new Uint8Array(length),
        deviceSecret: two.deviceSecret,
        election: two.context,
        credentialIndex,
        kioskId: 1,
        contestIds: two.contestIds,
        plaintexts: two.contestIds.map(() => encodePlaintext({ kind: 'blank' })),
      })
    const all = [prepare(0), prepare(1)].flatMap(({ randomness }) => randomness.map((r) => toHex(r)))
    expect(new Set(all).size).toBe(4)
  })

  test('leaves no choice and no randomness behind once erased', () => {
    const prepared = one.prepare(0)
    erase(prepared)
    for (const secret of [...prepared.randomness, ...prepared.plaintexts]) {
      expect(secret.every((byte) => byte === 0)).toBe(true)
    }
  })
})

describe('a damaged ballot', () => {
  test('is refused with a code whichever byte is flipped, one contest', () => {
    const canonical = one.ballot(0)
    for (let i = 0; i < canonical.length; i++) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const flipped = replace(canonical, i, Uint8Array.of((canonical[i] as number) ^ mask))
        expect(errorOf(flipped, one.context), `byte ${i} ^ ${mask}`).toBeTypeOf('string')
      }
    }
  })

  test('is refused whichever byte is flipped even when its kiosk signs the damage', () => {
    const canonical = two.ballot(0)
    for (let i = 0; i < canonical.length - 64; i++) {
      const flipped = replace(canonical, i, Uint8Array.of((canonical[i] as number) ^ 0x04))
      expect(errorOf(resign(two, flipped), two.context), `byte ${i}`).toBeTypeOf('string')
    }
  })

  test('is refused when cut short or made longer', () => {
    const canonical = one.ballot(0)
    for (let length = 0; length < canonical.length; length += 7) {
      expect(errorOf(canonical.slice(0, length), one.context)).toBe('ballot-length')
    }
    expect(errorOf(concatBytes(canonical, Uint8Array.of(0)), one.context)).toBe('ballot-length')
    expect(errorOf(concatBytes(canonical, canonical), one.context)).toBe('ballot-length')
  })

  test('made of arbitrary bytes is refused and never throws', () => {
    const start = one.ballot(0).slice(0, 11)
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.uint8Array({ minLength: 208, maxLength: 208 }).map((rest) => concatBytes(start, rest)),
    )
    fc.assert(
      fc.property(noise, (bytes) => {
        expect(errorOf(bytes, one.context)).toBeTypeOf('string')
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a forged ballot', () => {
  const C1 = 11
  const C2 = 43

  test('with s + l in place of s is refused, though the group equation still holds', () => {
    const canonical = one.ballot(0)
    for (const at of [91, 123]) {
      const plusOrder = addOrder(canonical.slice(at, at + 32))
      expect(errorOf(resign(one, replace(canonical, at, plusOrder)), one.context)).toBe(
        'scalar-not-canonical',
      )
    }
  })

  test('with a zero response or a zero challenge is refused', () => {
    const canonical = one.ballot(0)
    const zero = new Uint8Array(32)
    expect(errorOf(resign(one, replace(canonical, 91, zero)), one.context)).toBe('scalar-zero')
    expect(errorOf(resign(one, replace(canonical, 123, zero)), one.context)).toBe('scalar-zero')
    expect(errorOf(resign(one, replace(canonical, 75, zero.slice(16))), one.context)).toBe('challenge-zero')
  })

  test('with the identity as C1 or C2 is refused', () => {
    const canonical = one.ballot(0)
    for (const at of [C1, C2]) {
      const forged = resign(one, replace(canonical, at, new Uint8Array(32)))
      expect(errorOf(forged, one.context)).toBe('element-identity')
    }
  })

  test('with bytes that are no element is refused', () => {
    const forged = resign(one, replace(one.ballot(0), C2, fromHex(`01${'00'.repeat(31)}`)))
    expect(errorOf(forged, one.context)).toBe('element-invalid')
  })

  test('with the same C1 in both contests is refused, even with a proof for it', () => {
    const prepared = two.prepare(0)
    const [c, r] = [prepared.ciphertexts[0], prepared.randomness[0]]
    if (c === undefined || r === undefined) throw new Error('no first contest')
    const firstPart = concatBytes(prepared.header, c.c1, c.c2, c.c1, c.c2)
    const twice = { ...prepared, ciphertexts: [c, c], randomness: [r, r], firstPart }
    expect(errorOf(two.cast(twice, 0), two.context)).toBe('c1-repeated')
  })

  test('with its contests swapped is refused', () => {
    const canonical = two.ballot(0)
    const swapped = concatBytes(
      canonical.slice(0, 11),
      canonical.slice(75, 139),
      canonical.slice(11, 75),
      canonical.slice(139, 187),
      canonical.slice(219, 251),
      canonical.slice(187, 219),
      canonical.slice(251),
    )
    expect(errorOf(swapped, two.context)).toBe('kiosk-signature')
    expect(errorOf(resign(two, swapped), two.context)).toBe('credential-proof')
  })

  test('copied under another credential is refused', () => {
    const copied = replace(one.ballot(0), 6, Uint8Array.of(0, 0, 1))
    expect(errorOf(resign(one, copied), one.context)).toBe('credential-proof')
  })

  test('signed by another kiosk than it names is refused', () => {
    const prepared = one.prepare(0, undefined, 1)
    expect(errorOf(one.cast(prepared, 0, 2), one.context)).toBe('kiosk-signature')
  })

  test('moved to another kiosk that signs it is refused by the proof', () => {
    const moved = replace(one.ballot(0), 9, Uint8Array.of(0, 2))
    expect(errorOf(resign(one, moved, 2), one.context)).toBe('credential-proof')
  })

  test('made without the credential is refused', () => {
    const prepared = one.prepare(0)
    const [wrong, right] = [one.credentials[1], one.credentials[0]]
    const kiosk = one.kiosks.get(1)
    if (wrong === undefined || right === undefined || kiosk === undefined) throw new Error('fixture')
    const forged = castBallot({
      backend,
      random: one.random,
      deviceSecret: one.deviceSecret,
      election: one.context,
      prepared,
      contestIds: one.contestIds,
      credential: { secret: wrong.keys.secret, publicKey: right.keys.publicKey },
      kiosk,
    })
    expect(errorOf(forged, one.context)).toBe('credential-proof')
  })
})

describe('a ballot in the wrong place', () => {
  const otherHash = sha512_256(Uint8Array.of(1))

  test('of another election is refused by its etag', () => {
    expect(errorOf(one.ballot(0), { ...one.context, manifestHash: otherHash })).toBe('ballot-etag')
  })

  test('of another election with the same etag is refused by the kiosk signature', () => {
    const manifestHash = concatBytes(one.context.manifestHash.slice(0, 4), otherHash.slice(4))
    expect(errorOf(one.ballot(0), { ...one.context, manifestHash })).toBe('kiosk-signature')
  })

  test('under another joint key is refused', () => {
    const jointKey = one.credentials[0]?.keys.publicKey as Uint8Array
    expect(errorOf(one.ballot(0), { ...one.context, jointKey })).toBe('credential-proof')
  })

  test('for other contests of the same number is refused', () => {
    const context: BallotContext = {
      ...one.context,
      credential: (index) => {
        const entry = one.context.credential(index)
        return entry && { ...entry, contestIds: [999] }
      },
    }
    expect(errorOf(one.ballot(0), context)).toBe('credential-proof')
  })

  test('with another number of contests than the style is refused', () => {
    const context: BallotContext = { ...two.context, credential: one.context.credential }
    expect(errorOf(two.ballot(0), context)).toBe('contest-count')
  })

  test('of an index beyond the list is refused', () => {
    expect(errorOf(one.ballot(2), { ...one.context, credentialCount: 2 })).toBe('credential-index')
    expect(errorOf(one.ballot(2), { ...one.context, credential: () => undefined })).toBe('credential-index')
  })

  test('of a kiosk without a live key is refused', () => {
    expect(errorOf(one.ballot(0), { ...one.context, kioskKey: () => undefined })).toBe('kiosk-unknown')
  })
})

test('both back ends refuse every damaged ballot for the same reason', () => {
  const canonical = one.ballot(0)
  for (let i = 0; i < canonical.length; i += 9) {
    const flipped = resign(one, replace(canonical, i, Uint8Array.of((canonical[i] as number) ^ 0x10)))
    expect(verifyBallot(nobleBackend, flipped, one.context)).toEqual(
      verifyBallot(backend, flipped, one.context),
    )
  }
})

/** Little-endian `scalar + l`, which still fits 32 bytes. */
function addOrder(scalar: Uint8Array): Uint8Array {
  const sum = decodeScalar(scalar) + ORDER
  return Uint8Array.from({ length: 32 }, (_, i) => Number((sum >> BigInt(8 * i)) & 0xffn))
}
