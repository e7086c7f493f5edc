import fc from 'fast-check'
import { expect, test } from 'vitest'
import { utf8 } from '../bytes.ts'
import { InclusionTracker } from './inclusion-tracker.ts'
import { inclusionProof, leafHash, rootOfHashes, verifyInclusion } from './merkle.ts'

const hashes = Array.from({ length: 70 }, (_, i) => leafHash(utf8(`leaf ${i}`)))

test('every followed leaf is proved at every size by exactly the proof that all leaves give', () => {
  const tracker = new InclusionTracker()
  for (const [at, hash] of hashes.entries()) {
    tracker.append(hash, at % 3 !== 1)
    const size = at + 1
    const seen = hashes.slice(0, size)
    const root = tracker.root()
    expect(root).toEqual(rootOfHashes(seen))
    for (let index = 0; index < size; index++) {
      if (index % 3 === 1) continue
      const proof = tracker.proof(index)
      expect(proof).toEqual(inclusionProof(seen, index))
      expect(verifyInclusion({ leafHash: hashes[index] as Uint8Array, index, size, proof, root })).toBe(true)
    }
  }
})

test('a leaf that is not followed, not yet there or forgotten is not proved, and forgetting one leaves the others', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 0, max: 58 }), (size, gone) => {
      const tracker = new InclusionTracker()
      for (const [at, hash] of hashes.slice(0, size).entries()) {
        if (at === gone + 1) tracker.forget(gone)
        tracker.append(hash, true)
      }
      if (gone + 1 < size) expect(() => tracker.proof(gone)).toThrow(RangeError)
      expect(() => tracker.proof(size)).toThrow(RangeError)
      const last = size - 1
      expect(tracker.proof(last)).toEqual(inclusionProof(hashes.slice(0, size), last))
    }),
    { numRuns: 50 },
  )
})
