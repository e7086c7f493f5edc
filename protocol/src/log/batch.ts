import { compareBytes, toBase64, utf8 } from '../bytes.ts'
import { encodeLeaf, RECORD } from '../election/leaf.ts'
import { canonicalJson } from '../json.ts'

/** A leaf (`u8 type ‖ body`) with the 32 bytes it is sorted by: a ballot id or a tracker. */
export interface KeyedLeaf {
  readonly key: Uint8Array
  readonly leaf: Uint8Array
}

/** What one tick appends. Notes keep the order in which they were accepted. */
export interface BatchContents {
  readonly notes: readonly Uint8Array[]
  readonly ballots: readonly KeyedLeaf[]
  readonly challenged: readonly KeyedLeaf[]
  readonly refusals: readonly KeyedLeaf[]
}

/** What the second batch of a tick appends: proposals are batched apart from ballots. */
export interface ProposalBatchContents {
  /** By proposal id. */
  readonly proposals: readonly KeyedLeaf[]
  /** By `supportOrder`. */
  readonly supports: readonly KeyedLeaf[]
}

export interface BatchLeafFields {
  /** Leaves of this batch, not counting the batch leaf itself. */
  readonly count: number
  /** Index of the first of them. */
  readonly first: number
  /** Number of this batch, from 1. */
  readonly number: number
  /** Leaf hash of the previous batch leaf, 32 bytes; zeros for the first. */
  readonly prev: Uint8Array
  /** Refusals that went over the limits and are counted only, by kiosk id. */
  readonly refusedMore: Readonly<Record<string, number>>
}

/**
 * The leaves of a batch in ledger order: notes, ballots by id, challenged ballots by tracker, refusals by
 * ballot id. Sorting by hash is what keeps the order of arrival out of the ledger.
 */
export function orderBatch(contents: BatchContents): Uint8Array[] {
  return [
    ...contents.notes,
    ...sorted(contents.ballots),
    ...sorted(contents.challenged),
    ...sorted(contents.refusals),
  ]
}

/** The leaves of a batch of proposals in ledger order: proposals by id, supports by the hash of their body. */
export function orderProposalBatch(contents: ProposalBatchContents): Uint8Array[] {
  return [...sorted(contents.proposals), ...sorted(contents.supports)]
}

/** The batch leaf: type byte and canonical JSON with a final newline, unsigned. */
export function batchLeaf(fields: BatchLeafFields): Uint8Array {
  const { count, first, number, prev, refusedMore } = fields
  if (prev.length !== 32) throw new RangeError('"prev" is not 32 bytes')
  const text = canonicalJson({ count, first, number, prev: toBase64(prev), refusedMore })
  return encodeLeaf(RECORD.batch, utf8(`${text}\n`))
}

function sorted(leaves: readonly KeyedLeaf[]): Uint8Array[] {
  return [...leaves].sort((a, b) => compareBytes(a.key, b.key)).map(({ leaf }) => leaf)
}
