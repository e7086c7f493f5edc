import type { ElectionData } from './data.ts'
import { byteKey } from './data.ts'
import type { LoggedProposal } from './proposal.ts'

/** A proposal as anybody may see it: nothing here names a support index. */
export interface ProposalView {
  /** Leaf of the proposal. */
  readonly index: number
  /** 32 bytes. */
  readonly id: Uint8Array
  readonly topic: number
  readonly kioskId: number
  readonly centre: string
  /** 32 bytes. */
  readonly textCommitment: Uint8Array
  /** Slips that support it, its author's among them. */
  readonly supports: number
  readonly isHidden: boolean
  readonly isErased: boolean
}

export function proposalView(data: ElectionData, id: Uint8Array): ProposalView | undefined {
  const proposal = data.proposals.logged.get(byteKey(id))
  return proposal && viewOf(proposal)
}

export function proposalViews(data: ElectionData): IteratorObject<ProposalView> {
  return data.proposals.logged.values().map(viewOf)
}

function viewOf({ supporters, erasedAt, ...proposal }: LoggedProposal): ProposalView {
  return { ...proposal, supports: supporters.size, isErased: erasedAt !== undefined }
}
