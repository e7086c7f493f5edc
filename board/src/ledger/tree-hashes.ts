import {
  EMPTY_ROOT,
  foldRight,
  inclusionRanges,
  nodeHash,
  perfectSizes,
} from '@hanpyo/protocol/log/merkle.ts'

/**
 * Every hash of a growing RFC 6962 tree, so that the root at any size and the proof of any leaf are a few steps.
 * Memory: 64 bytes a leaf.
 */
export class TreeHashes {
  /** `#levels[k][i]` covers the leaves from i·2^k on. */
  readonly #levels: Uint8Array[][] = [[]]

  get size(): number {
    return this.#levels[0]?.length ?? 0
  }

  /** Adds a leaf by its leaf hash. */
  append(leafHash: Uint8Array): void {
    let hash = leafHash
    for (let level = 0; ; level++) {
      const hashes = this.#levels[level] ?? []
      this.#levels[level] = hashes
      hashes.push(hash)
      if (hashes.length % 2 === 1) return
      hash = nodeHash(hashes.at(-2) as Uint8Array, hash)
    }
  }

  /** Takes back the leaves from `size` on. */
  truncate(size: number): void {
    for (const [level, hashes] of this.#levels.entries()) hashes.length = Math.floor(size / 2 ** level)
  }

  /** The root of the first `size` leaves. */
  root(size: number = this.size): Uint8Array {
    return size === 0 ? EMPTY_ROOT : this.#range(0, size)
  }

  /** The inclusion proof of a leaf in the tree of `size`, the leaf's sibling first. */
  inclusionProof(index: number, size: number = this.size): Uint8Array[] {
    return inclusionRanges(index, size).map(({ start, end }) => this.#range(start, end))
  }

  leafHash(index: number): Uint8Array | undefined {
    return this.#levels[0]?.[index]
  }

  #range(start: number, end: number): Uint8Array {
    const runs: Uint8Array[] = []
    let at = start
    for (const length of perfectSizes(end - start)) {
      runs.push(this.#levels[Math.log2(length)]?.[at / length] as Uint8Array)
      at += length
    }
    return foldRight(runs) as Uint8Array
  }
}
