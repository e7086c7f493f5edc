/** What this kiosk's own box says that the ledger does not say yet. */
import { concatBytes, decodeUtf8, fromBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { parseProposalParcel } from '@hanpyo/protocol/proposal/datagram.ts'
import { parseProposal, proposalId } from '@hanpyo/protocol/proposal/layout.ts'
import { parseModeration } from '@hanpyo/protocol/proposal/moderation.ts'
import { decodeText, type TextCompressor } from '@hanpyo/protocol/proposal/text-coding.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import type { StoredStatement } from '../box/ballot-box.ts'

export interface WaitingProposal {
  readonly id: string
  /** Support index of the slip it came with; it stays inside this folder. */
  readonly author: number
  readonly topic: number
  readonly text: string
}

/** Proposals not acknowledged yet, by id. */
export function waitingProposals(
  statements: readonly StoredStatement[],
  election: { readonly manifestHash: Uint8Array; readonly compressor: TextCompressor },
): readonly WaitingProposal[] {
  return statements
    .flatMap(({ kind, body, parcel, state }) => {
      if (kind !== 'proposal' || state !== 'waiting' || parcel === null) return []
      const { coded } = expectOk(parseProposalParcel(concatBytes(body, parcel)))
      const text = expectOk(decodeText(election.compressor, coded))
      const id = toHex(proposalId(election.manifestHash, body))
      const { topic, supportIndex: author } = expectOk(parseProposal(body))
      return [{ id, author, topic, text }]
    })
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

export interface OwnModeration {
  readonly action: 'hide' | 'show'
  readonly reason: string
  /** Unix seconds. */
  readonly at: number
}

/** The newest moderation by this kiosk of each proposal, by the proposal's id; refused ones do not count. */
export function ownModerations(statements: readonly StoredStatement[]): ReadonlyMap<string, OwnModeration> {
  const newest = new Map<string, OwnModeration>()
  for (const { kind, body, state } of statements) {
    if (kind !== 'moderation' || state === 'refused') continue
    const record = expectOk(parseModeration(expectOk(parseNote(decodeUtf8(body))).text))
    const { action, reason, at = 0 } = record
    const id = toHex(fromBase64(record.proposal))
    if (action !== 'erase' && at >= (newest.get(id)?.at ?? 0)) newest.set(id, { action, reason, at })
  }
  return newest
}
