import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { fromCompact } from '@hanpyo/protocol/ballot/layout.ts'
import { fromBase64, toBase64 } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import {
  encodeLeaf,
  manifestField,
  noteLeaf,
  parseChallenged,
  RECORD,
  signRecord,
} from '@hanpyo/protocol/election/records.ts'
import { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { LedgerBuilder } from '@hanpyo/protocol/testing/ledger-builder.ts'
import { expect, onTestFinished, test } from 'vitest'
import { createTestElection } from '../testing/test-election.ts'
import { createTestKiosk, type TestKiosk } from '../testing/test-kiosk.ts'
import type { SealedItem } from './box/ballot-box.ts'

const never = new AbortController().signal
const backend = await createNodeBackend()
const { ed25519 } = backend

/** The record body of a sealed item as it stands in the ledger, with what a batch sorts it by. */
function leafOf(item: SealedItem, manifestHash: Uint8Array, kioskId: number) {
  if (item.kind !== 'ballot') {
    const note = expectOk(parseNote(item.datagram.subarray(1)))
    const key =
      item.kind === 'challenged' ? fromBase64(expectOk(parseChallenged(note.text)).tracker) : item.id
    return { key, leaf: item.datagram }
  }
  const canonical = expectOk(fromCompact(item.datagram, manifestHash, kioskId))
  return { key: ballotId(canonical), leaf: encodeLeaf(RECORD.ballot, canonical) }
}

async function pauseAndResume({ handlers, unlockStaff, lock }: TestKiosk): Promise<void> {
  await unlockStaff()
  expectOk(await handlers['staff.pause']({}, never))
  expectOk(await handlers['staff.resume']({}, never))
  lock.lock()
}

test('what a kiosk seals in a day with pauses makes a ledger in which the rule book finds nothing wrong', async () => {
  const testElection = createTestElection({ slipCount: 23, style: 1 })
  const { election, seeds, keys, slips } = testElection
  const { manifestHash, manifest, kioskId } = election
  const kiosk = createTestKiosk({ election: testElection, backend })
  onTestFinished(() => kiosk.close())
  const { handlers, sealed } = kiosk
  await kiosk.openPolls()
  for (const [i, text] of slips.entries()) {
    for (const decision of i === 4 ? (['check', 'cast'] as const) : (['cast'] as const)) {
      expectOk(await handlers['session.scan']({ text }, never))
      const selection = { kind: 'choose-one' as const, option: 1 + (i % 3) }
      expectOk(await handlers['session.select']({ contest: 2, selection }, never))
      expectOk(await handlers['session.review']({}, never))
      expectOk(await handlers['session.prepare']({}, never))
      expectOk(await handlers[`session.${decision}`]({}, never))
      kiosk.session.end()
    }
    // Once before the first list of 20 and once after it.
    if (i === 7 || i === 21) await pauseAndResume(kiosk)
  }
  await kiosk.closePolls()

  const official = (role: 'authority' | 'deviceAuthority', type: number, value: object): Uint8Array => {
    const full = { manifest: manifestField(manifestHash), ...value }
    return noteLeaf(
      type,
      signRecord({ ed25519, keyName: keyName[role](manifest.id), seed: seeds[role], value: full }),
    )
  }
  const enrolment = official('deviceAuthority', RECORD.device, {
    action: 'enrol',
    kiosk: kioskId,
    ed25519: toBase64(ed25519.publicKey(keys.ed25519Seed)),
    x25519: toBase64(x25519PublicKey(keys.x25519Secret)),
    at: manifest.times.opens - 3600,
  })
  const polls = (state: string, at: number) => official('authority', RECORD.polls, { state, at })
  const leaves = (kind: SealedItem['kind']) =>
    sealed.filter((item) => item.kind === kind).map((item) => leafOf(item, manifestHash, kioskId))
  const manifests = leaves('kiosk-manifest').map(({ leaf }) => leaf)
  const log = new LedgerBuilder({ ed25519, origin: manifest.id, logSeed: seeds.log })
  log.addBatch({ notes: [noteLeaf(RECORD.manifest, testElection.manifestNote), enrolment] })
  log.addBatch({ notes: [polls('open', manifest.times.opens)] })
  log.addBatch({ notes: manifests.slice(0, -1), ballots: leaves('ballot'), challenged: leaves('challenged') })
  log.addBatch({ notes: [polls('closed', manifest.times.closes), ...manifests.slice(-1)] })
  log.addBatch({ notes: [polls('sealed', manifest.times.sealedBy)] })

  const { manifestNote, credentialList } = testElection
  const state = expectOk(ElectionState.open({ backend, manifestNote, credentialList }))
  const violations = log.leaves.slice(1).flatMap((leaf) => state.apply(leaf))
  expect([...violations, ...state.finish('sealed')]).toEqual([])
  expect(state.ballotCount).toBe(23)
  expect(manifests).toHaveLength(6)
})
