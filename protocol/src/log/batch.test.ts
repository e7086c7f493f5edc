import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareBytes, decodeUtf8 } from '../bytes.ts'
import { batchLeaf, orderBatch } from './batch.ts'

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
const leaves = fc.array(fc.record({ key: hash, leaf: fc.uint8Array({ minLength: 1, maxLength: 4 }) }))

test('puts notes first as they came, then ballots, challenged and refused ones, each by hash', () => {
  fc.assert(
    fc.property(fc.array(hash), leaves, leaves, leaves, (notes, ballots, challenged, refusals) => {
      const ordered = orderBatch({ notes, ballots, challenged, refusals })
      const byKey = (group: typeof ballots) => [...group].sort((a, b) => compareBytes(a.key, b.key))
      const expected = [ballots, challenged, refusals].flatMap((group) => byKey(group).map((x) => x.leaf))
      expect(ordered).toEqual([...notes, ...expected])
    }),
  )
})

test('the order of arrival leaves no trace', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.record({ key: hash, leaf: hash }), { selector: ({ key }) => key.join() }),
      (ballots) => {
        const contents = { notes: [], challenged: [], refusals: [] }
        expect(orderBatch({ ...contents, ballots: [...ballots].reverse() })).toEqual(
          orderBatch({ ...contents, ballots }),
        )
      },
    ),
  )
})

test('a batch leaf is type 0x14 and canonical JSON', () => {
  const prev = new Uint8Array(32)
  const leaf = batchLeaf({ count: 2, first: 5, number: 1, prev, refusedMore: { 7: 3 } })
  expect(leaf[0]).toBe(0x14)
  expect(decodeUtf8(leaf.subarray(1))).toBe(
    '{"count":2,"first":5,"number":1,"prev":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","refusedMore":{"7":3}}\n',
  )
  expect(() => batchLeaf({ count: 2, first: 5, number: 1, prev: prev.subarray(1), refusedMore: {} })).toThrow(
    RangeError,
  )
})
