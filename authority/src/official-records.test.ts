import { nodeRandom } from '@hanpyo/platform/random.ts'
import { createCertificateRequest, describeCertificate } from '@hanpyo/platform/x509.ts'
import { toBase64, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { encodeLeaf, parseVoidSlips } from '@hanpyo/protocol/election/records.ts'
import { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { bitmapSlips } from '@hanpyo/protocol/election/void-bitmap.ts'
import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { batchLeaf } from '@hanpyo/protocol/log/batch.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type EnrolmentRequest,
  enrolDevice,
  parseEnrolmentRequest,
  readDeviceCa,
  revokeDevice,
} from './device-authority.ts'
import { type LoadedElection, loadElection, type OfficialRole, readOfficialKey } from './load-election.ts'
import {
  incidentRecord,
  type OfficialRecord,
  pollsRecord,
  testSlipsRecord,
  turnoutRecord,
  voidSlipsRecord,
} from './official-records.ts'
import type { NoteKey } from './role-keys.ts'
import { createSmallElection, type SmallElection } from './testing/small-election.ts'

let small: SmallElection
let election: LoadedElection
const keys = {} as Record<OfficialRole, NoteKey>

beforeAll(async () => {
  small = await createSmallElection()
  election = expectOk(await loadElection(small.folder, small.backend.ed25519))
  for (const role of ['authority', 'registrar', 'deviceAuthority'] as const) {
    keys[role] = expectOk(await readOfficialKey(election, role))
  }
})
afterAll(() => small.remove())

function openState(): ElectionState {
  const { manifest, blobs } = small.election
  const credentialList = blobs.get(manifest.credentials.blob) as Uint8Array
  const { backend } = small
  const state = expectOk(ElectionState.open({ backend, manifestNote: election.manifestNote, credentialList }))
  const first = { count: 1, first: 0, number: 1, prev: new Uint8Array(32), refusedMore: {} }
  expect(state.apply(batchLeaf(first))).toEqual([])
  return state
}

/** The rules a record breaks as the next leaf of a ledger. */
const broken = (state: ElectionState, record: OfficialRecord): string[] => {
  const { blob } = record
  const lookup = (name: string): Uint8Array | undefined => (name === blob?.name ? blob.bytes : undefined)
  return state.apply(encodeLeaf(record.type, utf8(record.note)), { blob: lookup }).map(({ rule }) => rule)
}

function request(kiosk: number, more: Partial<EnrolmentRequest> = {}): EnrolmentRequest {
  return {
    kiosk,
    ed25519: toBase64(small.backend.ed25519.publicKey(nodeRandom(32))),
    x25519: toBase64(x25519PublicKey(nodeRandom(32))),
    ...more,
  }
}

const enrol = async (kiosk: number, of: EnrolmentRequest) =>
  enrolDevice({
    election,
    key: keys.deviceAuthority,
    ca: expectOk(await readDeviceCa(election)),
    kiosk,
    request: of,
    at: 1_790_000_000,
  })

test('the ledger takes every record of a polling day, in order', async () => {
  const state = openState()
  const at = 1_790_000_000
  const enrolled = expectOk(await enrol(1, request(1, { devEui: 'ac1f09fffe000001' })))
  expect(broken(state, enrolled.record)).toEqual([])
  expect(broken(state, pollsRecord(election, keys.authority, 'open', at))).toEqual([])
  expect(state.polls).toBe('open')
  const turnout = { centre: 'banpo2', issued: 9, returned: 3, at }
  expect(broken(state, expectOk(turnoutRecord(election, keys.registrar, turnout)))).toEqual([])
  const incident = { text: '정전으로 20분 멈췄습니다', kiosk: 1, covers: 'final-manifest', at } as const
  expect(broken(state, expectOk(incidentRecord(election, keys.authority, incident)))).toEqual([])
  expect(broken(state, expectOk(voidSlipsRecord(election, keys.registrar, [4, 2, 4], at)))).toEqual([])
  expect(broken(state, pollsRecord(election, keys.authority, 'closed', at + 1))).toEqual([])
  const { slips, testSlipSalt } = small.election
  const opening = { salt: toBase64(testSlipSalt), slips: slips.testSlips }
  expect(broken(state, testSlipsRecord(election, keys.authority, opening))).toEqual([])
  expect(broken(state, pollsRecord(election, keys.authority, 'sealed', at + 2))).toEqual([])
  expect(state.polls).toBe('sealed')
})

test('a record signed by the wrong role breaks a rule', () => {
  const wrong = pollsRecord(election, keys.registrar, 'open', 1_790_000_000)
  expect(broken(openState(), wrong)).not.toEqual([])
})

test('a centre, kiosk or slip that the manifest does not have is refused before signing', () => {
  const at = 1
  expect(
    turnoutRecord(election, keys.registrar, { centre: 'nowhere', issued: 1, returned: 0, at }),
  ).toMatchObject({
    error: 'centre-unknown',
  })
  expect(incidentRecord(election, keys.authority, { text: 'x', kiosk: 9, at })).toMatchObject({
    error: 'kiosk-unknown',
  })
  for (const slips of [[12], [-1], []]) {
    expect(voidSlipsRecord(election, keys.registrar, slips, at)).toMatchObject({
      error: 'slip-number-unknown',
    })
  }
})

test('a long list of void slips travels as a bitmap', () => {
  const many = { ...election, manifest: structuredClone(election.manifest) }
  many.manifest.credentials.count = 5000
  const slips = Array.from({ length: 1500 }, (_, i) => 3 * i)
  const record = expectOk(voidSlipsRecord(many, keys.registrar, slips, 1))
  if (record.blob === undefined) throw new Error('no blob')
  expect(record.blob.name).toBe(toHex(sha256(record.blob.bytes)))
  expect(bitmapSlips(record.blob.bytes, 5000)).toEqual(slips)
  const value = expectOk(parseVoidSlips(expectOk(parseNote(record.note)).text))
  expect(value).toMatchObject({ blob: record.blob.name, count: 1500 })
})

describe('a kiosk', () => {
  test('gets a certificate with its id as common name, for the key in its own request', async () => {
    const { request: certificateRequest } = await createCertificateRequest({ cn: '2' })
    const { certificate } = expectOk(await enrol(2, request(2, { certificateRequest })))
    expect(describeCertificate(certificate.cert).cn).toBe('2')
    expect(certificate.key).toBeUndefined()
  })

  test('without a request gets a key too', async () => {
    const { certificate } = expectOk(await enrol(2, request(2)))
    expect(certificate.key).toContain('PRIVATE KEY')
  })

  test('is revoked by a record that names the same keys, and its slot is free again', async () => {
    const state = openState()
    const first = expectOk(await enrol(3, request(3))).record
    expect(broken(state, first)).toEqual([])
    expect(broken(state, expectOk(await enrol(3, request(3))).record)).toContain('device.occupied')
    expect(broken(state, expectOk(revokeDevice(election, keys.deviceAuthority, first.note, 2)))).toEqual([])
    expect(broken(state, expectOk(await enrol(3, request(3))).record)).toEqual([])
  })

  test.each<[string, number, () => Promise<EnrolmentRequest> | EnrolmentRequest, string]>([
    ['of a slot that does not exist', 9, () => request(9), 'kiosk-unknown'],
    ['with a request for another kiosk', 1, () => request(2), 'request-kiosk'],
    ['with the identity as its key', 1, () => request(1, { ed25519: toBase64(unit()) }), 'request-key-weak'],
    ['with a low-order X25519 key', 1, () => request(1, { x25519: toBase64(unit()) }), 'request-key-weak'],
    ['with a certificate request for another name', 1, nameless, 'request-certificate'],
    [
      'with something that is no certificate request',
      1,
      () => request(1, { certificateRequest: 'x' }),
      'request-certificate',
    ],
  ])('%s is turned away', async (_, kiosk, make, error) => {
    expect(await enrol(kiosk, await make())).toMatchObject({ ok: false, error })
  })

  test('request is read strictly', () => {
    expect(parseEnrolmentRequest(JSON.stringify(request(1))).ok).toBe(true)
    for (const text of ['', '{', '{}', JSON.stringify({ ...request(1), more: 1 })]) {
      expect(parseEnrolmentRequest(text)).toMatchObject({ error: 'request-unreadable' })
    }
  })
})

test('a folder without an election is said to be none', async () => {
  const { ed25519 } = small.backend
  expect(await loadElection('/nonexistent', ed25519)).toMatchObject({ error: 'election-missing' })
})

function unit(): Uint8Array {
  return Uint8Array.of(1, ...new Uint8Array(31))
}

async function nameless(): Promise<EnrolmentRequest> {
  const { request: certificateRequest } = await createCertificateRequest({ cn: '7' })
  return request(1, { certificateRequest })
}
