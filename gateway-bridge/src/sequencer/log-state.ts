import type { TileSet } from '@hanpyo/protocol/log/tiles.ts'
import type { Head } from '../ledger/engine.ts'

/** Where the log stands after its last committed batch; everything the next append builds on. */
export interface LogState {
  readonly head: Head
  /** The right edge of the tree; never changed, only replaced. */
  readonly tree: TileSet
  /** Number of the last batch, from 1; 0 for an empty log. */
  readonly batchNumber: number
  /** Leaf hash of the last batch leaf; zeros before the first. */
  readonly lastBatchHash: Uint8Array
}
