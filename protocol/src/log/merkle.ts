import { equalBytes } from '../bytes.ts'
import { sha256 } from '../hash.ts'
import { isSize } from './decimal.ts'

/**
 * The Merkle tree of RFC 6962 section 2.1. Sizes and indexes are plain numbers up to 2^53 − 1 and are only
 * ever divided, never shifted: JavaScript's bit operators would cut them to 32 bits.
 */

const LEAF_PREFIX = Uint8Array.of(0x00)
const NODE_PREFIX = Uint8Array.of(0x01)

/** Root of the tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array(0))

/** A run of leaves `[start, end)` whose Merkle tree hash is one element of a proof. */
export interface LeafRange {
  readonly start: number
  readonly end: number
}

/** SHA-256(0x00 ‖ entry). */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(LEAF_PREFIX, entry)
}

/** SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(NODE_PREFIX, left, right)
}

/** Merkle tree hash of entries, which are hashed as leaves first. */
export function rootOf(entries: readonly Uint8Array[]): Uint8Array {
  return rootOfHashes(entries.map(leafHash))
}

/** Merkle tree hash of leaves given by their leaf hashes. */
export function rootOfHashes(leafHashes: readonly Uint8Array[]): Uint8Array {
  const range = new CompactRange()
  for (const hash of leafHashes) range.append(hash)
  return range.root()
}

/** Largest power of two smaller than `size`, which is at least 2. */
export function splitPoint(size: number): number {
  let split = 1
  while (split * 2 < size) split *= 2
  return split
}

/** The leaf runs whose hashes prove that leaf `index` is in a tree of `size`, leaf's sibling first. */
export function inclusionRanges(index: number, size: number): LeafRange[] {
  assertIndex(index, size)
  const ranges: LeafRange[] = []
  let start = 0
  let end = size
  while (end - start > 1) {
    const middle = start + splitPoint(end - start)
    if (index < middle) {
      ranges.push({ start: middle, end })
      end = middle
    } else {
      ranges.push({ start, end: middle })
      start = middle
    }
  }
  return ranges.reverse()
}

/** The leaf runs whose hashes prove that the tree of `oldSize` is a prefix of the one of `newSize`. */
export function consistencyRanges(oldSize: number, newSize: number): LeafRange[] {
  assertSizes(oldSize, newSize)
  if (oldSize === 0 || oldSize === newSize) return []
  const ranges: LeafRange[] = []
  let start = 0
  let end = newSize
  while (end !== oldSize) {
    const middle = start + splitPoint(end - start)
    if (oldSize <= middle) {
      ranges.push({ start: middle, end })
      end = middle
    } else {
      ranges.push({ start, end: middle })
      start = middle
    }
  }
  if (start !== 0) ranges.push({ start, end })
  return ranges.reverse()
}

/** The inclusion proof of leaf `index` in the tree of all given leaf hashes (RFC 6962 section 2.1.1). */
export function inclusionProof(leafHashes: readonly Uint8Array[], index: number): Uint8Array[] {
  return inclusionRanges(index, leafHashes.length).map(({ start, end }) =>
    rootOfHashes(leafHashes.slice(start, end)),
  )
}

/** The consistency proof from the first `oldSize` leaves to all of them (RFC 6962 section 2.1.2). */
export function consistencyProof(leafHashes: readonly Uint8Array[], oldSize: number): Uint8Array[] {
  return consistencyRanges(oldSize, leafHashes.length).map(({ start, end }) =>
    rootOfHashes(leafHashes.slice(start, end)),
  )
}

/** RFC 9162 section 2.1.3.2. False, never an exception, for sizes or hashes of the wrong kind. */
export function verifyInclusion(claim: {
  readonly leafHash: Uint8Array
  readonly index: number
  readonly size: number
  readonly proof: readonly Uint8Array[]
  readonly root: Uint8Array
}): boolean {
  const { index, size, proof, root } = claim
  if (!isSize(index) || !isSize(size) || index >= size) return false
  if (claim.leafHash.length !== 32 || proof.some((hash) => hash.length !== 32)) return false
  let node = index
  let last = size - 1
  let hash = claim.leafHash
  for (const sibling of proof) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash)
      while (node % 2 === 0 && node !== 0) {
        node = node / 2
        last = Math.floor(last / 2)
      }
    } else {
      hash = nodeHash(hash, sibling)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && equalBytes(hash, root)
}

/**
 * RFC 9162 section 2.1.4.2, with the two cases it leaves out: from size 0 and between equal sizes the proof
 * is empty (and from size 0 the old root is that of the empty tree).
 */
export function verifyConsistency(claim: {
  readonly oldSize: number
  readonly oldRoot: Uint8Array
  readonly newSize: number
  readonly newRoot: Uint8Array
  readonly proof: readonly Uint8Array[]
}): boolean {
  const { oldSize, oldRoot, newSize, newRoot, proof } = claim
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) return false
  if (newRoot.length !== 32 || proof.some((hash) => hash.length !== 32)) return false
  if (newSize === 0 && !equalBytes(newRoot, EMPTY_ROOT)) return false
  if (oldSize === newSize) return proof.length === 0 && equalBytes(oldRoot, newRoot)
  if (oldSize === 0) return proof.length === 0 && equalBytes(oldRoot, EMPTY_ROOT)
  let node = oldSize - 1
  let last = newSize - 1
  while (node % 2 === 1) {
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  const path = node === 0 ? [oldRoot, ...proof] : [...proof]
  const first = path.shift()
  if (first === undefined) return false
  let oldHash = first
  let newHash = first
  for (const sibling of path) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      oldHash = nodeHash(sibling, oldHash)
      newHash = nodeHash(sibling, newHash)
      while (node % 2 === 0 && node !== 0) {
        node = node / 2
        last = Math.floor(last / 2)
      }
    } else {
      newHash = nodeHash(newHash, sibling)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && equalBytes(oldHash, oldRoot) && equalBytes(newHash, newRoot)
}

/** Sizes of the perfect subtrees that make up a tree of `size`, left to right: its binary digits. */
export function perfectSizes(size: number): number[] {
  if (!isSize(size)) throw new RangeError(`"size" is not a tree size: ${size}`)
  const sizes: number[] = []
  for (let power = 1, left = size; left > 0; power *= 2, left = Math.floor(left / 2)) {
    if (left % 2 === 1) sizes.push(power)
  }
  return sizes.reverse()
}

/**
 * The roots of the perfect subtrees of a growing tree: at most 53 hashes, enough to append leaves and to
 * compute the root. This is all of a tree that has to be kept to check that it only grows.
 */
export class CompactRange {
  #size = 0
  readonly #hashes: Uint8Array[] = []

  /** A range restored from `size` and the hashes `hashes` returned; throws when their number does not fit. */
  static from(size: number, hashes: readonly Uint8Array[]): CompactRange {
    if (perfectSizes(size).length !== hashes.length) throw new RangeError('"hashes" do not fit "size"')
    if (hashes.some((hash) => hash.length !== 32)) throw new RangeError('"hashes" are not 32 bytes each')
    const range = new CompactRange()
    range.#size = size
    range.#hashes.push(...hashes)
    return range
  }

  get size(): number {
    return this.#size
  }

  /** Roots of the perfect subtrees, left to right. */
  get hashes(): readonly Uint8Array[] {
    return this.#hashes
  }

  /** Adds one leaf by its leaf hash. */
  append(hash: Uint8Array): void {
    if (hash.length !== 32) throw new RangeError('"hash" is not 32 bytes')
    let node = hash
    for (let left = this.#size; left % 2 === 1; left = Math.floor(left / 2)) {
      node = nodeHash(this.#hashes.pop() as Uint8Array, node)
    }
    this.#hashes.push(node)
    this.#size += 1
  }

  /** The RFC 6962 root of everything appended so far. */
  root(): Uint8Array {
    return foldRight(this.#hashes) ?? EMPTY_ROOT
  }
}

/** Joins hashes of perfect subtrees, left to right, into the hash of the run they cover. */
export function foldRight(hashes: readonly Uint8Array[]): Uint8Array | undefined {
  let root: Uint8Array | undefined
  for (let i = hashes.length - 1; i >= 0; i--) {
    const hash = hashes[i] as Uint8Array
    root = root === undefined ? hash : nodeHash(hash, root)
  }
  return root
}

function assertIndex(index: number, size: number): void {
  if (!isSize(size) || !isSize(index) || index >= size) {
    throw new RangeError(`"index" ${index} is not in a tree of size ${size}`)
  }
}

function assertSizes(oldSize: number, newSize: number): void {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) {
    throw new RangeError(`"oldSize" ${oldSize} is not at most "newSize" ${newSize}`)
  }
}
