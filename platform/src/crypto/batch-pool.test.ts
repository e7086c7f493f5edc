import { concatBytes } from '@hanpyo/protocol/bytes.ts'
import { type BatchGroup, createLocalBatch } from '@hanpyo/protocol/group/batch.ts'
import type { Group } from '@hanpyo/protocol/group/group.ts'
import { randomScalar } from '@hanpyo/protocol/group/scalar.ts'
import { createSodiumGroup } from '@hanpyo/protocol/group/sodium.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodeRandom } from '../random.ts'
import { type BatchPool, createBatchPool } from './batch-pool.ts'

/** More than the pool does without threads. */
const COUNT = 3000
let group: Group
let pool: BatchPool
let scalars: Uint8Array
let points: Uint8Array

beforeAll(async () => {
  group = await createSodiumGroup()
  pool = createBatchPool(group, 2)
  scalars = concatBytes(...Array.from({ length: COUNT }, () => randomScalar(nodeRandom)))
  points = await createLocalBatch(group).fixedSums([group.multiplyBase(scalars.subarray(0, 32))], [scalars])
})
afterAll(() => pool.close())

/** Everything a batch can do, over the same lists. */
async function doAll(batch: BatchGroup): Promise<Uint8Array[]> {
  const base = batch.msm.basePoint()
  const scalar = scalars.subarray(32, 64)
  const half = 16 * COUNT
  const rotated = concatBytes(scalars.subarray(32), scalars.subarray(0, 32))
  const sum = await batch.weightedSum([
    { points: points.subarray(0, half), scalars: scalars.subarray(0, half) },
    { points: points.subarray(half), scalars: scalars.subarray(half) },
  ])
  if (!('sum' in sum)) throw new Error('the sum has an invalid element')
  return [
    await batch.fixedSums([base, points.subarray(0, 32)], [scalars, rotated], points),
    await batch.scale(scalar, points.subarray(0, 32 * 300)),
    await batch.subtractMultiples(points.subarray(0, 32 * 300), [scalar], [points.slice(32, 32 * 301)]),
    await batch.derive(Uint8Array.of(1, 2), 7, 600),
    sum.sum,
  ]
}

test('threads give what one thread gives, byte for byte', async () => {
  expect(await doAll(pool.batch)).toEqual(await doAll(createLocalBatch(group)))
})

test('progress begins with nothing, never goes back and ends with everything', async () => {
  const seen: number[] = []
  await pool.batch.fixedSums([pool.batch.msm.basePoint()], [scalars], undefined, (done) => seen.push(done))
  expect(seen[0]).toBe(0)
  expect(seen.at(-1)).toBe(COUNT)
  expect(seen).toEqual(seen.toSorted((a, b) => a - b))
})

test('a sum names the part and the element that is no element', async () => {
  const wrong = points.slice(0, 3200)
  wrong.fill(0xff, 32 * 41, 32 * 42)
  const part = { points: points.slice(0, 3200), scalars: scalars.slice(0, 3200) }
  const result = await pool.batch.weightedSum([part, { ...part, points: wrong }, part])
  expect(result).toEqual({ part: 1, invalidIndex: 41 })
})

test('an invalid element or a pool that is closed fails the work instead of answering it', async () => {
  const invalid = new Uint8Array(32 * COUNT).fill(0xff)
  await expect(pool.batch.scale(scalars.subarray(0, 32), invalid)).rejects.toThrow()
  const closed = createBatchPool(group, 2)
  const base = closed.batch.msm.basePoint()
  await closed.batch.fixedSums([base], [scalars])
  await closed.close()
  await expect(closed.batch.fixedSums([base], [scalars])).rejects.toThrow(/thread failed/)
})
