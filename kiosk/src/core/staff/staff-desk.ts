import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { OutputOf } from '../../contract/define.ts'
import type { KioskContract } from '../../contract/kiosk-contract.ts'
import type { StaffView } from '../../contract/staff-views.ts'
import type { Health } from '../../contract/views.ts'
import type { Audit } from '../audit.ts'
import type { BallotMaker } from '../ballot-maker.ts'
import type { BallotBox, SealedItem, StoreError } from '../box/ballot-box.ts'
import type { KioskElection } from '../election.ts'
import { pollsReport } from '../polls/polls-report.ts'
import {
  type BoundError,
  type ElectionBound,
  electionEnded,
  mayOpen,
  primaryAction,
} from '../polls/polls-rules.ts'
import type { PracticeSession } from '../practice/practice-session.ts'
import type { ProposalSession } from '../proposals/proposal-session.ts'
import type { ReceiptDesk } from '../receipts/receipt-desk.ts'
import { reportReceipt } from '../receipts/receipts.ts'
import type { VoterSession } from '../voter-session.ts'

export interface StaffDeskDeps {
  readonly election: KioskElection
  readonly box: BallotBox
  readonly session: VoterSession
  readonly practice: PracticeSession
  readonly proposals: ProposalSession
  readonly receipts: ReceiptDesk
  readonly maker: Pick<BallotMaker, 'signReport'>
  readonly bound: () => ElectionBound
  readonly health: () => Health
  readonly isHelpCalled: () => boolean
  readonly audit: Audit
  readonly onSealed: (items: readonly SealedItem[]) => void
  readonly onChange: () => void
}

type ClosedPolls = OutputOf<KioskContract['staff.close']>

/**
 * What unlocked staff can do. It can end a voter's session but has no way into one: no choice, no slip number and nothing
 * that casts is within its reach.
 */
export class StaffDesk {
  readonly #deps: StaffDeskDeps
  /** The session that was counted as assisted, so that none counts twice. */
  #assisted: string | null = null

  constructor(deps: StaffDeskDeps) {
    this.#deps = deps
  }

  view(): StaffView {
    const { box, session, practice, proposals, bound, health, isHelpCalled } = this.#deps
    const polls = box.polls()
    const here = this.#here
    return {
      polls,
      primary: primaryAction(polls, bound()),
      bound: this.#boundOf(),
      isVoterHere: session.isVoting || practice.isActive || proposals.isActive,
      isProposing: proposals.isActive,
      isAssisted: here !== null && here === this.#assisted,
      isHelpCalled: isHelpCalled(),
      health: health(),
      opening: polls === 'closed' ? this.#zeroCounts() : null,
      closing: polls === 'final' ? this.#closing() : null,
    }
  }

  open(
    anyway: boolean,
  ): Result<void, 'already-open' | 'polls-final' | 'box-not-empty' | BoundError | StoreError> {
    const { box, bound, audit, onChange } = this.#deps
    const { cast, challenged } = box.counts()
    if (box.polls() === 'closed' && cast + challenged > 0) return err('box-not-empty')
    const allowed = mayOpen(bound(), anyway)
    if (!allowed.ok) return allowed
    const opened = box.openPolls()
    if (!opened.ok) return opened
    audit({ event: 'polls-opened', anyway })
    this.#printReport('opening')
    onChange()
    return opened
  }

  pause(): Result<void, 'not-open' | 'voter-present' | StoreError> {
    const { box, session, proposals, audit, onSealed, onChange } = this.#deps
    if (session.isVoting || proposals.hasText) return err('voter-present')
    const paused = box.pausePolls()
    if (!paused.ok) return paused
    session.end()
    proposals.stopNow()
    onSealed(paused.value)
    audit({ event: 'polls-paused' })
    onChange()
    return ok(undefined)
  }

  resume(anyway: boolean): Result<void, 'not-paused' | BoundError | StoreError> {
    const { box, bound, audit, onSealed, onChange } = this.#deps
    const allowed = mayOpen(bound(), anyway)
    if (box.polls() === 'paused' && !allowed.ok) return allowed
    const resumed = box.resumePolls()
    if (!resumed.ok) return resumed
    onSealed(resumed.value)
    audit({ event: 'polls-resumed', anyway })
    onChange()
    return ok(undefined)
  }

  close(): Result<ClosedPolls, 'not-open' | 'voter-present' | StoreError> {
    const { box, session, practice, proposals, audit, onSealed, onChange } = this.#deps
    if (session.isVoting || proposals.hasText) return err('voter-present')
    const closed = box.closePolls()
    if (!closed.ok) return closed
    session.end()
    practice.stop()
    proposals.stopNow()
    onSealed(closed.value.items)
    const { cast, challenged } = box.counts()
    audit({ event: 'polls-closed', cast, challenged })
    this.#printReport('closing')
    onChange()
    const { report, finalManifest } = this.#closing()
    return ok({ cast, challenged, waiting: box.waiting().length, finalManifest, report })
  }

  /** Erases whatever the person who is here did. */
  endSession(): Result<void, 'nobody-here'> {
    const { session, practice, proposals, audit } = this.#deps
    if (this.#here === null) return err('nobody-here')
    practice.stop()
    proposals.stopNow()
    session.end()
    audit({ event: 'staff-ended-session' })
    return ok(undefined)
  }

  /** Once for each person, at the moment staff say so and not when the ballot is cast. */
  noteAssisted(): Result<void, 'nobody-here' | StoreError> {
    const { session, proposals, box, audit, onChange } = this.#deps
    if (proposals.isActive) return this.noteTyped()
    if (session.id === null) return err('nobody-here')
    if (session.id === this.#assisted) return ok(undefined)
    const counted = box.countAssisted()
    if (!counted.ok) return counted
    this.#assisted = session.id
    audit({ event: 'session-assisted' })
    onChange()
    return ok(undefined)
  }

  /** The same for a person whose proposal staff type. */
  noteTyped(): Result<void, 'nobody-here' | StoreError> {
    const { proposals, box, audit, onChange } = this.#deps
    if (proposals.id === null) return err('nobody-here')
    if (proposals.id === this.#assisted) return ok(undefined)
    const counted = box.countAssisted('proposal')
    if (!counted.ok) return counted
    this.#assisted = proposals.id
    audit({ event: 'proposal-assisted' })
    onChange()
    return ok(undefined)
  }

  print(): Result<void, 'no-report' | 'no-printer'> {
    const { box, receipts } = this.#deps
    const polls = box.polls()
    if (polls !== 'final' && !(polls === 'open' && box.counts().cast === 0)) return err('no-report')
    if (!receipts.hasPrinter) return err('no-printer')
    this.#printReport(polls === 'final' ? 'closing' : 'opening')
    return ok(undefined)
  }

  get #here(): string | null {
    const { practice, proposals, session } = this.#deps
    return practice.id ?? proposals.id ?? session.id
  }

  #zeroCounts(): NonNullable<StaffView['opening']> {
    const { box } = this.#deps
    const { cast, challenged, assisted, proposed, supported } = box.counts()
    return { cast, challenged, assisted, waiting: box.waiting().length, proposed, supported }
  }

  #boundOf(): StaffView['bound'] {
    const bound = this.#deps.bound()
    const allowed = mayOpen(bound, false)
    return allowed.ok ? 'free' : allowed.error
  }

  #closing(): { report: string; finalManifest: string } {
    return { report: this.#sign('closing'), finalManifest: this.#deps.box.finalManifest() as string }
  }

  #sign(kind: 'opening' | 'closing'): string {
    const { maker, box, election } = this.#deps
    return maker.signReport(pollsReport(kind, box, election))
  }

  #printReport(kind: 'opening' | 'closing'): void {
    const { box, election, receipts } = this.#deps
    if (!receipts.hasPrinter) return
    const { cast, challenged, assisted } = box.counts()
    receipts.printReport(
      reportReceipt(
        {
          kind,
          kioskId: election.kioskId,
          counts: { cast, challenged, assisted },
          waiting: box.waiting().length,
          report: this.#sign(kind),
          finalManifest: box.finalManifest(),
        },
        election.manifest.title,
      ),
    )
  }
}

/** Whether new voters are stopped, and why; `null`: they are not. */
export function sessionStop(
  bound: ElectionBound,
  isDiskFull: boolean,
): 'election-closed' | 'disk-nearly-full' | null {
  if (electionEnded(bound)) return 'election-closed'
  return isDiskFull ? 'disk-nearly-full' : null
}
