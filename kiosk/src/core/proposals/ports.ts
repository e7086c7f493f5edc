import { err } from '@hanpyo/protocol/result.ts'
import type { ModerationDesk } from './moderation-desk.ts'
import type { Submit } from './proposal-session.ts'
import type { Shelf } from './shelf.ts'

/** What the core gets of the proposals' room. */
export interface ProposalPorts {
  readonly shelf: Shelf
  readonly submit: Submit
  readonly moderation: ModerationDesk
}

/** For an election that takes no proposals. */
export const NO_PROPOSALS: ProposalPorts = {
  shelf: { list: () => [], find: () => null, similarTo: () => [] },
  submit: () => {
    throw new Error('this election takes no proposals')
  },
  moderation: {
    list: () => err('proposals-not-offered'),
    moderate: () => err('proposals-not-offered'),
  },
}
