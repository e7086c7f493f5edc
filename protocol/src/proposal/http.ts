import { parseHex, toBase64, toHex } from '../bytes.ts'
import type { ProposalView } from '../election/rulebook/proposal-views.ts'

/** Salt and text that a proposal's commitment opens to. */
export interface OpenedText {
  /** 16 bytes. */
  readonly salt: Uint8Array
  readonly text: string
}

/** What a host of a ledger knows about its proposals. */
export interface ProposalSource {
  /** In the order of the ledger. */
  proposals(): Iterable<ProposalView>
  /** @param id 32 bytes. */
  proposal(id: Uint8Array): ProposalView | undefined
  /** `null` when this host does not hold it, or no longer. */
  text(id: Uint8Array): Promise<OpenedText | null>
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
export function listProposals(source: Omit<ProposalSource, 'text'>, query: URLSearchParams): Response {
  const after = decimal(query.get('after') ?? '0')
  const limit = decimal(query.get('limit') ?? '100')
  if (after === undefined || limit === undefined || limit < 1) {
    return failure(400, 'query', '"after" and "limit" are whole numbers, "limit" at least 1.')
  }
  const size = source.publishedSize()
  const page = Iterator.from(source.proposals())
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
export async function getProposal(source: ProposalSource, hex: string): Promise<Response> {
  const id = hex.length === 64 ? parseHex(hex) : null
  const proposal = id === null ? undefined : source.proposal(id)
  if (id === null || proposal === undefined || proposal.index >= source.publishedSize()) {
    return failure(404, 'proposal-unknown', 'No published proposal has this id.')
  }
  if (proposal.isErased) return failure(410, 'proposal-erased', 'The text of this proposal was erased.')
  const opened = await source.text(id)
  if (opened === null) return failure(404, 'text-missing', 'This host does not hold the text.')
  const body = { salt: toBase64(opened.salt), text: opened.text, hidden: proposal.isHidden }
  return Response.json(body, { headers: HEADERS })
}

function decimal(text: string): number | undefined {
  return /^(?:0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : undefined
}

function failure(status: number, error: string, message: string): Response {
  return Response.json({ ok: false, error, message }, { status, headers: HEADERS })
}
