import { toHex, utf8 } from '../bytes.ts'
import type { Ed25519 } from '../group/group.ts'
import { sha256 } from '../hash.ts'
import { batchLeaf, orderBatch } from '../log/batch.ts'
import { signCheckpoint } from '../log/checkpoint.ts'
import { leafHash } from '../log/merkle.ts'
import type { LogReader } from '../log/reader.ts'
import { bundlesOf, encodeBundle, entriesPath, TILE_WIDTH, TileSet, tilePath } from '../log/tiles.ts'

type KeyedLeaf = { readonly key: Uint8Array; readonly leaf: Uint8Array }

/** A log in memory that grows by whole batches, as a bridge would publish it. */
export class LedgerBuilder {
  readonly origin: string
  readonly leaves: Uint8Array[] = []
  /** Every file of the published log but the checkpoint, by path, as `hanpyo copy` would lay them out. */
  readonly files = new Map<string, Uint8Array>()
  readonly #ed25519: Ed25519
  readonly #logSeed: Uint8Array
  readonly #tiles = new TileSet()
  #batches = 0
  #previousBatch: Uint8Array = new Uint8Array(32)
  #batchFirst = 0
  #checkpoint: string | null = null

  constructor(log: { readonly ed25519: Ed25519; readonly origin: string; readonly logSeed: Uint8Array }) {
    this.origin = log.origin
    this.#ed25519 = log.ed25519
    this.#logSeed = log.logSeed
  }

  get size(): number {
    return this.leaves.length
  }

  /** The newest signed checkpoint note. */
  get checkpoint(): string | null {
    return this.#checkpoint
  }

  /** Stores a blob under its hash and returns the hash in hex. */
  addBlob(bytes: Uint8Array): string {
    const hash = toHex(sha256(bytes))
    this.files.set(`blob/${hash}`, bytes)
    return hash
  }

  /** Appends one batch in ledger order with its batch leaf, and signs the next checkpoint. */
  addBatch(contents: {
    readonly notes?: readonly Uint8Array[]
    readonly ballots?: readonly KeyedLeaf[]
    readonly challenged?: readonly KeyedLeaf[]
    readonly refusals?: readonly KeyedLeaf[]
    readonly refusedMore?: Readonly<Record<string, number>>
  }): void {
    const { notes = [], ballots = [], challenged = [], refusals = [], refusedMore = {} } = contents
    this.addLeaves(orderBatch({ notes, ballots, challenged, refusals }))
    const first = this.#batchFirst
    this.addBatchLeaf(
      batchLeaf({
        count: this.size - first,
        first,
        number: this.#batches + 1,
        prev: this.#previousBatch,
        refusedMore,
      }),
    )
  }

  /** Appends leaves as they are, right or wrong, without a batch leaf or checkpoint. */
  addLeaves(leaves: readonly Uint8Array[]): void {
    for (const tile of this.#tiles.append(leaves.map(leafHash))) {
      this.files.set(tilePath(tile.level, tile.index, tile.width), tile.bytes)
    }
    this.leaves.push(...leaves)
  }

  /** Appends a batch leaf as it is and signs a checkpoint. */
  addBatchLeaf(leaf: Uint8Array): void {
    this.addLeaves([leaf])
    this.#batches += 1
    this.#previousBatch = leafHash(leaf)
    this.#batchFirst = this.size
    this.publish()
  }

  /** Writes the bundles and signs a checkpoint over everything appended so far. */
  publish(): void {
    for (const { index, width } of bundlesOf(this.size)) {
      const start = index * TILE_WIDTH
      this.files.set(entriesPath(index, width), encodeBundle(this.leaves.slice(start, start + width)))
    }
    const checkpoint = { origin: this.origin, size: this.size, root: this.#tiles.root() }
    this.#checkpoint = signCheckpoint({ ed25519: this.#ed25519, seed: this.#logSeed, checkpoint })
  }

  /** The published log as a reader would get it from a server. */
  reader(): LogReader {
    const file = async (path: string): Promise<Uint8Array | null> => this.files.get(path) ?? null
    return {
      checkpoint: async () => this.#checkpoint,
      tile: (level, index, width) => file(tilePath(level, index, width)),
      entries: (index, width) => file(entriesPath(index, width)),
      blob: (hashHex) => file(`blob/${hashHex}`),
    }
  }

  /** All files of the log, the checkpoint included. */
  allFiles(): Map<string, Uint8Array> {
    const all = new Map(this.files)
    if (this.#checkpoint !== null) all.set('checkpoint', utf8(this.#checkpoint))
    return all
  }
}
