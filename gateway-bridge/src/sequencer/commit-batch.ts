import { batchLeaf, type KeyedLeaf, orderBatch, orderProposalBatch } from '@hanpyo/protocol/log/batch.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Head, LedgerEngine, SpentCredential, StorageError } from '../ledger/engine.ts'
import type { LogState } from './log-state.ts'

/** A waiting record that a batch publishes; `key` is what the batch sorts by, `id` what the waiting table knows. */
export interface PublishedRecord extends KeyedLeaf {
  readonly id: Uint8Array
}

/** An accepted ballot, with the credential it has spent. */
export interface PublishedBallot extends PublishedRecord {
  readonly credential: number
}

/** A stored refusal that a limit keeps out of the log. */
export interface SurplusRefusal {
  readonly id: Uint8Array
  readonly kioskId: number
}

/** What one batch takes out of the waiting table. */
export interface BatchPlan {
  readonly notes: readonly PublishedRecord[]
  readonly ballots: readonly PublishedBallot[]
  readonly challenged: readonly PublishedRecord[]
  readonly refusals: readonly PublishedRecord[]
  /** Proposals and supports never share a batch with ballots, challenged ballots or refusals. */
  readonly proposals: readonly PublishedRecord[]
  readonly supports: readonly PublishedRecord[]
  /** Records that can no longer be logged and leave the waiting table without a leaf. */
  readonly withdrawn: readonly Uint8Array[]
  /** Refusals beyond the limits: they are counted instead, before this batch is written. */
  readonly surplus: readonly SurplusRefusal[]
  /** Proposal ids whose salt and text are deleted with this batch. */
  readonly erasedTexts: readonly Uint8Array[]
  /** Refusals by kiosk that were counted instead of logged. */
  readonly refusedMore: ReadonlyMap<number, number>
}

/** Signs a checkpoint for this tree; refuses to sign a second root for a size. */
export type SignCheckpoint = (size: number, root: Uint8Array) => string

export interface CommittedBatch {
  readonly log: LogState
  /** The appended leaves in order, the batch leaf last. */
  readonly leaves: readonly Uint8Array[]
  /** Ids of its ballots by their leaves. */
  readonly ballotIds: ReadonlyMap<Uint8Array, Uint8Array>
}

/**
 * The one irreversible step of the bridge: appends a batch to the log in a single transaction. Before it returns
 * `ok` everything is on disk; when it returns an error nothing is, and `log` is still where the log stands.
 * Publishing (files, HTTP, acks to people who wait) comes after, from what this returns.
 */
export async function commitBatch(
  engine: LedgerEngine,
  sign: SignCheckpoint,
  log: LogState,
  plan: BatchPlan,
): Promise<Result<CommittedBatch, StorageError | 'head-moved'>> {
  const first = log.head.size
  const records = [
    ...orderBatch({ ...plan, notes: plan.notes.map(({ leaf }) => leaf) }),
    ...orderProposalBatch(plan),
  ]
  const closing = batchLeaf({
    count: records.length,
    first,
    number: log.batchNumber + 1,
    prev: log.lastBatchHash,
    refusedMore: Object.fromEntries(plan.refusedMore),
  })
  const leaves = [...records, closing]
  const hashes = leaves.map(leafHash)
  const tree = log.tree.clone()
  const tiles = tree.append(hashes).map((tile) => ({
    level: tile.level,
    number: tile.index,
    hashes: tile.bytes,
  }))

  const committed = await engine.transaction<Head, 'head-moved'>(async (tx) => {
    if (((await tx.head())?.size ?? 0) !== first) return err('head-moved')
    await tx.insertEntries(first, leaves)
    await tx.markSpent(spentBy(first, leaves, plan.ballots))
    await tx.putTiles(tiles)
    const root = tree.root()
    const head: Head = { size: tree.size, root, checkpoint: sign(tree.size, root) }
    if (!(await tx.moveHead(first, head))) return err('head-moved')
    await tx.clearWaiting([...publishedIn(plan), ...plan.withdrawn])
    await tx.eraseTexts(plan.erasedTexts)
    await tx.takeRefusedMore(plan.refusedMore)
    return ok(head)
  })
  if (!committed.ok) return committed
  const lastBatchHash = hashes.at(-1) as Uint8Array
  const next = { head: committed.value, tree, batchNumber: log.batchNumber + 1, lastBatchHash }
  return ok({ log: next, leaves, ballotIds: new Map(plan.ballots.map(({ leaf, id }) => [leaf, id])) })
}

function spentBy(
  first: number,
  leaves: readonly Uint8Array[],
  ballots: readonly PublishedBallot[],
): SpentCredential[] {
  const positions = new Map(leaves.map((leaf, offset) => [leaf, first + offset]))
  return ballots.map(({ credential, id, leaf }) => ({
    credential,
    id,
    position: positions.get(leaf) as number,
  }))
}

/** Ids of everything that a plan publishes. */
export function publishedIn(plan: BatchPlan): Uint8Array[] {
  const { notes, ballots, challenged, refusals, proposals, supports } = plan
  return [...notes, ...ballots, ...challenged, ...refusals, ...proposals, ...supports].map(({ id }) => id)
}
