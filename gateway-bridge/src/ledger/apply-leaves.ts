import { RULES, type Violation } from '@hanpyo/protocol/election/rules.ts'
import type { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { blobLookupFor } from '../records/named-blob.ts'
import type { LedgerFacts } from '../status/facts.ts'
import type { LedgerEngine } from './engine.ts'

/**
 * Takes the next committed leaves into memory: the one way for a restart, for a batch of our own and for one that another
 * replica has cut. Signatures and proofs were checked before they were logged. Blobs are read first; then all leaves
 * are applied in one turn of the event loop.
 *
 * @returns the first rule that a leaf breaks so that it could not stand in a log; what follows it was not applied
 */
export async function applyLeaves(
  engine: LedgerEngine,
  to: { readonly state: ElectionState; readonly facts: LedgerFacts },
  leaves: readonly Uint8Array[],
  /** Ballot ids by their leaves, as far as they are known. */
  ballotIds: ReadonlyMap<Uint8Array, Uint8Array> = new Map(),
): Promise<Violation | undefined> {
  const lookups = await Promise.all(leaves.map((leaf) => blobLookupFor(engine, leaf)))
  for (const [at, leaf] of leaves.entries()) {
    const blob = lookups[at] as (typeof lookups)[number]
    const ballotId = ballotIds.get(leaf)
    const options = { trusted: true, blob, ...(ballotId === undefined ? {} : { ballotId }) }
    const broken = to.state.apply(leaf, options).find(({ rule }) => RULES[rule].stops)
    if (broken !== undefined) return broken
    to.facts.add(leaf)
  }
  return undefined
}
