import { readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concatBytes, toHex, utf8 } from '../bytes.ts'
import { nobleEd25519 as ed25519 } from '../group/ed25519-noble.ts'
import { x25519PublicKey } from '../group/x25519.ts'
import { signNote, vkeyOf } from '../log/note.ts'
import { expectOk } from '../result.ts'
import { ackKey, encodeAck, MAX_ACK_BYTES, parseAck, verifyAck } from './ack.ts'
import { FPORT_DATAGRAM, FPORT_SCHC_UP, kioskTopic, maxPayloadBytes, parseKioskTopic } from './constants.ts'
import {
  encodeBallotDatagram,
  encodeDatagram,
  encodePromiseDatagram,
  parseDatagram,
  parseDownDatagram,
} from './datagram.ts'
import { signPromise, verifyPromise } from './promise.ts'
import { recordId } from './record-id.ts'

const FILE = new URL('../../../docs/vectors/link.json', import.meta.url)
const fill = (byte: number) => new Uint8Array(32).fill(byte)
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

const kioskId = 513
const manifestHash = fill(0xaa)
const kioskSecret = fill(0x11)
const bridgeSecret = fill(0x22)
const key = expectOk(
  ackKey({ secret: kioskSecret, peerPublic: x25519PublicKey(bridgeSecret), manifestHash, kioskId }),
)
const scope = { key, manifestHash, kioskId }
const ids = [1, 2, 3, 4, 5].map(fill)
const items = ids.map((id, i) => ({ status: i, id }))
const findIds = (prefix: Uint8Array) => ids.filter((id) => toHex(id).startsWith(toHex(prefix)))

test('kiosk and bridge derive the same key, bound to election and kiosk', () => {
  const other = { secret: bridgeSecret, peerPublic: x25519PublicKey(kioskSecret), manifestHash, kioskId }
  expect(expectOk(ackKey(other))).toEqual(key)
  expect(expectOk(ackKey({ ...other, kioskId: 514 }))).not.toEqual(key)
  expect(expectOk(ackKey({ ...other, manifestHash: fill(0xab) }))).not.toEqual(key)
  expect(ackKey({ ...other, peerPublic: new Uint8Array(32) })).toEqual({
    ok: false,
    error: 'low-order-point',
  })
})

test('five ballots in one ack take 45 bytes and are recognised by their prefixes', () => {
  const ack = encodeAck({ ...scope, items })
  expect(ack.length).toBe(MAX_ACK_BYTES)
  expect(expectOk(verifyAck({ ...scope, bytes: ack, findIds }))).toEqual(items)
  expect(encodeAck({ ...scope, items: items.slice(0, 1) }).length).toBe(17)
  expect(() => encodeAck({ ...scope, items: [] })).toThrow(RangeError)
  expect(() => encodeAck({ ...scope, items: [...items, { status: 0, id: fill(6) }] })).toThrow(RangeError)
})

test('an ack with any bit changed, for another kiosk or another election is refused', () => {
  const ack = encodeAck({ ...scope, items: items.slice(0, 2) })
  for (let bit = 0; bit < ack.length * 8; bit++) {
    const bent = ack.slice()
    bent[bit >> 3]! ^= 1 << (bit & 7)
    expect(verifyAck({ ...scope, bytes: bent, findIds }).ok).toBe(false)
  }
  expect(verifyAck({ ...scope, kioskId: 514, bytes: ack, findIds })).toMatchObject({ error: 'ack-tag' })
  expect(verifyAck({ ...scope, manifestHash: fill(0), bytes: ack, findIds })).toMatchObject({
    error: 'ack-tag',
  })
  expect(verifyAck({ ...scope, bytes: ack, findIds: () => [] })).toMatchObject({
    error: 'ack-unknown-ballot',
  })
})

test('where two stored ballots share a prefix, the tag decides which one is meant', () => {
  const twin = concatBytes(fill(1).subarray(0, 6), fill(9).subarray(6))
  const withTwin = (prefix: Uint8Array) => (prefix[0] === 1 ? [twin, fill(1)] : findIds(prefix))
  const ack = encodeAck({ ...scope, items })
  expect(expectOk(verifyAck({ ...scope, bytes: ack, findIds: withTwin }))).toEqual(items)
  const twinAck = encodeAck({ ...scope, items: [{ status: 0, id: twin }] })
  expect(expectOk(verifyAck({ ...scope, bytes: twinAck, findIds: withTwin }))).toEqual([
    { status: 0, id: twin },
  ])
})

test('an ack is refused when it is cut, extended, empty or claims six ballots', () => {
  const ack = encodeAck({ ...scope, items })
  for (let length = 0; length < ack.length; length++) expect(parseAck(ack.subarray(0, length)).ok).toBe(false)
  expect(parseAck(concatBytes(ack, Uint8Array.of(0))).ok).toBe(false)
  expect(parseAck(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0)).ok).toBe(false)
  expect(parseAck(concatBytes(Uint8Array.of(1, 6), new Uint8Array(50))).ok).toBe(false)
  expect(parseAck(concatBytes(Uint8Array.of(2), ack.subarray(1))).ok).toBe(false)
})

test('a ballot of one to eight contests is recognised by its top bit and length', () => {
  for (let contests = 1; contests <= 8; contests++) {
    const compact = new Uint8Array(117 + 96 * contests).fill(0xff)
    expect(parseDatagram(encodeBallotDatagram(compact))).toMatchObject({
      ok: true,
      value: { kind: 'ballot', context: 0xff },
    })
    expect(parseDatagram(compact.subarray(1))).toMatchObject({ error: 'datagram-length' })
  }
  expect(() => encodeBallotDatagram(new Uint8Array(213))).toThrow(RangeError)
})

test('a one-contest ballot fits one frame at DR4 and DR5 and no slower', () => {
  expect([0, 1, 2, 3, 4, 5].map((dataRate) => maxPayloadBytes(dataRate))).toEqual([51, 51, 51, 115, 242, 242])
  expect([3, 4, 5].map((dataRate) => maxPayloadBytes(dataRate, 15) >= 117 + 96)).toEqual([false, true, true])
  expect(maxPayloadBytes(6)).toBe(0)
  expect([FPORT_DATAGRAM, FPORT_SCHC_UP]).toEqual([1, 20])
})

test('records are read as they are written; refusals, batches and unknown kinds are not sent', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0x01, 0x03, 0x11, 0x12, 0x32),
      fc.uint8Array({ minLength: 1 }),
      (type, body) => {
        const parsed = expectOk(parseDatagram(encodeDatagram(type, body)))
        expect(parsed).toEqual({ kind: 'record', type, body })
      },
    ),
  )
  for (const kind of [0x00, 0x08, 0x10, 0x13, 0x14, 0x7f]) {
    expect(parseDatagram(Uint8Array.of(kind, 1))).toMatchObject({ error: 'datagram-kind' })
    expect(() => encodeDatagram(kind, Uint8Array.of(1))).toThrow(RangeError)
  }
  expect(parseDatagram(new Uint8Array(0))).toMatchObject({ error: 'datagram-empty' })
  expect(parseDatagram(Uint8Array.of(0x12))).toMatchObject({ error: 'datagram-length' })
  expect(parseDatagram(new Uint8Array(65_536).fill(0x12))).toMatchObject({ error: 'datagram-length' })
})

test('topics name the kiosk and the direction', () => {
  expect(kioskTopic(513, 'up')).toBe('hanpyo/v1/kiosk/513/up')
  expect(parseKioskTopic('hanpyo/v1/kiosk/513/down')).toEqual({ kioskId: 513, direction: 'down' })
  for (const topic of ['hanpyo/v1/kiosk/0513/up', 'hanpyo/v1/kiosk/65536/up', 'hanpyo/v1/kiosk/1/up/x', '']) {
    expect(parseKioskTopic(topic)).toBeNull()
  }
})

const keyName = 'vote.example/2026/plaza/bridge/1'
const vkey = vkeyOf(ed25519, keyName, fill(0x33))
const promise = { deadline: 1_800_000_000, leaf: fill(0x44), log: 'vote.example/2026/plaza', size: 12 }
const promiseNote = signPromise({ ed25519, keyName, seed: fill(0x33), promise })

test('a promise is read when the bridge signed it, and is the same bytes every time', () => {
  expect(expectOk(verifyPromise(ed25519, vkey, promiseNote))).toEqual(promise)
  expect(signPromise({ ed25519, keyName, seed: fill(0x33), promise })).toBe(promiseNote)
  const down = expectOk(parseDownDatagram(encodePromiseDatagram(promiseNote)))
  expect(down).toEqual({ kind: 'promise', note: promiseNote })
})

test.each([
  ['{"deadline":1,"leaf":"AAAA","log":"a","size":1}\n', 'promise-malformed'],
  ['{"deadline":1,"leaf":"","log":"a","size":-1}\n', 'promise-malformed'],
  ['{"deadline":1,"log":"a","size":1}\n', 'promise-malformed'],
  ['{ "deadline":1}\n', 'promise-malformed'],
  ['[]\n', 'promise-malformed'],
  ['null\n', 'promise-malformed'],
  ['x\n', 'promise-malformed'],
])('refuses the promise text %j even when it is signed', (text, error) => {
  const note = signNote({ ed25519, name: keyName, seed: fill(0x33), text })
  expect(verifyPromise(ed25519, vkey, note)).toMatchObject({ error })
})

test('refuses a promise by another key, with a second signature, or changed', () => {
  expect(verifyPromise(ed25519, vkeyOf(ed25519, keyName, fill(0x34)), promiseNote)).toMatchObject({
    error: 'promise-signature',
  })
  const twice = `${promiseNote}${promiseNote.slice(promiseNote.indexOf('—'))}`
  expect(verifyPromise(ed25519, vkey, twice)).toMatchObject({ error: 'promise-signature' })
  expect(verifyPromise(ed25519, vkey, promiseNote.replace('"size":12', '"size":13'))).toMatchObject({
    error: 'promise-signature',
  })
  expect(verifyPromise(ed25519, 'x', promiseNote)).toMatchObject({ error: 'promise-key' })
})

test('what a kiosk receives is sorted by its first byte', () => {
  const ack = encodeAck({ ...scope, items })
  expect(expectOk(parseDownDatagram(ack))).toEqual({ kind: 'ack', bytes: ack })
  expect(parseDownDatagram(new Uint8Array(0))).toMatchObject({ error: 'datagram-empty' })
  expect(parseDownDatagram(Uint8Array.of(3, 1))).toMatchObject({ error: 'datagram-kind' })
  expect(parseDownDatagram(Uint8Array.of(2))).toMatchObject({ error: 'datagram-length' })
  expect(parseDownDatagram(Uint8Array.of(2, 0xff))).toMatchObject({ error: 'datagram-encoding' })
})

test('acks survive any mix of statuses and ids', () => {
  const item = fc.record({ status: fc.nat(255), id: bytes(32) })
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 5 }), (list) => {
      const stored = (prefix: Uint8Array) =>
        list.map(({ id }) => id).filter((id) => toHex(id).startsWith(toHex(prefix)))
      const verified = verifyAck({ ...scope, bytes: encodeAck({ ...scope, items: list }), findIds: stored })
      expect(expectOk(verified)).toEqual(list)
    }),
  )
})

test('docs/vectors/link.json holds exactly what is made here', () => {
  const record = encodeDatagram(0x12, utf8('{"kiosk":513}\n'))
  const made = {
    ack: {
      kioskSecret: toHex(kioskSecret),
      bridgePublic: toHex(x25519PublicKey(bridgeSecret)),
      manifestHash: toHex(manifestHash),
      kioskId,
      key: toHex(key),
      items: items.map(({ status, id }) => ({ status, id: toHex(id) })),
      ack: toHex(encodeAck({ ...scope, items })),
    },
    record: { datagram: toHex(record), id: toHex(recordId(record)) },
    promise: {
      seed: toHex(fill(0x33)),
      vkey,
      ...promise,
      leaf: toHex(promise.leaf),
      note: promiseNote,
    },
    maxPayloadBytes: [0, 1, 2, 3, 4, 5].map((dataRate) => maxPayloadBytes(dataRate)),
  }
  if (process.env.HANPYO_WRITE_VECTORS === '1') writeFileSync(FILE, `${JSON.stringify(made, null, 2)}\n`)
  else expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(made)
})
