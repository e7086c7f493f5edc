import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { concatBytes } from '../bytes.ts'
import { createNobleEd25519 } from '../group/ed25519-noble.ts'
import type { CryptoBackend } from '../group/group.ts'
import { createMsm } from '../group/msm.ts'
import { addScalars, negateScalar } from '../group/scalar.ts'
import { createSodiumGroup } from '../group/sodium.ts'
import { expectOk } from '../result.ts'
import { type BallotFixture, createBallotFixture } from '../testing/ballot-fixture.ts'
import { counterRandom } from '../testing/counter-random.ts'
import { kioskSignatureMessage, parseBallot, signedPart } from './layout.ts'
import { proveBallot, verifyBallot } from './verify.ts'
import { type BallotWithCommitments, encodeCommitments, verifyTogether } from './verify-together.ts'

const random = counterRandom('weights')
const msm = createMsm()
let backend: CryptoBackend
let one: BallotFixture
let three: BallotFixture

beforeAll(async () => {
  backend = { group: await createSodiumGroup(), ed25519: createNobleEd25519() }
  one = createBallotFixture({ backend, label: 'together, one contest' })
  three = createBallotFixture({ backend, label: 'together, three contests', contestCount: 3 })
})

function withCommitments(fixture: BallotFixture, canonical: Uint8Array): BallotWithCommitments {
  const { commitments } = expectOk(proveBallot(backend, canonical, fixture.context))
  return { canonical, context: fixture.context, commitments: encodeCommitments(commitments) }
}

const isAccepted = (ballots: readonly BallotWithCommitments[]): boolean =>
  verifyTogether({ backend, msm, random }, ballots)

/** Adds to the credential's response and signs again as the kiosk; the challenge does not cover responses. */
function shiftResponse(fixture: BallotFixture, canonical: Uint8Array, by: Uint8Array): Uint8Array {
  const { contestCount, sK, kioskId } = expectOk(parseBallot(canonical))
  const shifted = canonical.slice()
  shifted.set(addScalars(sK, by), 27 + 64 * contestCount)
  const { seed } = fixture.kiosks.get(kioskId) as { seed: Uint8Array }
  const before = signedPart(shifted)
  return concatBytes(
    before,
    backend.ed25519.sign(seed, kioskSignatureMessage(fixture.context.manifestHash, before)),
  )
}

test('honest ballots of several elections and lengths pass together, and none at all', () => {
  const ballots = [one, three].flatMap((fixture) =>
    [0, 1, 2].map((slip) => withCommitments(fixture, fixture.ballot(slip))),
  )
  expect(isAccepted(ballots)).toBe(true)
  expect(isAccepted([])).toBe(true)
})

test('one changed byte, in the ballot or in what was handed on, makes all of them fail', () => {
  const honest = [0, 1, 2].map((slip) => withCommitments(three, three.ballot(slip)))
  fc.assert(
    fc.property(fc.nat(2), fc.nat(410 + 128), fc.integer({ min: 1, max: 255 }), (at, byte, xor) => {
      const { canonical, commitments, context } = honest[at] as BallotWithCommitments
      const changed = { canonical: canonical.slice(), commitments: commitments.slice(), context }
      const part = byte < canonical.length ? changed.canonical : changed.commitments
      const place = byte < canonical.length ? byte : (byte - canonical.length) % commitments.length
      part[place] = (part[place] as number) ^ xor
      expect(isAccepted(honest.map((ballot, i) => (i === at ? changed : ballot)))).toBe(false)
    }),
    { numRuns: 60 },
  )
})

test('two wrong proofs whose errors cancel fail all the same', () => {
  const [first, second] = [one.ballot(0), one.ballot(1)] as [Uint8Array, Uint8Array]
  const delta = Uint8Array.of(7, ...new Uint8Array(31))
  const wrong = [
    {
      ...withCommitments(one, first),
      canonical: shiftResponse(one, first, delta),
    },
    {
      ...withCommitments(one, second),
      canonical: shiftResponse(one, second, negateScalar(delta)),
    },
  ]
  for (const { canonical } of wrong) {
    expect(verifyBallot(backend, canonical, one.context)).toMatchObject({ error: 'credential-proof' })
  }
  expect(isAccepted(wrong)).toBe(false)
})

test('an element that is none fails, where it is only decoded too', () => {
  const honest = withCommitments(one, one.ballot(0))
  const canonical = honest.canonical.slice()
  canonical.fill(0xff, 11 + 32, 11 + 64)
  expect(isAccepted([{ ...honest, canonical }])).toBe(false)
})

test('commitments of another length or another ballot fail', () => {
  const [first, second] = [0, 1].map((slip) => withCommitments(one, one.ballot(slip))) as [
    BallotWithCommitments,
    BallotWithCommitments,
  ]
  expect(isAccepted([{ ...first, commitments: first.commitments.slice(0, 32) }])).toBe(false)
  expect(isAccepted([{ ...first, commitments: new Uint8Array() }])).toBe(false)
  expect(isAccepted([{ ...first, commitments: second.commitments }])).toBe(false)
})
