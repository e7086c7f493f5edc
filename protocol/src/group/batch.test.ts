import { beforeAll, describe, expect, test } from 'vitest'
import { counterRandom } from '../testing/counter-random.ts'
import { type BatchGroup, createBatch, createLocalBatch } from './batch.ts'
import { type BatchAnswer, type BatchJob, runBatchJob } from './batch-job.ts'
import type { Group } from './group.ts'
import { createMsm } from './msm.ts'
import { ranges } from './ranges.ts'
import { writeScalars } from './scalar-vector.ts'
import { createSodiumGroup } from './sodium.ts'

const msm = createMsm()
let group: Group
/** Four elements, and four scalars. */
let points: Uint8Array
const scalars = writeScalars([3n, 5n, 7n, 11n])

beforeAll(async () => {
  group = await createSodiumGroup()
  points = await createLocalBatch(group, msm).derive(counterRandom('batch')(8), 0, 4)
})

/** A batch of `parallel` lanes whose jobs end when the test says so, in the order it likes. */
function controlled(parallel: number) {
  const begun: { job: BatchJob; end: () => void; fail: (error: Error) => void }[] = []
  const run = (job: BatchJob): Promise<BatchAnswer> =>
    new Promise((resolve, reject) => {
      begun.push({ job, end: () => resolve(runBatchJob(group, msm, job)), fail: reject })
    })
  return { batch: createBatch(group, msm, { parallel, run }), begun }
}

/** Lets every promise that can settle do so. */
const settled = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve))

function terms(first: number, end: number, wrong?: number): { points: Uint8Array; scalars: Uint8Array } {
  const own = points.slice(32 * first, 32 * end)
  if (wrong !== undefined) own.fill(0xff, 32 * wrong, 32 * wrong + 32)
  return { points: own, scalars: scalars.slice(32 * first, 32 * end) }
}

test.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
  'a batch of %f lanes, in which no check would ever be made, cannot be had',
  (parallel) => {
    const run = async (job: BatchJob): Promise<BatchAnswer> => runBatchJob(group, msm, job)
    expect(() => createBatch(group, msm, { parallel, run })).toThrow(RangeError)
  },
)

test('a sum of no part at all is refused and not the identity', async () => {
  await expect(createLocalBatch(group, msm).weightedSum([])).rejects.toThrow(RangeError)
})

test('answers that come in another order than the jobs give the same elements and the same sum', async () => {
  const prefix = Uint8Array.of(1, 2)
  const local = createLocalBatch(group, msm)
  const { batch, begun } = controlled(3)
  const derived = batch.derive(prefix, 5, 700)
  for (const { end } of begun.toReversed()) end()
  expect(await derived).toEqual(await local.derive(prefix, 5, 700))
  begun.length = 0
  const sum = batch.weightedSum([terms(0, 1), terms(1, 3), terms(3, 4)])
  for (const { end } of begun.toReversed()) end()
  expect(await sum).toEqual(await local.weightedSum([terms(0, 4)]))
})

test('the first part with an invalid element is named, whichever answers first, and no further part is made', async () => {
  const { batch, begun } = controlled(2)
  let made = 0
  function* parts() {
    for (const part of [terms(0, 2, 1), terms(2, 4, 0), terms(0, 4)]) {
      made++
      yield part
    }
  }
  const sum = batch.weightedSum(parts())
  begun[1]?.end()
  await settled()
  begun[0]?.end()
  expect(await sum).toEqual({ part: 0, invalidIndex: 1 })
  expect([made, begun.length]).toEqual([3, 2])
})

describe('a job that fails', () => {
  async function failing(batch: BatchGroup, seen: number[]): Promise<Uint8Array> {
    return batch.fixedSums([msm.basePoint()], [new Uint8Array(32 * 1024)], undefined, (done) =>
      seen.push(done),
    )
  }

  test('fails the work, begins no other job and takes no answer that comes later', async () => {
    const { batch, begun } = controlled(2)
    const seen: number[] = []
    const work = failing(batch, seen)
    begun[1]?.fail(new Error('the thread ended'))
    await expect(work).rejects.toThrow('the thread ended')
    begun[0]?.end()
    await settled()
    expect([begun.length, seen]).toEqual([2, [0]])
  })

  test('in the making of a part fails the sum', async () => {
    const { batch, begun } = controlled(2)
    function* parts() {
      yield terms(0, 2)
      throw new Error('no more terms')
    }
    const sum = batch.weightedSum(parts())
    begun[0]?.end()
    await expect(sum).rejects.toThrow('no more terms')
  })
})

test('pieces cover every item once and none is empty or larger than it may be', () => {
  const around = [256, 683, 2048, 4096, 8192, 32_768].flatMap((n) => [n - 1, n, n + 1])
  for (const parallel of [1, 2, 3, 64]) {
    for (const termsEach of [1, 3, 5, 8, 4_000, 40_000]) {
      for (const count of [0, 1, 2, 50_000, ...around]) {
        let next = 0
        for (const { first, end } of ranges(count, termsEach, parallel)) {
          const isSound =
            first === next && end > first && (end - first) * termsEach <= Math.max(32_768, termsEach)
          if (!isSound) expect.fail(`${first} .. ${end} of ${count}, ${termsEach} terms, ${parallel} lanes`)
          next = end
        }
        expect(next).toBe(count)
      }
    }
  }
})
