import { parseHex, toHex } from '@hanpyo/protocol/bytes.ts'
import { ReceiptSearch } from '@hanpyo/protocol/checks/receipt.ts'
import { formatTlogProof } from '@hanpyo/protocol/log/proof.ts'
import type { Host } from './host/host.ts'
import type { ElectionReader } from './ledger/election-reader.ts'
import { explainLeaf } from './ledger/explain.ts'
import type { FollowedLog } from './ledger/followed-log.ts'
import { fetchProposalText } from './ledger/proposal-text.ts'
import { readQuestion } from './ledger/receipt-question.ts'
import type {
  BatchView,
  FileOffer,
  LeafView,
  ProposalText,
  ReceiptQuestion,
  ReceiptReply,
} from './snapshot.ts'

/** Batches and records in one answer. */
const MOST_IN_ANSWER = 500

/** Answers from the records at hand. None of the questions reaches the host, except for texts of proposals. */
export class Questions {
  readonly #host: Host
  readonly #log: FollowedLog
  readonly #reader: () => ElectionReader | null

  /** `reader`: null until the lists of the election were read. */
  constructor(host: Host, log: FollowedLog, reader: () => ElectionReader | null) {
    this.#host = host
    this.#log = log
    this.#reader = reader
  }

  batches({ from, count }: { readonly from: number; readonly count: number }): readonly BatchView[] {
    return this.#reader()?.facts.batches.slice(from, from + Math.min(count, MOST_IN_ANSWER)) ?? []
  }

  leaves({ first, count }: { readonly first: number; readonly count: number }): readonly LeafView[] {
    const { leaves, election } = this.#log
    if (election === null) return []
    return leaves
      .slice(first, first + Math.min(count, MOST_IN_ANSWER))
      .map((leaf, i) => explainLeaf(leaf, first + i, this.#batchOf(first + i), election))
  }

  findReceipt(question: ReceiptQuestion): ReceiptReply {
    const receipt = readQuestion(question)
    if (!receipt.ok) return { status: receipt.error }
    const { leaves, election } = this.#log
    if (election === null || leaves.length === 0) return { status: 'not-ready' }
    const search = new ReceiptSearch(receipt.value, election.manifestHash)
    for (const [index, leaf] of leaves.entries()) search.take(leaf, index)
    const answer = search.answer()
    return { status: 'answer', answer, batch: 'record' in answer ? this.#batchOf(answer.record) : null }
  }

  /** The `.tlog-proof` of a record; null when it cannot be made from what is at hand. */
  proofOf(index: number): FileOffer | null {
    const { tree, head, leaves } = this.#log
    if (head === null || tree.size !== head.checkpoint.size || index < 0 || index >= leaves.length)
      return null
    const text = formatTlogProof({ index, hashes: tree.inclusionProof(index), checkpoint: head.note })
    return { name: `record-${index}.tlog-proof`, text }
  }

  async proposalText(hex: string): Promise<ProposalText> {
    const id = parseHex(hex)
    const proposal = id === null ? undefined : this.#reader()?.proposal(id)
    if (proposal === undefined) return { status: 'not-kept' }
    return proposal.isErased ? { status: 'erased' } : fetchProposalText(this.#host, proposal)
  }

  manifestNote(): FileOffer | null {
    const { election } = this.#log
    if (election === null) return null
    const name = `manifest-${toHex(election.manifestHash).slice(0, 8)}.txt`
    return { name, text: election.manifestNote }
  }

  #batchOf(index: number): number | null {
    return this.#reader()?.facts.batchOf(index) ?? null
  }
}
