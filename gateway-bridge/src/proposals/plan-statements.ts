import { RULES } from '@hanpyo/protocol/election/rules.ts'
import type { ElectionState } from '@hanpyo/protocol/election/state.ts'
import type { WaitingItem, WaitingRoom } from '../admission/waiting-room.ts'
import type { BatchPlan, PublishedRecord } from '../sequencer/commit-batch.ts'

/**
 * The batch of proposals and supports, apart from ballots. Each was judged beside everything that waits, so that any
 * part of it may go first; what the log stops by now leaves without a leaf.
 */
export function planStatements(
  state: ElectionState,
  waiting: WaitingRoom,
  due: ReadonlySet<WaitingItem>,
): BatchPlan {
  const withdrawn: Uint8Array[] = []
  const withdrawnTexts: Uint8Array[] = []
  const ready = { proposal: [] as PublishedRecord[], support: [] as PublishedRecord[] }
  for (const item of waiting.statements()) {
    if (!due.has(item)) continue
    const isStopped = state.check(item.leaf, { trusted: true }).some(({ rule }) => RULES[rule].stops)
    if (!isStopped) {
      ready[item.is].push({ id: item.id, key: item.id, leaf: item.leaf })
      continue
    }
    withdrawn.push(item.id)
    if (item.is === 'proposal') withdrawnTexts.push(item.id)
  }
  return {
    notes: [],
    ballots: [],
    challenged: [],
    refusals: [],
    proposals: ready.proposal,
    supports: ready.support,
    withdrawn,
    surplus: [],
    erasedTexts: withdrawnTexts,
    refusedMore: new Map(),
  }
}
