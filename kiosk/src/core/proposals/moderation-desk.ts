import type { Result } from '@hanpyo/protocol/result.ts'
import type { StaffProposals } from '../../contract/proposal-views.ts'
import type { StoreError } from '../box/ballot-box.ts'

/** Hiding and showing proposals of the own centre, with a reason that becomes public. */
export interface ModerationDesk {
  list(page: number): Result<StaffProposals, 'proposals-not-offered'>
  /** @param change.id lower-case hex. */
  moderate(change: {
    readonly id: string
    readonly action: 'hide' | 'show'
    readonly reason: string
  }): Result<
    StaffProposals,
    'proposals-not-offered' | 'unknown-proposal' | 'no-change' | 'reason-not-plain' | StoreError
  >
}
