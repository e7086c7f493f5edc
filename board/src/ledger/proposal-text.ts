import { decodeUtf8, equalBytes, parseBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { SALT_BYTES } from '@hanpyo/protocol/proposal/layout.ts'
import { MAX_TEXT_BYTES, textCommitment } from '@hanpyo/protocol/proposal/text.ts'
import { type Host, HostError } from '../host/host.ts'
import type { ProposalText } from '../snapshot.ts'

/** JSON escapes six characters for one. */
const MAX_ANSWER_BYTES = 6 * MAX_TEXT_BYTES + 1024

/** The text of a proposal from `GET /proposal/<id>`, shown only when salt and text give the hash on the ledger. */
export async function fetchProposalText(
  host: Host,
  proposal: { readonly id: Uint8Array; readonly textCommitment: Uint8Array },
): Promise<ProposalText> {
  try {
    const bytes = await host.read(`proposal/${toHex(proposal.id)}`, MAX_ANSWER_BYTES)
    if (bytes === null) return { status: 'not-kept' }
    const { salt, text } = JSON.parse(decodeUtf8(bytes)) as Record<string, unknown>
    const saltBytes = typeof salt === 'string' ? parseBase64(salt) : null
    if (saltBytes === null || saltBytes.length !== SALT_BYTES || typeof text !== 'string')
      return { status: 'other-text' }
    const isIt = equalBytes(textCommitment(saltBytes, text), proposal.textCommitment)
    return isIt ? { status: 'matches', text } : { status: 'other-text' }
  } catch (error) {
    // Whatever is no JSON object of ours is no text of this proposal.
    if (!(error instanceof HostError)) return { status: 'other-text' }
    return { status: error.code === 'host-status' ? 'not-kept' : 'unreachable' }
  }
}
