import type { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { getProposal as getOne, listProposals as listAll } from '@hanpyo/protocol/proposal/http.ts'
import type { LedgerEngine } from '../ledger/engine.ts'

export interface ProposalsRouteDeps {
  readonly state: Pick<ElectionState, 'proposal' | 'proposals'>
  readonly engine: Pick<LedgerEngine, 'proposalText'>
  /** Size of the published checkpoint; what is logged behind it waits for the witnesses. */
  publishedSize(): number
}

/** `GET /proposals`. */
export function listProposals(deps: ProposalsRouteDeps, query: URLSearchParams): Response {
  return listAll(sourceOf(deps), query)
}

/** `GET /proposal/<hex id>`. */
export function getProposal(deps: ProposalsRouteDeps, hex: string): Promise<Response> {
  return getOne(sourceOf(deps), hex)
}

function sourceOf({ state, engine, publishedSize }: ProposalsRouteDeps) {
  return {
    proposals: () => state.proposals(),
    proposal: (id: Uint8Array) => state.proposal(id),
    text: (id: Uint8Array) => engine.proposalText(id),
    publishedSize,
  }
}
