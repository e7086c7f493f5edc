import { fromHex, toHex } from '@hanpyo/protocol/bytes.ts'
import type { ManifestProposals } from '@hanpyo/protocol/election/manifest.ts'
import type { Group } from '@hanpyo/protocol/group/group.ts'
import { parseProposal, parseSupport, proposalId } from '@hanpyo/protocol/proposal/layout.ts'
import { err, expectOk, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { ProposalSlipProblem } from '../../contract/proposal-views.ts'
import type { Audit } from '../audit.ts'
import type { BallotBox, SealedItem } from '../box/ballot-box.ts'
import type { KioskElection } from '../election.ts'
import type { ProposalBook } from './proposal-book.ts'
import type { Submission, Submit } from './proposal-session.ts'
import type { StatementMaker } from './statement-maker.ts'
import { readSupportSlip } from './support-slip.ts'

export interface SubmitDeps {
  readonly rules: ManifestProposals
  readonly election: KioskElection
  readonly group: Group
  readonly box: Pick<BallotBox, 'insertStatement' | 'statements'>
  readonly maker: StatementMaker
  readonly book: Pick<ProposalBook, 'handedInBy' | 'stands'>
  readonly audit: Audit
  readonly onSealed: (items: readonly SealedItem[]) => void
}

/**
 * Slip in, durable statement out: reads the slip, refuses what is known not to count, signs, stores, and only then says ok.
 * What this kiosk cannot know (a support given elsewhere since it last saw the ledger) the bridge refuses later; that shows
 * in the health counts.
 */
export function createSubmit(deps: SubmitDeps): Submit {
  return (slipText, submission) => {
    const stored = submit(deps, slipText, submission)
    if (stored.ok)
      deps.audit({ event: submission.kind === 'proposal' ? 'proposal-stored' : 'support-stored' })
    else deps.audit({ event: 'proposal-slip-refused', problem: stored.error })
    return stored
  }
}

function submit(
  deps: SubmitDeps,
  slipText: string,
  submission: Submission,
): Result<void, ProposalSlipProblem> {
  const { election, group, maker, box } = deps
  const { findSupport, manifest } = election
  const slip = readSupportSlip(slipText, { group, electionId: manifest.id, findSupport })
  if (!slip.ok) return slip
  try {
    const refused = refusalOf(deps, slip.value.index, submission)
    if (refused !== null) return err(refused)
    const datagram =
      submission.kind === 'proposal'
        ? maker.proposal(slip.value, submission)
        : maker.support(slip.value, fromHex(submission.proposalId))
    const stored = box.insertStatement({ kind: submission.kind, datagram })
    // Polls that stopped end the session first, so that only the disk is left as a reason.
    if (!stored.ok) return err(stored.error === 'disk-full' ? 'proposal-disk-full' : 'proposal-box-failed')
    deps.onSealed(stored.value)
    return ok(undefined)
  } finally {
    slip.value.secret.fill(0)
  }
}

/** What the ledger and this kiosk's own box say against it. */
function refusalOf(
  deps: SubmitDeps,
  index: number,
  submission: Submission,
): 'already-supported' | 'proposal-limit' | null {
  const { rules, book, box, election } = deps
  const handedIn = new Set(book.handedInBy(index))
  const supported = new Set<string>()
  for (const { kind, body, state } of box.statements()) {
    if (state === 'refused' || kind === 'moderation') continue
    if (kind === 'proposal') {
      if (expectOk(parseProposal(body)).supportIndex !== index) continue
      handedIn.add(toHex(proposalId(election.manifestHash, body)))
    } else {
      const support = expectOk(parseSupport(body))
      if (support.supportIndex === index) supported.add(toHex(support.proposalId))
    }
  }
  if (submission.kind === 'proposal') return handedIn.size >= rules.perSlip ? 'proposal-limit' : null
  const { proposalId: id } = submission
  return handedIn.has(id) || supported.has(id) || book.stands(index, id) ? 'already-supported' : null
}
