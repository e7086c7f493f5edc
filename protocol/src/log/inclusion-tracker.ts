import { EMPTY_ROOT, foldRight, nodeHash, perfectSizes } from './merkle.ts'

interface Subtree {
  readonly hash: Uint8Array
  /** Followed leaves inside it. */
  readonly leaves: readonly number[]
}

/**
 * A growing tree that can prove its followed leaves at every size, without keeping or asking for any other leaf: of each
 * followed leaf it keeps the siblings that are complete. Memory: the right edge and at most 53 hashes of 32 bytes for
 * each followed leaf.
 */
export class InclusionTracker {
  #size = 0
  readonly #edge: Subtree[] = []
  readonly #siblings = new Map<number, Uint8Array[]>()

  get size(): number {
    return this.#size
  }

  /** Adds one leaf by its leaf hash (32 bytes), to be proved later when it is followed. */
  append(hash: Uint8Array, isFollowed = false): void {
    if (hash.length !== 32) throw new RangeError('"hash" is not 32 bytes')
    if (isFollowed) this.#siblings.set(this.#size, [])
    let node: Subtree = { hash, leaves: isFollowed ? [this.#size] : [] }
    for (let left = this.#size; left % 2 === 1; left = Math.floor(left / 2)) {
      node = this.#join(this.#edge.pop() as Subtree, node)
    }
    this.#edge.push(node)
    this.#size += 1
  }

  /** Stops following a leaf. */
  forget(index: number): void {
    this.#siblings.delete(index)
  }

  /** The RFC 6962 root of everything appended so far. */
  root(): Uint8Array {
    return foldRight(this.#edge.map(({ hash }) => hash)) ?? EMPTY_ROOT
  }

  /** The inclusion proof (RFC 6962 section 2.1.1) of a followed leaf in the tree as it is now. Throws for another leaf. */
  proof(index: number): Uint8Array[] {
    const siblings = this.#siblings.get(index)
    if (siblings === undefined) throw new RangeError(`"index" ${index} is not followed`)
    let end = 0
    const at = perfectSizes(this.#size).findIndex((size) => {
      end += size
      return index < end
    })
    const hashes = this.#edge.map(({ hash }) => hash)
    const right = foldRight(hashes.slice(at + 1))
    return [...siblings, ...(right === undefined ? [] : [right]), ...hashes.slice(0, at).reverse()]
  }

  #join(left: Subtree, right: Subtree): Subtree {
    const follow = (leaves: readonly number[], sibling: Uint8Array): number[] =>
      leaves.filter((index) => {
        const siblings = this.#siblings.get(index)
        siblings?.push(sibling)
        return siblings !== undefined
      })
    const leaves = [...follow(left.leaves, right.hash), ...follow(right.leaves, left.hash)]
    return { hash: nodeHash(left.hash, right.hash), leaves }
  }
}
