import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteWriter, utf8 } from '../bytes.ts'
import {
  CompactRange,
  consistencyProof,
  consistencyRanges,
  EMPTY_ROOT,
  inclusionProof,
  inclusionRanges,
  leafHash,
  nodeHash,
  perfectSizes,
  rootOfHashes,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'

/** Every leaf and prefix of every tree up to 130 leaves in the full run, up to 80 otherwise. */
const PROVED = process.env.HANPYO_FULL === '1' ? 130 : 80
const LIMIT = 130
const hashes = Array.from({ length: LIMIT }, (_, i) => leafHash(new ByteWriter().u32(i).bytes()))
const roots = Array.from({ length: LIMIT + 1 }, (_, size) => rootOfHashes(hashes.slice(0, size)))

/** The definition of RFC 6962 section 2.1, read aloud. */
function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return EMPTY_ROOT
  if (leaves.length === 1) return leaves[0] as Uint8Array
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return nodeHash(naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split)))
}

test('agrees with the recursive definition for every size up to 130', () => {
  for (let size = 0; size <= LIMIT; size++) expect(roots[size]).toEqual(naiveRoot(hashes.slice(0, size)))
})

test(`proves every leaf of every tree up to ${PROVED} leaves`, () => {
  for (let size = 1; size <= PROVED; size++) {
    const leaves = hashes.slice(0, size)
    for (let index = 0; index < size; index++) {
      const claim = {
        leafHash: hashes[index]!,
        index,
        size,
        proof: inclusionProof(leaves, index),
        root: roots[size]!,
      }
      if (!verifyInclusion(claim)) expect.fail(`index ${index} of ${size}`)
    }
  }
})

test(`proves every prefix of every tree up to ${PROVED} leaves`, () => {
  for (let newSize = 0; newSize <= PROVED; newSize++) {
    const leaves = hashes.slice(0, newSize)
    for (let oldSize = 0; oldSize <= newSize; oldSize++) {
      const proof = consistencyProof(leaves, oldSize)
      const claim = { oldSize, oldRoot: roots[oldSize]!, newSize, newRoot: roots[newSize]!, proof }
      if (!verifyConsistency(claim)) expect.fail(`${oldSize} to ${newSize}`)
    }
  }
})

test('rejects an inclusion proof with any byte changed, dropped, added or used elsewhere', () => {
  for (const [index, size] of [
    [0, 1],
    [2, 5],
    [6, 7],
    [64, 130],
    [129, 130],
  ] as const) {
    const proof = inclusionProof(hashes.slice(0, size), index)
    const claim = { leafHash: hashes[index]!, index, size, proof, root: roots[size]! }
    proof.forEach((hash, i) => {
      for (let byte = 0; byte < 32; byte++) {
        const bent = hash.slice()
        bent[byte]! ^= 1
        expect(verifyInclusion({ ...claim, proof: proof.with(i, bent) })).toBe(false)
      }
      expect(verifyInclusion({ ...claim, proof: proof.toSpliced(i, 1) })).toBe(false)
      expect(verifyInclusion({ ...claim, proof: proof.toSpliced(i, 0, hash) })).toBe(false)
    })
    expect(verifyInclusion({ ...claim, proof: [...proof, hashes[0]!] })).toBe(false)
    for (let other = 0; other < size; other++) {
      if (other !== index) expect(verifyInclusion({ ...claim, index: other })).toBe(false)
    }
    expect(verifyInclusion({ ...claim, leafHash: leafHash(utf8('other')) })).toBe(false)
    expect(verifyInclusion({ ...claim, index: size })).toBe(false)
    expect(verifyInclusion({ ...claim, index: -1 })).toBe(false)
    expect(verifyInclusion({ ...claim, index: 0.5 })).toBe(false)
  }
})

test('rejects a consistency proof with any byte changed, dropped or added, and other roots', () => {
  for (const [oldSize, newSize] of [
    [1, 2],
    [3, 7],
    [4, 8],
    [64, 130],
    [129, 130],
  ] as const) {
    const proof = consistencyProof(hashes.slice(0, newSize), oldSize)
    const claim = { oldSize, oldRoot: roots[oldSize]!, newSize, newRoot: roots[newSize]!, proof }
    proof.forEach((hash, i) => {
      for (let byte = 0; byte < 32; byte++) {
        const bent = hash.slice()
        bent[byte]! ^= 0x80
        expect(verifyConsistency({ ...claim, proof: proof.with(i, bent) })).toBe(false)
      }
      expect(verifyConsistency({ ...claim, proof: proof.toSpliced(i, 1) })).toBe(false)
    })
    expect(verifyConsistency({ ...claim, proof: [...proof, hashes[0]!] })).toBe(false)
    expect(verifyConsistency({ ...claim, oldRoot: roots[oldSize - 1]! })).toBe(false)
    expect(verifyConsistency({ ...claim, newRoot: roots[oldSize]! })).toBe(false)
    expect(verifyConsistency({ ...claim, oldSize: newSize, newSize: oldSize })).toBe(false)
  }
})

test('treats the empty tree and equal sizes as the RFC leaves them open: no proof lines, right roots', () => {
  const root = roots[5]!
  const empty = { oldSize: 0, oldRoot: EMPTY_ROOT, newSize: 5, newRoot: root, proof: [] }
  expect(verifyConsistency(empty)).toBe(true)
  expect(verifyConsistency({ ...empty, oldRoot: root })).toBe(false)
  expect(verifyConsistency({ ...empty, proof: [root] })).toBe(false)
  expect(verifyConsistency({ ...empty, oldSize: 5, oldRoot: root })).toBe(true)
  expect(verifyConsistency({ ...empty, newSize: 0, newRoot: root })).toBe(false)
  expect(verifyConsistency({ ...empty, newSize: 0, newRoot: EMPTY_ROOT })).toBe(true)
})

test('does not fall into 32-bit arithmetic in trees beyond 2^32 leaves', () => {
  // a tree of 2^40 + 1 leaves whose first 2^40 are one made-up subtree
  const size = 2 ** 40 + 1
  const left = leafHash(utf8('left'))
  const last = leafHash(utf8('last'))
  const root = nodeHash(left, last)
  expect(inclusionRanges(size - 1, size)).toEqual([{ start: 0, end: 2 ** 40 }])
  expect(verifyInclusion({ leafHash: last, index: size - 1, size, proof: [left], root })).toBe(true)
  expect(verifyInclusion({ leafHash: last, index: (size - 1) % 2 ** 32, size, proof: [left], root })).toBe(
    false,
  )
  expect(consistencyRanges(2 ** 40, size)).toEqual([{ start: 2 ** 40, end: size }])
  expect(
    verifyConsistency({ oldSize: 2 ** 40, oldRoot: left, newSize: size, newRoot: root, proof: [last] }),
  ).toBe(true)
  expect(perfectSizes(2 ** 52 + 2 ** 32 + 1)).toEqual([2 ** 52, 2 ** 32, 1])
})

test('a compact range grows to the same root from any point it was saved at', () => {
  fc.assert(
    fc.property(fc.nat(LIMIT), fc.nat(LIMIT), (a, b) => {
      const [saved, size] = [Math.min(a, b), Math.max(a, b)]
      const first = new CompactRange()
      for (const hash of hashes.slice(0, saved)) first.append(hash)
      const second = CompactRange.from(first.size, first.hashes)
      for (const hash of hashes.slice(saved, size)) second.append(hash)
      expect(second.size).toBe(size)
      expect(second.root()).toEqual(roots[size])
      expect(first.root()).toEqual(roots[saved])
    }),
  )
  expect(() => CompactRange.from(3, [hashes[0]!])).toThrow(RangeError)
})
