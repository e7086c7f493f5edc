import { readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { concatBytes, fromHex, toHex } from '../bytes.ts'
import { nobleBackend } from '../group/backend.ts'
import { createNobleEd25519 } from '../group/ed25519-noble.ts'
import type { CryptoBackend } from '../group/group.ts'
import { decodeScalar, ORDER } from '../group/scalar.ts'
import { createSodiumGroup } from '../group/sodium.ts'
import { expectOk } from '../result.ts'
import { type BallotFixture, createBallotFixture } from '../testing/ballot-fixture.ts'
import { counterRandom } from '../testing/counter-random.ts'
import { encodePoint } from './encoding.ts'
import { ballotId, tracker, trackerText } from './identifiers.ts'
import {
  firstPartOf,
  fromCompact,
  kioskSignatureMessage,
  parseBallot,
  signedPart,
  toCompact,
} from './layout.ts'
import { type ContestRules, decodePlaintext, encodePlaintext, type Selection } from './plaintext.ts'
import { deriveCredential, deriveSupportKey, parseSlip, slipText } from './slip.ts'
import { verifyBallot } from './verify.ts'

let backend: CryptoBackend

beforeAll(async () => {
  backend = { group: await createSodiumGroup(), ed25519: createNobleEd25519() }
})

/** Compares with the published file; `HANPYO_WRITE_VECTORS=1` writes it anew. */
function expectPublished(name: string, vectors: unknown): void {
  const file = new URL(`../../../docs/vectors/${name}.json`, import.meta.url)
  const text = `${JSON.stringify(vectors, null, 2)}\n`
  if (process.env.HANPYO_WRITE_VECTORS === '1') writeFileSync(file, text)
  expect(readFileSync(file, 'utf8')).toBe(text)
}

test('docs/vectors/slip.json holds what slips and keys come from', () => {
  const random = counterRandom('hanpyo slip vectors')
  const electionId = 'seocho.example/budget-2026'
  const seeds = [new Uint8Array(16), new Uint8Array(16).fill(0xff), random(16), random(16)]
  const text = slipText(seeds[2] as Uint8Array)
  const refused = [
    text.slice(0, -1),
    `${text.slice(0, 10)}${text[10] === '7' ? '8' : '7'}${text.slice(11)}`,
    `${text.slice(0, 28)}${text[28] === 'Z' ? 'Y' : 'Z'}${text.slice(29)}`,
    `HP2${text.slice(3)}`,
    'https://example.org/',
    '',
  ]
  expectPublished('slip', {
    about: 'QR text of a 16-byte seed, and the credential and support keys derived from it; bytes in hex',
    electionId,
    slips: seeds.map((seed) => {
      const credential = deriveCredential(backend.group, seed, electionId)
      const support = deriveSupportKey(backend.group, seed, electionId)
      expect(expectOk(parseSlip(slipText(seed)))).toEqual(seed)
      return {
        seed: toHex(seed),
        text: slipText(seed),
        credentialSecret: toHex(credential.secret),
        credentialPublicKey: toHex(credential.publicKey),
        supportSecret: toHex(support.secret),
        supportPublicKey: toHex(support.publicKey),
      }
    }),
    sameSeedAsTheThird: [text.toLowerCase(), ` ${text}\n`],
    refused: refused.map((input) => ({ input, error: errorCode(parseSlip(input)) })),
  })
})

test('docs/vectors/plaintext.json holds selections, their bytes, their points, and what is invalid', () => {
  const rules = {
    chooseOne: { kind: 'choose-one', optionCount: 4, minSelections: 1, maxSelections: 1 },
    approve: { kind: 'approve', optionCount: 8, minSelections: 1, maxSelections: 2 },
    rank: { kind: 'rank', optionCount: 5, minSelections: 2, maxSelections: 3 },
    budget: { kind: 'budget', optionCount: 231, minSelections: 1, maxSelections: 231 },
    yesNo: { kind: 'yes-no', optionCount: 2, minSelections: 1, maxSelections: 1 },
  } satisfies Record<string, ContestRules>
  const valid: [keyof typeof rules, Selection][] = [
    ['chooseOne', { kind: 'choose-one', option: 3 }],
    ['approve', { kind: 'approve', options: [1, 8] }],
    ['approve', { kind: 'blank' }],
    ['rank', { kind: 'rank', options: [5, 1, 3] }],
    ['budget', { kind: 'budget', options: [1, 7, 8, 231] }],
    ['yesNo', { kind: 'yes-no', option: 1 }],
  ]
  const invalid: [keyof typeof rules, string][] = [
    ['approve', ''],
    ['approve', '0101'],
    ['approve', '06'],
    ['approve', '02'],
    ['approve', '020e'],
    ['approve', '0203'],
    ['approve', '020002'],
    ['approve', '7f01'],
    ['chooseOne', '0105'],
    ['chooseOne', '010100ff'],
    ['rank', '030101'],
    ['rank', '03010002'],
    ['rank', '0301020304'],
  ]
  expectPublished('plaintext', {
    about:
      'Canonical 30-byte plaintexts, the element each is encoded as, and invalid plaintexts; bytes in hex',
    rules,
    valid: valid.map(([contest, selection]) => {
      const plaintext = encodePlaintext(selection)
      expect(expectOk(decodePlaintext(plaintext, rules[contest]))).toEqual(selection)
      return {
        contest,
        selection,
        plaintext: toHex(plaintext),
        element: toHex(encodePoint(backend.group, plaintext)),
      }
    }),
    invalid: invalid.map(([contest, start]) => {
      const plaintext = start.padEnd(60, '0')
      return { contest, plaintext, error: errorCode(decodePlaintext(fromHex(plaintext), rules[contest])) }
    }),
  })
})

test('docs/vectors/ballot.json holds ballots with all their ingredients, and ballots that are refused', () => {
  const one = createBallotFixture({ backend, label: 'hanpyo ballot vectors, one contest' })
  const two = createBallotFixture({ backend, label: 'hanpyo ballot vectors, two contests', contestCount: 2 })
  expectPublished('ballot', {
    about:
      'Ballots of suite 0x01 with everything they are made of, and refused ones with the first rule they break; bytes in hex',
    elections: [describeElection(one), describeElection(two)],
    valid: [
      describeBallot(one, 0, 'one contest', [{ kind: 'approve', options: [1, 3] }]),
      describeBallot(two, 1, 'two contests', [{ kind: 'choose-one', option: 2 }, { kind: 'blank' }]),
    ],
    invalid: damagedBallots(one),
  })
})

function describeElection(fixture: BallotFixture): unknown {
  return {
    manifestHash: toHex(fixture.context.manifestHash),
    electionSecret: toHex(fixture.electionSecret),
    jointKey: toHex(fixture.context.jointKey),
    contestIds: fixture.contestIds,
    credentials: fixture.credentials.map(({ keys }) => ({
      secret: toHex(keys.secret),
      publicKey: toHex(keys.publicKey),
    })),
    kiosks: [...fixture.kiosks].map(([id, { seed, publicKey }]) => ({
      id,
      seed: toHex(seed),
      publicKey: toHex(publicKey),
    })),
  }
}

function describeBallot(
  fixture: BallotFixture,
  election: number,
  name: string,
  selections: Selection[],
): unknown {
  const { manifestHash } = fixture.context
  const prepared = fixture.prepare(2, selections.map(encodePlaintext), 2)
  const canonical = fixture.cast(prepared, 2, 2)
  for (const verifier of [backend, nobleBackend]) expectOk(verifyBallot(verifier, canonical, fixture.context))
  const ballot = expectOk(parseBallot(canonical))
  expect(tracker(manifestHash, firstPartOf(ballot))).toEqual(prepared.tracker)
  const compact = toCompact(canonical, manifestHash)
  expect(expectOk(fromCompact(compact, manifestHash, 2))).toEqual(canonical)
  return {
    name,
    election,
    credentialIndex: 2,
    kioskId: 2,
    plaintexts: prepared.plaintexts.map(toHex),
    randomness: prepared.randomness.map(toHex),
    tracker: toHex(prepared.tracker),
    trackerText: trackerText(prepared.tracker),
    challenge: toHex(ballot.challenge),
    canonical: toHex(canonical),
    ballotId: toHex(ballotId(canonical)),
    compact: toHex(compact),
  }
}

function damagedBallots(fixture: BallotFixture): unknown[] {
  const canonical = fixture.ballot(0)
  const cases: { name: string; election: number; canonical: string; error: string }[] = []
  const add = (name: string, bytes: Uint8Array): void => {
    const error = errorCode(verifyBallot(backend, bytes, fixture.context))
    expect(errorCode(verifyBallot(nobleBackend, bytes, fixture.context))).toBe(error)
    cases.push({ name, election: 0, canonical: toHex(bytes), error })
  }
  const changed = (at: number, ...part: number[]): Uint8Array => {
    const out = canonical.slice()
    out.set(part, at)
    return out
  }
  const flipped = (at: number): Uint8Array => changed(at, (canonical[at] as number) ^ 1)
  add('suite 2', changed(0, 2))
  add('revision 1', changed(1, 1))
  add('two contests claimed', changed(1, 0x20))
  add('one byte short', canonical.slice(0, -1))
  add('one byte long', concatBytes(canonical, Uint8Array.of(0)))
  add('another etag', flipped(2))
  add('an index beyond the list', changed(6, 0, 0, 3))
  add('an unknown kiosk', changed(9, 0, 3))
  add('C1 the identity', resigned(fixture, changed(11, ...new Uint8Array(32))))
  add('C2 negative', resigned(fixture, changed(43, 1, ...new Uint8Array(31))))
  add('challenge zero', resigned(fixture, changed(75, ...new Uint8Array(16))))
  add('s_k zero', resigned(fixture, changed(91, ...new Uint8Array(32))))
  add('s_k plus l', resigned(fixture, changed(91, ...plusOrder(canonical.slice(91, 123)))))
  add('s_r plus l', resigned(fixture, changed(123, ...plusOrder(canonical.slice(123, 155)))))
  add('kiosk signature changed', flipped(155))
  add('challenge changed, signed by the kiosk', resigned(fixture, flipped(75)))
  add('under another credential, signed by the kiosk', resigned(fixture, changed(6, 0, 0, 1)))
  return cases
}

function resigned(fixture: BallotFixture, changed: Uint8Array): Uint8Array {
  const before = signedPart(changed)
  const kiosk = fixture.kiosks.get(1)
  if (kiosk === undefined) throw new Error('the fixture has no kiosk 1')
  const message = kioskSignatureMessage(fixture.context.manifestHash, before)
  return concatBytes(before, backend.ed25519.sign(kiosk.seed, message))
}

function plusOrder(scalar: Uint8Array): number[] {
  const sum = decodeScalar(scalar) + ORDER
  return Array.from({ length: 32 }, (_, i) => Number((sum >> BigInt(8 * i)) & 0xffn))
}

function errorCode(result: { ok: boolean; error?: string }): string {
  if (result.ok || result.error === undefined) throw new Error('this was meant to be refused')
  return result.error
}
