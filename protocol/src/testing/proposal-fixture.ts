import { deriveSupportKey } from '../ballot/slip.ts'
import { toBase64 } from '../bytes.ts'
import { findSupportKey, parseSupportList } from '../election/keylist.ts'
import { keyName, type Manifest } from '../election/manifest.ts'
import { encodeLeaf, manifestField, noteLeaf, RECORD, signRecord } from '../election/records.ts'
import type { Json } from '../json.ts'
import { createProposal, createSupport, type StatementSigner } from '../proposal/create.ts'
import { proposalId } from '../proposal/layout.ts'
import type { TextCompressor } from '../proposal/text-coding.ts'
import { expectOk } from '../result.ts'
import type { ElectionFixture, FixtureKiosk } from './election-fixture.ts'

/** Never shorter, so that texts travel as UTF-8: this room has no deflate. */
export const PLAIN_TEXT: TextCompressor = {
  deflate: (input) => new Uint8Array(input.length + 1),
  inflate: () => null,
}

/** Two topics, two proposals of a slip, 200 characters. */
export function withProposals(manifest: Manifest): Manifest {
  return {
    ...manifest,
    proposals: {
      topics: [
        { id: 1, title: { ko: '안전', en: 'Safety' } },
        { id: 7, title: { ko: '공원', en: 'Parks' } },
      ],
      perSlip: 2,
      maxCharacters: 200,
    },
  }
}

/** Where the support key of a slip stands in the list; it says nothing about the slip's number. */
export function supportIndexOf(election: ElectionFixture, slip: number): number {
  const { publicKey } = supportKeyOf(election, slip)
  return findSupportKey(expectOk(parseSupportList(election.supportList)), publicKey) as number
}

/** What signs for a slip at a kiosk. */
export function statementSigner(
  election: ElectionFixture,
  slip: number,
  kiosk: FixtureKiosk,
): StatementSigner {
  const { backend, random, manifestHash } = election
  const support = { ...supportKeyOf(election, slip), index: supportIndexOf(election, slip) }
  return { backend, random, deviceSecret: new Uint8Array(32), manifestHash, support, kiosk }
}

export interface FixtureProposal {
  readonly slip: number
  readonly kiosk: FixtureKiosk
  readonly text: string
  readonly topic?: number
}

/** A proposal as leaf and as what the kiosk sends. */
export function proposalLeaf(election: ElectionFixture, proposal: FixtureProposal) {
  const { slip, kiosk, text, topic = 1 } = proposal
  const salt = election.random(16)
  const signer = statementSigner(election, slip, kiosk)
  const { body, datagram } = createProposal({ ...signer, text, topic, salt, compressor: PLAIN_TEXT })
  const id = proposalId(election.manifestHash, body)
  return { leaf: encodeLeaf(RECORD.proposal, body), id, datagram, salt }
}

/** A support as leaf. */
export function supportLeaf(
  election: ElectionFixture,
  slip: number,
  kiosk: FixtureKiosk,
  id: Uint8Array,
): Uint8Array {
  const { body } = createSupport({ ...statementSigner(election, slip, kiosk), proposalId: id })
  return encodeLeaf(RECORD.support, body)
}

/** A moderation by a kiosk, or by the authority without one. */
export function moderationLeaf(
  election: ElectionFixture,
  kiosk: FixtureKiosk | undefined,
  id: Uint8Array,
  change: Readonly<Record<string, Json>> = {},
): Uint8Array {
  const { backend, manifest, manifestHash, seeds } = election
  const note = signRecord({
    ed25519: backend.ed25519,
    keyName: kiosk === undefined ? keyName.authority(manifest.id) : keyName.kiosk(manifest.id, kiosk.id),
    seed: kiosk === undefined ? seeds.authority : kiosk.seed,
    value: {
      manifest: manifestField(manifestHash),
      action: 'hide',
      proposal: toBase64(id),
      reason: 'names a person',
      ...(kiosk === undefined ? {} : { kiosk: kiosk.id }),
      ...change,
    },
  })
  return noteLeaf(RECORD.moderation, note)
}

function supportKeyOf(election: ElectionFixture, slip: number) {
  const { backend, slips, manifest } = election
  const { seed } = slips[slip] as ElectionFixture['slips'][number]
  return deriveSupportKey(backend.group, seed, manifest.id)
}
