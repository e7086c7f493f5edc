import {
  type BundleCoordinate,
  changedBundles,
  decodeBundle,
  entriesPath,
  TILE_WIDTH,
} from '@hanpyo/protocol/log/tiles.ts'
import { type Host, HostError } from '../host/host.ts'
import type { BundleStore } from '../host/stores.ts'
import type { Problem } from '../snapshot.ts'

export interface ReadLeavesInput {
  readonly host: Host
  readonly store: BundleStore
  /** What the store knows the log by. */
  readonly log: string
  /** Leaves at hand already. */
  readonly from: number
  readonly size: number
  readonly onProgress: (leaves: number) => void
}

export interface ReadLeaves {
  /** Leaves `from`, `from + 1`, … as far as they could be read. Not proven yet. */
  readonly leaves: readonly Uint8Array[]
  /** Why there are no more; null when all are there. */
  readonly problem: Problem | null
  /** Whether some came from the store, which may be wrong as well. */
  readonly usedStore: boolean
}

/** Bundles on their way at the same time. */
const AHEAD = 6

/** Reads the records of a log from its bundles, the full ones from the store where it has them. */
export async function readLeaves(input: ReadLeavesInput): Promise<ReadLeaves> {
  const leaves: Uint8Array[] = []
  let usedStore = false
  const coordinates = [...changedBundles(input.from, input.size)]
  const waiting: Promise<Bundle>[] = []
  let next = 0
  for (const coordinate of coordinates) {
    while (waiting.length < AHEAD && next < coordinates.length) {
      waiting.push(readBundle(input, coordinates[next++] as BundleCoordinate))
    }
    const bundle = await (waiting.shift() as Promise<Bundle>)
    if ('problem' in bundle) {
      await Promise.all(waiting)
      return { leaves, problem: bundle.problem, usedStore }
    }
    usedStore ||= bundle.fromStore
    const skipped = Math.max(0, input.from - coordinate.index * TILE_WIDTH)
    leaves.push(...bundle.leaves.slice(skipped))
    input.onProgress(input.from + leaves.length)
  }
  return { leaves, problem: null, usedStore }
}

type Bundle =
  | { readonly leaves: readonly Uint8Array[]; readonly fromStore: boolean }
  | { readonly problem: Problem }

/** Never rejects for what the host does. */
async function readBundle(input: ReadLeavesInput, { index, width }: BundleCoordinate): Promise<Bundle> {
  const { host, store, log } = input
  try {
    const isFull = width === TILE_WIDTH
    const kept = isFull ? await store.get(log, index) : null
    if (kept !== null) {
      const leaves = decodeBundle(kept, width)
      if (leaves.ok) return { leaves: leaves.value, fromStore: true }
    }
    const exact = await host.entries(index, width)
    // A log may delete a partial bundle once the full one exists.
    const full = exact === null && !isFull ? await host.entries(index) : null
    const bytes = exact ?? full
    if (bytes === null) return { problem: { code: 'records-missing', detail: entriesPath(index, width) } }
    const leaves = decodeBundle(bytes, exact === null ? TILE_WIDTH : width)
    if (!leaves.ok) {
      return { problem: { code: 'records-garbage', detail: `${entriesPath(index, width)}: ${leaves.error}` } }
    }
    if (isFull) await store.put(log, index, bytes)
    return { leaves: leaves.value.slice(0, width), fromStore: false }
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    const code = error.code === 'too-large' ? 'records-garbage' : error.code
    return { problem: { code, detail: error.message } }
  }
}
