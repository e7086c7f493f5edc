import { err, type Result } from '@hanpyo/protocol/result.ts'
import type { Handlers } from '../../contract/define.ts'
import type { proposalMethods } from '../../contract/proposal-contract.ts'
import type { KioskView } from '../../contract/views.ts'
import type { StoreError } from '../box/ballot-box.ts'
import type { ModerationDesk } from './moderation-desk.ts'
import type { ProposalSession } from './proposal-session.ts'

type Step<E extends string> = () => Result<void, E>

/** The contract's methods about proposals over a session and the staff's moderation. */
export function proposalHandlers(deps: {
  readonly proposals: ProposalSession
  readonly moderation: ModerationDesk
  /** Nobody votes or practises. */
  readonly isAttract: () => boolean
  readonly noteTyped: () => Result<void, 'nobody-here' | StoreError>
  /** A step of the person at the screen; refused while staff are there. */
  readonly voter: <E extends string>(step: Step<E>) => Result<KioskView, E | 'staff-unlocked'>
  readonly byStaff: <T, E extends string>(act: () => Result<T, E>) => Result<T, E | 'staff-locked'>
  readonly after: <E extends string>(result: Result<void, E>) => Result<KioskView, E>
}): Handlers<typeof proposalMethods> {
  const { proposals, moderation, voter, byStaff } = deps
  return {
    'proposal.start': async () => voter(() => (deps.isAttract() ? proposals.start() : err('wrong-step'))),
    'proposal.new': async () => voter(() => proposals.apply({ type: 'new' })),
    'proposal.topic': async ({ topic }) => voter(() => proposals.topic(topic)),
    'proposal.text': async ({ text }) => voter(() => proposals.text(text)),
    'proposal.next': async () => voter(() => proposals.next()),
    'proposal.back': async () => voter(() => proposals.apply({ type: 'back' })),
    'proposal.list': async ({ page }) => voter(() => proposals.apply({ type: 'list', page })),
    'proposal.show': async ({ id }) => voter(() => proposals.show(id)),
    'proposal.support': async ({ id }) => voter(() => proposals.support(id)),
    'proposal.confirm': async () => voter(() => proposals.apply({ type: 'confirm' })),
    'proposal.assisted': async () => byStaff(() => deps.after(deps.noteTyped())),
    'staff.proposals': async ({ page }) => byStaff(() => moderation.list(page)),
    'staff.moderate': async (change) => byStaff(() => moderation.moderate(change)),
  }
}
