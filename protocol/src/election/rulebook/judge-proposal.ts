import type { Proposal, Support } from '../../proposal/layout.ts'
import { proposalId, supportOrder } from '../../proposal/layout.ts'
import { STATEMENT_REFUSAL, type StatementRefusal } from '../../proposal/status.ts'
import { type StatementError, verifyProposal, verifySupport } from '../../proposal/verify.ts'
import { RECORD } from '../leaf.ts'
import { byteKey, type ElectionData } from './data.ts'
import { proposalContext, publishedProposal } from './proposal.ts'

/** What a bridge has accepted and not published yet, asked by whoever judges the next one. */
export interface StatementInWaiting {
  /** Proposals of this support index that wait. */
  proposalsOf(supportIndex: number): number
  /** Whether a support of this index for this proposal waits. */
  supports(supportIndex: number, proposalId: Uint8Array): boolean
  /** Whether a proposal of this id waits. */
  hasProposal(proposalId: Uint8Array): boolean
}

export type StatementVerdict =
  /** May be logged after what waits. `id` is the proposal id, or `supportOrder` of a support. */
  | { readonly verdict: 'accept'; readonly statement: Proposal | Support; readonly id: Uint8Array }
  /** It depends on something that waits: say nothing, the kiosk sends it again. */
  | { readonly verdict: 'later' }
  /** The same proposal is on the ledger. */
  | { readonly verdict: 'duplicate'; readonly id: Uint8Array }
  | { readonly verdict: 'refuse'; readonly status: StatementRefusal }
  /** Nothing an enrolled kiosk and a listed key made; nobody is answered. */
  | { readonly verdict: 'drop'; readonly error: StatementError | 'statement-type' }

/** Total on arbitrary bytes; changes nothing. */
export function judgeStatement(
  data: ElectionData,
  leaf: Uint8Array,
  waiting: StatementInWaiting,
): StatementVerdict {
  const body = leaf.subarray(1)
  if (leaf[0] === RECORD.proposal) return judgeProposal(data, body, waiting)
  if (leaf[0] === RECORD.support) return judgeSupport(data, body, waiting)
  return { verdict: 'drop', error: 'statement-type' }
}

function judgeProposal(data: ElectionData, body: Uint8Array, waiting: StatementInWaiting): StatementVerdict {
  const id = proposalId(data.manifestHash, body)
  if (data.proposals.logged.has(byteKey(id))) return { verdict: 'duplicate', id }
  const offer = data.manifest.proposals
  if (offer === undefined || data.polls === 'sealed') return closed()
  const verified = verifyProposal(data.backend, body, proposalContext(data))
  if (!verified.ok) return { verdict: 'drop', error: verified.error }
  const { supportIndex } = verified.value
  const logged = data.proposals.handedIn.get(supportIndex) ?? 0
  if (logged >= offer.perSlip) return { verdict: 'refuse', status: STATEMENT_REFUSAL.slipLimit }
  if (logged + waiting.proposalsOf(supportIndex) >= offer.perSlip) return { verdict: 'later' }
  return { verdict: 'accept', statement: verified.value, id }
}

function judgeSupport(data: ElectionData, body: Uint8Array, waiting: StatementInWaiting): StatementVerdict {
  if (data.manifest.proposals === undefined || data.polls === 'sealed') return closed()
  const verified = verifySupport(data.backend, body, proposalContext(data))
  if (!verified.ok) return { verdict: 'drop', error: verified.error }
  const { supportIndex, proposalId: id } = verified.value
  if (waiting.hasProposal(id)) return { verdict: 'later' }
  const proposal = publishedProposal(data, id)
  if (proposal === undefined) return { verdict: 'refuse', status: STATEMENT_REFUSAL.proposalUnknown }
  if (proposal.supporters.has(supportIndex)) {
    return { verdict: 'refuse', status: STATEMENT_REFUSAL.alreadySupported }
  }
  if (waiting.supports(supportIndex, id)) return { verdict: 'later' }
  return { verdict: 'accept', statement: verified.value, id: supportOrder(body) }
}

function closed(): StatementVerdict {
  return { verdict: 'refuse', status: STATEMENT_REFUSAL.proposalsClosed }
}
