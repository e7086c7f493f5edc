import { rawDeflate } from '@hanpyo/platform/deflate.ts'
import { toBase64, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { encodeLeaf, manifestField, noteLeaf, RECORD, signRecord } from '@hanpyo/protocol/election/records.ts'
import { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { nobleBackend } from '@hanpyo/protocol/group/backend.ts'
import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { pathReader } from '@hanpyo/protocol/log/read-log.ts'
import { parseProposalParcel } from '@hanpyo/protocol/proposal/datagram.ts'
import { proposalId } from '@hanpyo/protocol/proposal/layout.ts'
import { decodeText } from '@hanpyo/protocol/proposal/text-coding.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { LedgerBuilder } from '@hanpyo/protocol/testing/ledger-builder.ts'
import { expect, onTestFinished, test } from 'vitest'
import { createTestElection, TEST_PROPOSALS } from '../../testing/test-election.ts'
import { createTestKiosk } from '../../testing/test-kiosk.ts'
import type { SealedItem } from '../box/ballot-box.ts'
import { LedgerView } from '../ledger/ledger-view.ts'
import type { TextAnswer } from './published.ts'

const never = new AbortController().signal
const { ed25519 } = nobleBackend
const testElection = createTestElection({ proposals: TEST_PROPOSALS, slipCount: 3 })
const { election, keys, seeds, slips, manifestNote, credentialList, supportList } = testElection
const { manifest, manifestHash, kioskId } = election

function leafOf({ kind, datagram }: SealedItem): Uint8Array {
  return kind === 'proposal'
    ? encodeLeaf(RECORD.proposal, expectOk(parseProposalParcel(datagram.subarray(1))).body)
    : datagram
}

function official(role: 'authority' | 'deviceAuthority', type: number, value: object): Uint8Array {
  const full = { manifest: manifestField(manifestHash), ...value }
  const key = { keyName: keyName[role](manifest.id), seed: seeds[role] }
  return noteLeaf(type, signRecord({ ed25519, ...key, value: full }))
}

test('what a kiosk seals about proposals is a ledger without a broken rule, and comes back to its own list', async () => {
  const log = new LedgerBuilder({ ed25519, origin: manifest.id, logSeed: seeds.log })
  const texts = new Map<string, TextAnswer>()
  const kiosk = createTestKiosk({
    election: testElection,
    fetchText: async (id) => texts.get(id) ?? 'unknown',
  })
  onTestFinished(() => kiosk.close())
  const { handlers, proposals, sealed, box } = kiosk
  const view = new LedgerView({
    reader: pathReader(async (path) =>
      path === 'checkpoint' ? utf8(log.checkpoint as string) : (log.files.get(path) ?? null),
    ),
    ed25519,
    manifest,
    manifestHash,
    onStatements: (leaves, isFromStart) => proposals?.onStatements(leaves, isFromStart),
  })
  /** What a bridge does with everything that waits: records it, keeps the text, acknowledges. */
  const record = async () => {
    for (const item of box.waiting()) {
      if (item.kind === 'proposal') {
        const { body, salt, coded } = expectOk(parseProposalParcel(item.datagram.subarray(1)))
        const text = expectOk(decodeText(rawDeflate, coded))
        texts.set(toHex(proposalId(manifestHash, body)), { salt, text })
      }
      log.addBatch({ notes: [leafOf(item)] })
      expectOk(box.settle(item.id, 0, 'wifi'))
    }
    proposals?.invalidate()
    expectOk(await view.refresh())
    await proposals?.afterRead()
  }
  const listed = () => proposals?.ports.shelf.list() ?? []

  log.addBatch({
    notes: [
      noteLeaf(RECORD.manifest, manifestNote),
      official('deviceAuthority', RECORD.device, {
        action: 'enrol',
        kiosk: kioskId,
        ed25519: toBase64(ed25519.publicKey(keys.ed25519Seed)),
        x25519: toBase64(x25519PublicKey(keys.x25519Secret)),
        at: manifest.times.opens - 3600,
      }),
    ],
  })
  log.addBatch({ notes: [official('authority', RECORD.polls, { state: 'open', at: manifest.times.opens })] })
  await kiosk.openPolls()
  const text = '마을버스 정류장에 의자를 놓아 주세요'
  expectOk(proposals!.ports.submit(slips[0] as string, { kind: 'proposal', topic: 2, text }))
  await record()
  const [own] = listed()
  expect(own).toMatchObject({ text, supports: 1, isWaiting: false, topic: { id: 2 } })
  const support = { kind: 'support', proposalId: own!.id } as const
  expect(proposals!.ports.submit(slips[0] as string, support)).toMatchObject({ error: 'already-supported' })
  expectOk(proposals!.ports.submit(slips[1] as string, support))
  await record()
  expect(listed()).toMatchObject([{ supports: 2 }])
  await kiosk.unlockStaff()
  for (const action of ['hide', 'show', 'hide'] as const) {
    expectOk(await handlers['staff.moderate']({ id: own!.id, action, reason: '광고' }, never))
    await record()
  }
  expect(listed()).toEqual([])
  expect(expectOk(await handlers['staff.proposals']({ page: 1 }, never)).items).toMatchObject([
    { isHidden: true, reason: '광고', isChangeWaiting: false, supports: 2 },
  ])
  expect(expectOk(await handlers['health.get']({}, never)).proposals).toEqual({
    proposed: 1,
    supported: 1,
    moderated: 3,
    assisted: 0,
    refused: 0,
    known: 1,
  })

  const state = expectOk(
    ElectionState.open({ backend: nobleBackend, manifestNote, credentialList, supportList }),
  )
  expect(log.leaves.slice(1).flatMap((leaf) => state.apply(leaf))).toEqual([])
  expect(sealed).toHaveLength(5)
})
