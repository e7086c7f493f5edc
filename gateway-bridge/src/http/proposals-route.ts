import { parseHex, toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import type { ElectionState } from '@hanpyo/protocol/election/state.ts'
import type { LedgerEngine } from '../ledger/engine.ts'

export interface ProposalsRouteDeps {
  readonly state: Pick<ElectionState, 'proposal' | 'proposals'>
  readonly engine: Pick<LedgerEngine, 'proposalText'>
  /** Size of the published checkpoint; what is logged behind it waits for the witnesses. */
  publishedSize(): number
}

const MOST_LISTED = 500
const HEADERS = {
  'cache-control': 'no-store',
  'access-control-allow-origin': '*',
  'x-content-type-options': 'nosniff',
}

/**
 * `GET /proposals?after=<index>&limit=<n>`: published proposals in ledger order, at most 500 an answer. Everything in it
 * can be computed from the ledger; nothing names who supports what.
 */
export function listProposals(
  { state, publishedSize }: ProposalsRouteDeps,
  query: URLSearchParams,
): Response {
  const after = decimal(query.get('after') ?? '0')
  const limit = decimal(query.get('limit') ?? '100')
  if (after === undefined || limit === undefined || limit < 1) {
    return failure(400, 'query', '"after" and "limit" are whole numbers, "limit" at least 1.')
  }
  const size = publishedSize()
  const page = state
    .proposals()
    .filter(({ index }) => index > after && index < size)
    .take(Math.min(limit, MOST_LISTED))
    .map(({ id, topic, centre, supports, isHidden, isErased, index }) => ({
      id: toHex(id),
      topic,
      centre,
      supports,
      hidden: isHidden,
      ...(isErased ? { erased: true } : {}),
      index,
    }))
  return Response.json([...page], { headers: HEADERS })
}

/** `GET /proposal/<hex id>`: salt and text of a published proposal; 410 once it was erased. */
export async function getProposal(deps: ProposalsRouteDeps, hex: string): Promise<Response> {
  const id = hex.length === 64 ? parseHex(hex) : null
  const proposal = id === null ? undefined : deps.state.proposal(id)
  if (id === null || proposal === undefined || proposal.index >= deps.publishedSize()) {
    return failure(404, 'proposal-unknown', 'No published proposal has this id.')
  }
  if (proposal.isErased) return failure(410, 'proposal-erased', 'The text of this proposal was erased.')
  const stored = await deps.engine.proposalText(id)
  if (stored === null) return failure(404, 'text-missing', 'This bridge does not hold the text.')
  const body = { salt: toBase64(stored.salt), text: stored.text, hidden: proposal.isHidden }
  return Response.json(body, { headers: HEADERS })
}

function decimal(text: string): number | undefined {
  return /^(?:0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : undefined
}

function failure(status: number, error: string, message: string): Response {
  return Response.json({ ok: false, error, message }, { status, headers: HEADERS })
}
