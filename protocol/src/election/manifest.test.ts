import { expect, test } from 'vitest'
import { toBase64 } from '../bytes.ts'
import { nobleBackend } from '../group/backend.ts'
import { encodeScalar } from '../group/scalar.ts'
import { expectOk } from '../result.ts'
import { createElectionFixture } from '../testing/build-ledger.ts'
import { checkManifestKeys, interpolate, isAcceptableX25519, roleKeys } from './key-checks.ts'
import { keyName, type Manifest, manifestText, parseManifest } from './manifest.ts'

const { manifest } = createElectionFixture({ backend: nobleBackend, slipCount: 2 })
const parsed = (changed: object) => parseManifest(manifestText({ ...manifest, ...changed } as Manifest))
const [contest] = manifest.contests as [Manifest['contests'][number]]
const withContest = (change: object) => ({
  contests: [{ ...contest, ...change }, ...manifest.contests.slice(1)],
})
const options = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ ...contest.options[0], id: i + 1 }))

test('a manifest survives being written and parsed', () => {
  expect(parsed({})).toEqual({ ok: true, value: manifest })
})

test('only the canonical text with its line feed is a manifest', () => {
  const text = manifestText(manifest)
  for (const other of [
    text.slice(0, -1),
    `${text}\n`,
    text.replace(',', ', '),
    '',
    'null\n',
    '[]\n',
    '{"a":1,"a":1}\n',
  ]) {
    expect(parseManifest(other)).toMatchObject({ ok: false })
  }
})

test.each([
  ['an unknown field', { surprise: 1 }],
  ['a missing field', { jointKey: undefined }],
  ['another suite', { suite: 2 }],
  ['an origin with a scheme', { id: 'https://vote.example.org' }],
  ['an origin with a space', { id: 'vote.example.org/a b' }],
  ['a joint key of 31 bytes', { jointKey: toBase64(new Uint8Array(31)) }],
  ['base64 that is not canonical', { ceremonyHash: `${manifest.ceremonyHash.slice(0, -2)}9=` }],
  ['a blob name in upper case', { credentials: { ...manifest.credentials, blob: 'A'.repeat(64) } }],
  [
    'nine contests in a style',
    { styles: [{ ...manifest.styles[0], contests: [1, 2, 1, 2, 1, 2, 1, 2, 1] }] },
  ],
  ['a title with a control character', { title: { ko: '선거', en: 'Elec\ttion' } }],
])('the schema refuses %s', (_, change) => {
  const complete = Object.fromEntries(
    Object.entries({ ...manifest, ...change }).filter(([, value]) => value !== undefined),
  )
  expect(parseManifest(manifestText(complete as Manifest))).toMatchObject({ error: 'manifest-schema' })
})

test.each([
  ['contest ids repeat', { contests: [contest, contest] }],
  ['style ids repeat', { styles: [manifest.styles[0], manifest.styles[0]] }],
  ['a style names a contest twice', { styles: [{ ...manifest.styles[0], contests: [1, 1] }] }],
  ['a style names a contest that is not there', { styles: [{ ...manifest.styles[0], contests: [9] }] }],
  [
    'option ids leave a gap',
    withContest({ options: options(5).map((o, i) => ({ ...o, id: i < 4 ? i + 1 : 9 })) }),
  ],
  ['a bitmap has 232 options', withContest({ options: options(232) })],
  ['more selections than options', withContest({ maxSelections: 6 })],
  ['fewer at most than at least', withContest({ minSelections: 2, maxSelections: 1 })],
  ['choose-one allows two', withContest({ kind: 'choose-one', minSelections: 1, maxSelections: 2 })],
  ['yes-no has five options', withContest({ kind: 'yes-no', minSelections: 1, maxSelections: 1 })],
  ['a ranking of 30', withContest({ kind: 'rank', options: options(40), maxSelections: 30 })],
  ['a contest other than budget has a budget', withContest({ budget: 10 })],
  ['a budget has options without a cost', withContest({ kind: 'budget', budget: 10 })],
  [
    'an option has a cost without a budget',
    withContest({ kind: 'budget', options: options(5).map((o) => ({ ...o, cost: 5 })) }),
  ],
  [
    'an option costs more than the budget',
    withContest({ kind: 'budget', budget: 10, options: options(5).map((o, i) => ({ ...o, cost: 7 + i })) }),
  ],
  ['trustee ids are not in order', { trustees: [...manifest.trustees].reverse() }],
  ['the threshold is above the trustees', { threshold: 4 }],
  ['a mixer is no trustee', { mixers: [4] }],
  ['a slot stands in no centre', { kioskSlots: [{ id: 1, centre: 'west' }] }],
  ['two slots share an id', { kioskSlots: [manifest.kioskSlots[0], manifest.kioskSlots[0]] }],
  ['polls close before they open', { times: { ...manifest.times, closes: manifest.times.opens } }],
  ['the delivery deadline is before closing', { deliveryDeadline: manifest.times.closes - 1 }],
  ['a tick is longer than the longest delay', { tickSeconds: manifest.maxDelaySeconds + 1 }],
  ['nobody may vote', { credentials: { ...manifest.credentials, count: 0 } }],
])('a manifest where %s is inconsistent', (_, change) => {
  expect(parsed(change)).toMatchObject({ error: 'manifest-inconsistent' })
})

test('two styles may hold the same contests, so that their votes are counted apart', () => {
  const [first] = manifest.styles as [Manifest['styles'][number]]
  expect(parsed({ styles: [first, { ...first, id: 77 }] })).toMatchObject({ ok: true })
})

test('key names follow from the origin', () => {
  const id = 'vote.example.org/2026/plaza'
  expect([
    keyName.authority(id),
    keyName.registrar(id),
    keyName.deviceAuthority(id),
    keyName.log(id),
  ]).toEqual([`${id}/authority`, `${id}/registrar`, `${id}/devices`, id])
  expect([keyName.bridge(id, 'a'), keyName.kiosk(id, 7), keyName.trustee(id, 3)]).toEqual([
    `${id}/bridge/a`,
    `${id}/kiosk/7`,
    `${id}/trustee/3`,
  ])
})

test.each([
  ['a key under another name', { authority: manifest.keys.registrar }],
  [
    'a key id of another key',
    { registrar: manifest.keys.registrar.replace(/\+[0-9a-f]{8}\+/, '+00000000+') },
  ],
  [
    'a bridge key of low order',
    { bridges: [{ ...manifest.keys.bridges[0], x25519: toBase64(new Uint8Array(32)) }] },
  ],
])('role keys with %s are refused', (_, change) => {
  const changed = { ...manifest, keys: { ...manifest.keys, ...change } } as Manifest
  expect(checkManifestKeys(nobleBackend, changed)).toMatchObject({ error: 'manifest.keys' })
})

test('the sound manifest passes every key check and lists every role key once', () => {
  const signing = 4 + 1 + manifest.trustees.length
  expect(expectOk(checkManifestKeys(nobleBackend, manifest)).size).toBe(signing)
  expect(new Set(roleKeys(manifest)).size).toBe(signing + 1)
})

test('every trustee key has to lie on the polynomial, not only the first t', () => {
  const [one, two] = manifest.trustees as [Manifest['trustees'][number], Manifest['trustees'][number]]
  const trustees = [one, two, { ...one, id: 3 }]
  expect(checkManifestKeys(nobleBackend, { ...manifest, trustees })).toMatchObject({
    error: 'manifest.joint-key',
  })
})

test('interpolation in the exponent meets the polynomial at any place', () => {
  const { group } = nobleBackend
  const at = (x: bigint) => group.multiplyBase(encodeScalar(3n + 5n * x + 7n * x * x))
  const points = [1, 2, 4].map((id) => ({ id, key: at(BigInt(id)) }))
  expect(interpolate(group, points, 0)).toEqual(at(0n))
  expect(interpolate(group, points, 3)).toEqual(at(3n))
})

test('X25519 keys are canonical and not of low order', () => {
  const bytes = (value: bigint) =>
    Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
  const p = 2n ** 255n - 19n
  const lowOrder = [
    0n,
    1n,
    p - 1n,
    325606250916557431795983626356110631294008115727848805560023387167927233504n,
  ]
  for (const value of [...lowOrder, p, p + 1n, p + 9n, 2n ** 255n + 9n]) {
    expect(isAcceptableX25519(bytes(value))).toBe(false)
  }
  expect(isAcceptableX25519(bytes(9n))).toBe(true)
  expect(isAcceptableX25519(new Uint8Array(31))).toBe(false)
})
