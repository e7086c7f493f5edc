import type { Command } from '@hanpyo/platform/command.ts'
import { decrypt, mix, result } from './commands/count.ts'
import { electionNew, electionPublish, electionValidate } from './commands/election.ts'
import {
  electionIncident,
  electionTestSlips,
  electionTurnout,
  electionVoidSlips,
} from './commands/notices.ts'
import { electionClose, electionOpen, electionSeal } from './commands/polls.ts'
import { proposalList, proposalModerate } from './commands/proposals.ts'
import { electionSlipsAllocate, electionSlipsList } from './commands/slips.ts'
import {
  trusteeCommit,
  trusteeConfirm,
  trusteeDryRun,
  trusteeInit,
  trusteePost,
  trusteeReveal,
  trusteeShare,
  trusteeVerify,
} from './commands/trustee.ts'

/** What this room adds to `hanpyo`. */
export const commands: Command[] = [
  electionValidate,
  electionNew,
  electionPublish,
  electionOpen,
  electionClose,
  electionSeal,
  electionIncident,
  electionTurnout,
  electionVoidSlips,
  electionTestSlips,
  electionSlipsAllocate,
  electionSlipsList,
  proposalList,
  proposalModerate,
  trusteeInit,
  trusteeCommit,
  trusteeReveal,
  trusteeShare,
  trusteeConfirm,
  trusteeVerify,
  trusteeDryRun,
  trusteePost,
  mix,
  decrypt,
  result,
]
