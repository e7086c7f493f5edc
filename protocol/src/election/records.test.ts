import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toBase64 } from '../bytes.ts'
import { nobleEd25519 } from '../group/ed25519-noble.ts'
import { noteVerifier, parseNote, verifyNote, vkeyOf } from '../log/note.ts'
import { expectOk } from '../result.ts'
import { encodeLeaf, parseLeaf, RECORD, recordName } from './leaf.ts'
import {
  idPrefixes,
  manifestField,
  parseBatch,
  parseChallenged,
  parseDevice,
  parseIncident,
  parseKioskManifest,
  parsePolls,
  parseTestSlips,
  parseTurnout,
  parseVoidSlips,
  recordText,
  signRecord,
} from './records.ts'
import { encodeRefusal, isRefusalCode, parseRefusal, REFUSAL, REFUSAL_ORDER, refusalName } from './refusal.ts'
import { testSlipCommitment } from './test-slips.ts'
import { bitmapSlips, encodeVoidBitmap } from './void-bitmap.ts'

const manifest = manifestField(new Uint8Array(32))
const b32 = toBase64(new Uint8Array(32))
const PARSERS = [
  parseBatch,
  parseChallenged,
  parseDevice,
  parseIncident,
  parseKioskManifest,
  parsePolls,
  parseTestSlips,
  parseTurnout,
  parseVoidSlips,
]

test('a record is signed by one key over its canonical text', () => {
  const seed = new Uint8Array(32).fill(7)
  const value = { state: 'open', manifest, at: 12 }
  const note = signRecord({ ed25519: nobleEd25519, keyName: 'example.org/e/authority', seed, value })
  const parsed = expectOk(parseNote(note))
  expect(parsed.text).toBe(`{"at":12,"manifest":"${manifest}","state":"open"}\n`)
  const verifier = expectOk(noteVerifier(nobleEd25519, vkeyOf(nobleEd25519, 'example.org/e/authority', seed)))
  expect(verifyNote(parsed, [verifier], { exactly: true }).ok).toBe(true)
  expect(expectOk(parsePolls(parsed.text))).toEqual(value)
})

test.each([
  ['polls in a state that does not exist', parsePolls, { manifest, state: 'ajar', at: 1 }],
  ['a time before 1970', parsePolls, { manifest, state: 'open', at: -1 }],
  ['a DevEUI in upper case', parseDevice, device({ devEui: '70B3D57ED0000001' })],
  ['a kiosk id of three bytes', parseDevice, device({ kiosk: 65_536 })],
  ['void slips out of order', parseVoidSlips, { manifest, slips: [2, 1] }],
  ['the same void slip twice', parseVoidSlips, { manifest, slips: [1, 1] }],
  ['no void slip', parseVoidSlips, { manifest, slips: [] }],
  ['a list and a blob', parseVoidSlips, { manifest, slips: [1], blob: '0'.repeat(64), count: 1 }],
  [
    'an incident that covers no kiosk',
    parseIncident,
    { manifest, text: 'x', at: 1, covers: 'final-manifest' },
  ],
  ['a turnout with a fraction of a slip', parseTurnout, { manifest, centre: 'a', issued: 1.5, returned: 0 }],
  ['a batch without leaves', parseBatch, { count: 0, first: 0, number: 1, prev: b32, refusedMore: {} }],
  [
    'a refusal count for no kiosk id',
    parseBatch,
    { count: 1, first: 0, number: 1, prev: b32, refusedMore: { '01': 1 } },
  ],
])('the schema refuses %s', (_, parse, value) => {
  expect(parse(`${JSON.stringify(value)}\n`).ok).toBe(false)
})

test('every parser is total on any text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), fc.boolean(), (text, hasLineFeed) => {
      for (const parse of PARSERS)
        expect(parse(hasLineFeed ? `${text}\n` : text)).toMatchObject({ ok: false })
    }),
  )
  expect(parsePolls(`${'['.repeat(60_000)}\n`).ok).toBe(false)
  expect(parsePolls('{"__proto__":{},"at":1}\n').ok).toBe(false)
})

test('records of one type are never records of another', () => {
  const texts = [
    { manifest, state: 'open', at: 1 },
    device({}),
    { manifest, slips: [1] },
    { manifest, slips: [1], salt: b32 },
    { manifest, centre: 'a', issued: 1, returned: 0 },
    { manifest, text: 'x', at: 1 },
    { count: 1, first: 0, number: 1, prev: b32, refusedMore: {} },
  ].map(recordText)
  for (const text of texts) expect(PARSERS.filter((parse) => parse(text).ok)).toHaveLength(1)
})

test('a leaf is a type byte and a body of at most 65,534 bytes', () => {
  const body = new Uint8Array([1, 2, 3])
  expect(expectOk(parseLeaf(encodeLeaf(RECORD.incident, body)))).toEqual({ type: 7, body })
  expect(parseLeaf(new Uint8Array(0))).toMatchObject({ error: 'leaf-empty' })
  expect(parseLeaf(new Uint8Array(65_536))).toMatchObject({ error: 'leaf-too-long' })
  expect(encodeLeaf(1, new Uint8Array(65_534))).toHaveLength(65_535)
  expect(() => encodeLeaf(1, new Uint8Array(65_535))).toThrow('too long')
  expect(() => encodeLeaf(256, body)).toThrow('not a byte')
  expect([recordName(0x10), recordName(0x7f)]).toEqual(['ballot', undefined])
})

test('a refusal is a reason code and a ballot', () => {
  const canonical = new Uint8Array([9, 9])
  expect(expectOk(parseRefusal(encodeRefusal(REFUSAL.slipVoid, canonical)))).toEqual({ reason: 5, canonical })
  for (const body of [[], [0], [7], [255, 1]]) {
    expect(parseRefusal(Uint8Array.from(body))).toMatchObject({ error: 'refusal-reason-unknown' })
  }
  expect([...REFUSAL_ORDER].sort()).toEqual(Object.values(REFUSAL).sort())
  expect([1, 6, 0, 7].map(refusalName)).toEqual([
    'credential-spent',
    'not-in-final-manifest',
    undefined,
    undefined,
  ])
  expect(isRefusalCode(0)).toBe(false)
})

test('void slips survive the bitmap, and bits past the last slip are refused', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 90 }), fc.array(fc.nat(89)), (count, picks) => {
      const slips = [...new Set(picks.filter((slip) => slip < count))].sort((a, b) => a - b)
      expect(bitmapSlips(encodeVoidBitmap(slips, count), count)).toEqual(slips)
    }),
  )
  expect(bitmapSlips(Uint8Array.of(0x08), 3)).toBeNull()
  expect(bitmapSlips(Uint8Array.of(0, 0), 3)).toBeNull()
  expect(encodeVoidBitmap([0, 9], 10)).toEqual(Uint8Array.of(1, 2))
  expect(() => encodeVoidBitmap([3], 3)).toThrow('"slips"')
})

test('a key that parsers of JSON treat in their own way carries nothing in', () => {
  const head = `"count":1,"first":0,"number":1,"prev":"${b32}"`
  expect(parseBatch(`{${head},"refusedMore":{"7":1}}\n`).ok).toBe(true)
  for (const text of [
    `{${head},"refusedMore":{"__proto__":1}}\n`,
    `{${head},"refusedMore":{"__proto__":{"7":1}}}\n`,
    `{"__proto__":{},${head},"refusedMore":{}}\n`,
  ]) {
    expect(parseBatch(text)).toMatchObject({ error: 'record-schema' })
  }
})

test('the commitment to test slips binds salt and every slip', () => {
  const salt = new Uint8Array(32).fill(1)
  const commitments = [
    testSlipCommitment(salt, []),
    testSlipCommitment(salt, [0]),
    testSlipCommitment(salt, [0, 1]),
    testSlipCommitment(new Uint8Array(32), [0]),
  ].map(toBase64)
  expect(new Set(commitments).size).toBe(4)
  expect(() => testSlipCommitment(new Uint8Array(16), [])).toThrow('"salt"')
})

test('ids of a kiosk manifest are whole prefixes of eight bytes', () => {
  expect(idPrefixes('')).toEqual([])
  expect(idPrefixes(toBase64(new Uint8Array(16)))).toHaveLength(2)
  expect(idPrefixes(toBase64(new Uint8Array(9)))).toBeNull()
  expect(idPrefixes('no base64')).toBeNull()
})

function device(change: object): { readonly [key: string]: string | number } {
  return { manifest, action: 'enrol', kiosk: 1, ed25519: b32, x25519: b32, at: 1, ...change }
}
