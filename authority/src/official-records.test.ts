import { nodeRandom } from '@hanpyo/platform/random.ts'
import { toBase64, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { encodeLeaf, parseVoidSlips, RECORD } from '@hanpyo/protocol/election/records.ts'
import { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { bitmapSlips } from '@hanpyo/protocol/election/void-bitmap.ts'
import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { batchLeaf } from '@hanpyo/protocol/log/batch.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LoadedElection, loadElection, type OfficialRole, readOfficialKey } from './load-election.ts'
import {
  incidentRecord,
  type OfficialRecord,
  pollsRecord,
  sign,
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
  const supportList = blobs.get(manifest.supportKeys.blob) as Uint8Array
  const { backend } = small
  const state = expectOk(
    ElectionState.open({ backend, manifestNote: election.manifestNote, credentialList, supportList }),
  )
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

test('the ledger takes every record of a polling day, in order', async () => {
  const state = openState()
  const at = 1_790_000_000
  const device = {
    action: 'enrol',
    kiosk: 1,
    ed25519: toBase64(small.backend.ed25519.publicKey(nodeRandom(32))),
    x25519: toBase64(x25519PublicKey(nodeRandom(32))),
    at,
  }
  expect(broken(state, sign(election, keys.deviceAuthority, RECORD.device, device))).toEqual([])
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

test('a folder without an election is said to be none', async () => {
  const { ed25519 } = small.backend
  expect(await loadElection('/nonexistent', ed25519)).toMatchObject({ error: 'election-missing' })
})
