import { expect, test } from 'vitest'
import { compareBytes, fromBase64, toBase64, utf8 } from '../bytes.ts'
import { nobleBackend } from '../group/backend.ts'
import { ORDER } from '../group/scalar.ts'
import { sha256 } from '../hash.ts'
import { EMPTY_ROOT, rootOf } from '../log/merkle.ts'
import { createElectionFixture, type FixtureKiosk, prepareFixtureBallot } from '../testing/build-ledger.ts'
import { counterRandom } from '../testing/counter-random.ts'
import { challengedRecord, openingHolds } from './challenged.ts'
import { type NextKioskManifest, nextKioskManifest } from './kiosk-manifest.ts'
import { idPrefixes, recordText } from './records.ts'

const { group } = nobleBackend
const election = createElectionFixture({ backend: nobleBackend, label: 'kiosk records', slipCount: 4 })
const [kiosk] = election.kiosks as readonly [FixtureKiosk]
const jointKey = fromBase64(election.manifest.jointKey)
const slip = election.slips.findIndex(({ style }) => style === 2)
const record = challengedRecord(prepareFixtureBallot(election, slip, kiosk), kiosk.id)
const random = counterRandom('ids')
const ids = Array.from({ length: 25 }, () => random(32))
const next = (change: Partial<NextKioskManifest>) =>
  nextKioskManifest({
    manifestHash: election.manifestHash,
    kiosk: 1,
    previous: undefined,
    ballotIds: ids.slice(0, 20),
    challenged: 0,
    state: 'open',
    final: false,
    ...change,
  })

test('an opened ballot can be recomputed by anyone and does not carry the slip number', () => {
  expect(openingHolds(group, jointKey, record)).toBe(true)
  expect(Object.keys(record).sort()).toEqual(['C', 'choices', 'kiosk', 'r', 'tracker'])
  expect(record.choices.map(({ contest }) => contest)).toEqual([1, 2])
})

test.each([
  [
    'another plaintext',
    { choices: record.choices.map((c) => ({ ...c, plaintext: toBase64(new Uint8Array(30)) })) },
  ],
  ['other randomness', { r: [...record.r].reverse() }],
  ['ciphertexts in another order', { C: [...record.C].reverse() }],
  ['randomness that is not reduced', { r: record.r.map((r) => toBase64(plusOrder(fromBase64(r)))) }],
  ['zero randomness', { r: record.r.map(() => toBase64(new Uint8Array(32))) }],
  ['a contest less', { choices: record.choices.slice(1) }],
  ['randomness less', { r: record.r.slice(1) }],
])('an opening with %s does not hold', (_, change) => {
  expect(openingHolds(group, jointKey, { ...record, ...change })).toBe(false)
})

test('the first manifest follows H_m, the next the text of the one before', () => {
  const first = next({ challenged: 2 })
  expect(first).toMatchObject({
    interval: 1,
    cast: 20,
    total: 20,
    challenged: 2,
    prev: toBase64(election.manifestHash),
  })
  const last = next({ previous: first, ballotIds: ids.slice(20), state: 'closed', final: true })
  expect(last).toMatchObject({ interval: 2, cast: 5, total: 25, final: true })
  expect(last.prev).toBe(toBase64(sha256(utf8(recordText(first)))))
})

test('ids stand sorted by their first eight bytes and the root is over the full ids in that order', () => {
  const sorted = ids.slice(0, 20).sort(compareBytes)
  const manifest = next({ ballotIds: ids.slice(0, 20).reverse() })
  expect(idPrefixes(manifest.ids)).toEqual(sorted.map((id) => id.slice(0, 8)))
  expect(manifest.root).toBe(toBase64(rootOf(sorted)))
  expect(next({ ballotIds: [], state: 'closed', final: true }).root).toBe(toBase64(EMPTY_ROOT))
})

test('a manifest that the ledger would refuse is not made', () => {
  expect(() => next({ ballotIds: ids.slice(0, 19) })).toThrow('19 ids')
  expect(() => next({ ballotIds: Array.from({ length: 129 }, () => random(32)), final: true })).toThrow(
    '129 ids',
  )
  expect(() => next({ final: true, state: 'paused' })).toThrow('not closed')
})

function plusOrder(scalar: Uint8Array): Uint8Array {
  const value = scalar.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n) + ORDER
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
}

test('an empty manifest that is not final says a pause or its end, and nothing else', () => {
  const paused = next({ ballotIds: [], state: 'paused' })
  expect(paused).toMatchObject({ cast: 0, total: 0, state: 'paused', final: false })
  expect(next({ ballotIds: [], previous: paused, state: 'open' })).toMatchObject({
    interval: 2,
    state: 'open',
  })
  expect(() => next({ ballotIds: [], state: 'open' })).toThrow(RangeError)
  expect(() => next({ ballotIds: [], previous: paused, state: 'paused' })).toThrow(RangeError)
  expect(() => next({ ballotIds: [], state: 'closed' })).toThrow(RangeError)
})
