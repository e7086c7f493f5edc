import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { WaitingRecord } from './engine.ts'
import { packList, packRecords, unpackList, unpackRecords } from './packed-records.ts'

const bytes = (most: number) => fc.uint8Array({ maxLength: most })
const record: fc.Arbitrary<WaitingRecord> = fc.record(
  {
    id: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    leaf: bytes(600),
    spends: fc.record({ credential: fc.nat(), promise: fc.string() }),
    text: fc.record({ id: bytes(32), salt: bytes(16), text: fc.string({ unit: 'binary' }) }),
    claims: fc.array(fc.string(), { maxLength: 3 }),
    isNote: fc.constant(true),
  },
  { requiredKeys: ['id', 'leaf'], noNullPrototype: true },
)

test('what is packed for another thread comes out the same', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 20 }), (records) => {
      expect(unpackRecords(structuredClone(packRecords(records)))).toEqual(records)
    }),
  )
  fc.assert(
    fc.property(fc.array(bytes(100), { maxLength: 20 }), (list) => {
      expect(unpackList(structuredClone(packList(list)))).toEqual(list)
    }),
  )
})
