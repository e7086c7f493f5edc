import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concatBytes, fromHex } from '../bytes.ts'
import { expectOk } from '../result.ts'
import { ballotId, tracker, trackerText } from './identifiers.ts'
import {
  ballotLength,
  compactLength,
  contextByte,
  encodeBallotHeader,
  encodeFirstPart,
  firstPartOf,
  fromCompact,
  headerOf,
  parseBallot,
  signedPart,
  toCompact,
} from './layout.ts'

const manifestHash = fromHex('9a'.repeat(32))
const contestCounts = fc.integer({ min: 1, max: 8 })
/** Bytes of the right length, suite and shape; the rest is arbitrary. */
const ballots = contestCounts.chain((n) =>
  fc.uint8Array({ minLength: ballotLength(n), maxLength: ballotLength(n) }).map((bytes) => {
    const header = [0x01, (n - 1) << 5, ...manifestHash.subarray(0, 4)]
    return concatBytes(Uint8Array.from(header), bytes.subarray(header.length))
  }),
)

test('one contest takes 219 bytes on the ledger and 213 on the air, eight take 891 and 885', () => {
  expect([ballotLength(1), compactLength(1)]).toEqual([219, 213])
  expect([ballotLength(8), compactLength(8)]).toEqual([891, 885])
})

test('the fields lie where the specification says', () => {
  const bytes = Uint8Array.from({ length: 219 }, (_, i) => i % 251)
  bytes.set([0x01, 0x00])
  const ballot = expectOk(parseBallot(bytes))
  expect(ballot.credentialIndex).toBe(0x060708)
  expect(ballot.kioskId).toBe(0x090a)
  expect(ballot.etag).toEqual(bytes.slice(2, 6))
  expect(ballot.ciphertexts).toEqual([{ c1: bytes.slice(11, 43), c2: bytes.slice(43, 75) }])
  expect(ballot.challenge).toEqual(bytes.slice(75, 91))
  expect(ballot.sK).toEqual(bytes.slice(91, 123))
  expect(ballot.sR).toEqual([bytes.slice(123, 155)])
  expect(ballot.signature).toEqual(bytes.slice(155))
  expect(signedPart(bytes)).toEqual(bytes.slice(0, 155))
})

test('a header and its parts are rebuilt from the parsed ballot', () => {
  fc.assert(
    fc.property(ballots, (bytes) => {
      const ballot = expectOk(parseBallot(bytes))
      expect(encodeBallotHeader(ballot)).toEqual(headerOf(ballot))
      expect(encodeFirstPart(headerOf(ballot), ballot.ciphertexts)).toEqual(firstPartOf(ballot))
    }),
  )
})

test('the link form is six bytes shorter and restores the canonical bytes', () => {
  fc.assert(
    fc.property(ballots, (bytes) => {
      const compact = toCompact(bytes, manifestHash)
      expect(compact.length).toBe(bytes.length - 6)
      expect(compact[0]).toBe(contextByte(manifestHash))
      const { kioskId } = expectOk(parseBallot(bytes))
      expect(expectOk(fromCompact(compact, manifestHash, kioskId))).toEqual(bytes)
    }),
  )
})

test('a link form of another election, length or kiosk id is refused', () => {
  const bytes = concatBytes(Uint8Array.of(1, 0), new Uint8Array(217))
  const compact = toCompact(bytes, manifestHash)
  expect(fromCompact(compact, fromHex('9b'.repeat(32)), 1)).toMatchObject({ error: 'compact-context' })
  expect(fromCompact(compact.subarray(1), manifestHash, 1)).toMatchObject({ ok: false })
  expect(fromCompact(compact.subarray(0, 212), manifestHash, 1)).toMatchObject({ error: 'compact-length' })
  expect(fromCompact(new Uint8Array(0), manifestHash, 1)).toMatchObject({ error: 'compact-length' })
  expect(fromCompact(compact, manifestHash, 0x10000)).toMatchObject({ error: 'kiosk-id' })
})

test.each<[string, Uint8Array, string]>([
  ['nothing', new Uint8Array(0), 'ballot-length'],
  ['one byte', Uint8Array.of(1), 'ballot-length'],
  ['suite 2', concatBytes(Uint8Array.of(2, 0), new Uint8Array(217)), 'ballot-suite'],
  ['revision 1', concatBytes(Uint8Array.of(1, 1), new Uint8Array(217)), 'ballot-revision'],
  ['a byte too few', concatBytes(Uint8Array.of(1, 0), new Uint8Array(216)), 'ballot-length'],
  ['a byte too many', concatBytes(Uint8Array.of(1, 0), new Uint8Array(218)), 'ballot-length'],
  [
    'two contests in the space of one',
    concatBytes(Uint8Array.of(1, 0x20), new Uint8Array(217)),
    'ballot-length',
  ],
])('%s is refused', (_, bytes, error) => {
  expect(parseBallot(bytes)).toMatchObject({ ok: false, error })
})

test('arbitrary bytes never make the parsers throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1000 }), fc.nat(70000), (bytes, kioskId) => {
      parseBallot(bytes)
      fromCompact(bytes, manifestHash, kioskId)
    }),
    { numRuns: 2000 },
  )
})

test('header values that do not fit are a bug', () => {
  const header = { contestCount: 1, revision: 0, etag: new Uint8Array(4), credentialIndex: 0, kioskId: 0 }
  for (const wrong of [
    { contestCount: 0 },
    { contestCount: 9 },
    { revision: 1 },
    { etag: new Uint8Array(3) },
    { credentialIndex: 2 ** 24 },
    { kioskId: -1 },
  ]) {
    expect(() => encodeBallotHeader({ ...header, ...wrong })).toThrow(RangeError)
  }
})

test('a tracker is read as five groups of four characters of its first 100 bits', () => {
  const bytes = tracker(manifestHash, new Uint8Array(75))
  expect(bytes.length).toBe(32)
  expect(trackerText(bytes)).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}$/)
  const changed = bytes.slice()
  changed[12] = (changed[12] as number) ^ 0x10
  expect(trackerText(changed)).not.toBe(trackerText(bytes))
  changed.set(bytes)
  changed[12] = (changed[12] as number) ^ 0x08
  expect(trackerText(changed)).toBe(trackerText(bytes))
  expect(ballotId(new Uint8Array(219))).not.toEqual(ballotId(new Uint8Array(220)))
})
