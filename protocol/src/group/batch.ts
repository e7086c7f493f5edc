import { concatBytes } from '../bytes.ts'
import { type BatchAnswer, type BatchJob, runBatchJob } from './batch-job.ts'
import type { Group } from './group.ts'
import { createMsm, type Msm } from './msm.ts'

/** Called now and then during long work with the elements done so far. */
export type Step = (done: number) => void

/** A part of a weighted sum: 32-byte elements and as many scalars, each concatenated. */
export interface WeightedTerms {
  readonly points: Uint8Array
  readonly scalars: Uint8Array
}

/** The sum, 32 bytes, or which element of which part is no canonical encoding. */
export type WeightedSum =
  | { readonly sum: Uint8Array }
  | { readonly part: number; readonly invalidIndex: number }

/**
 * ristretto255 over long lists: what mixing, decryption and their checks spend their time on, cut in pieces that may run
 * on several threads. Lists are concatenated 32-byte encodings. Rejects with `RangeError` where an element is invalid
 * that the caller should have checked.
 */
export interface BatchGroup {
  /** For single operations. */
  readonly group: Group
  readonly msm: Msm
  /** How many pieces run at the same time. */
  readonly parallel: number
  /** `Msm.fixedSums`: secret scalars over one or two public bases, plus a public point each. */
  fixedSums(
    bases: readonly Uint8Array[],
    scalars: readonly Uint8Array[],
    points?: Uint8Array,
    step?: Step,
  ): Promise<Uint8Array>
  /** `scalar · p` for every p, in the group's constant time. */
  scale(scalar: Uint8Array, points: Uint8Array, step?: Step): Promise<Uint8Array>
  /** `minuend_i − Σ factors[k] · lists[k]_i` for every i. */
  subtractMultiples(
    minuends: Uint8Array,
    factors: readonly Uint8Array[],
    lists: readonly Uint8Array[],
  ): Promise<Uint8Array>
  /** The one-way map of RFC 9496 over SHA-512(prefix ‖ u32 i) for i = first .. first + count − 1. */
  derive(prefix: Uint8Array, first: number, count: number): Promise<Uint8Array>
  /**
   * Σ scalar · point over all parts, for public scalars below 2^`scalarBits` (default 253). Parts are made one by one.
   * Rejects with `RangeError` when there is no part: an empty sum is the identity, which is what a check looks for.
   */
  weightedSum(parts: Iterable<WeightedTerms>, scalarBits?: number): Promise<WeightedSum>
}

/** Where jobs run: a thread pool, or here. */
export interface BatchRunner {
  /** 1 or more. */
  readonly parallel: number
  run(job: BatchJob): Promise<BatchAnswer>
}

/** Elements in one job of the operations that treat them one by one: some 30 ms, also the grain of progress. */
const ITEMS_IN_JOB = 256

/** Runs everything on the calling thread. */
export function createLocalBatch(group: Group, msm: Msm = createMsm()): BatchGroup {
  return createBatch(group, msm, { parallel: 1, run: async (job) => runBatchJob(group, msm, job) })
}

/**
 * Cuts lists into jobs and puts the answers together again. Throws `RangeError` unless `parallel` is a positive integer:
 * with no lane no job would run, and every sum would be the identity.
 */
export function createBatch(group: Group, msm: Msm, runner: BatchRunner): BatchGroup {
  if (!Number.isSafeInteger(runner.parallel) || runner.parallel < 1) {
    throw new RangeError(`"parallel" is not a positive integer: ${runner.parallel}`)
  }

  /** One job for every 256 elements, the answers in order. */
  async function overItems(
    count: number,
    job: (cut: (list: Uint8Array) => Uint8Array) => BatchJob,
    step?: Step,
  ): Promise<Uint8Array> {
    const out = new Uint8Array(32 * count)
    let done = 0
    step?.(0)
    function* jobs(): Generator<BatchJob> {
      for (let first = 0; first < count; first += ITEMS_IN_JOB) {
        yield job((list) => list.slice(32 * first, 32 * (first + ITEMS_IN_JOB)))
      }
    }
    await runInOrder(runner, jobs(), (answer, i) => {
      if (!(answer instanceof Uint8Array)) throw new RangeError('the list holds an invalid element')
      out.set(answer, 32 * ITEMS_IN_JOB * i)
      done += answer.length / 32
      step?.(done)
    })
    return out
  }

  return {
    group,
    msm,
    parallel: runner.parallel,

    fixedSums: (bases, scalars, points, step) =>
      overItems(
        (scalars[0]?.length ?? 0) / 32,
        (cut) => ({
          op: 'fixed-sums',
          bases,
          scalars: scalars.map(cut),
          points: points === undefined ? undefined : cut(points),
        }),
        step,
      ),

    scale: (scalar, points, step) =>
      overItems(points.length / 32, (cut) => ({ op: 'scale', scalar, points: cut(points) }), step),

    subtractMultiples: (minuends, factors, lists) =>
      overItems(minuends.length / 32, (cut) => ({
        op: 'subtract-multiples',
        minuends: cut(minuends),
        factors,
        lists: lists.map(cut),
      })),

    async derive(prefix, first, count) {
      const out = new Uint8Array(32 * count)
      function* jobs(): Generator<BatchJob> {
        for (let at = 0; at < count; at += ITEMS_IN_JOB) {
          yield { op: 'derive', prefix, first: first + at, count: Math.min(ITEMS_IN_JOB, count - at) }
        }
      }
      await runInOrder(runner, jobs(), (answer, i) => out.set(answer as Uint8Array, 32 * ITEMS_IN_JOB * i))
      return out
    },

    async weightedSum(parts, scalarBits = 253) {
      const sums: Uint8Array[] = []
      let invalid: { part: number; invalidIndex: number } | undefined
      function* jobs(): Generator<BatchJob> {
        for (const { points, scalars } of parts) {
          if (invalid !== undefined) return
          yield { op: 'weighted-sum', points, scalars, scalarBits }
        }
      }
      await runInOrder(runner, jobs(), (answer, part) => {
        if (answer instanceof Uint8Array) sums.push(answer)
        else if (invalid === undefined || part < invalid.part) invalid = { part, ...answer }
      })
      if (invalid !== undefined) return invalid
      if (sums.length === 0) throw new RangeError('"parts" is empty')
      return { sum: addAll(msm, sums) }
    },
  }
}

/**
 * Keeps `parallel` jobs running; `take` gets every answer with the number of its job. After the first failure no job is
 * begun and no answer taken.
 */
async function runInOrder(
  runner: BatchRunner,
  jobs: Iterator<BatchJob>,
  take: (answer: BatchAnswer, index: number) => void,
): Promise<void> {
  let count = 0
  let isStopped = false
  const lane = async (): Promise<void> => {
    try {
      while (!isStopped) {
        const next = jobs.next()
        if (next.done) return
        const index = count++
        const answer = await runner.run(next.value)
        if (!isStopped) take(answer, index)
      }
    } catch (error) {
      isStopped = true
      throw error
    }
  }
  await Promise.all(Array.from({ length: runner.parallel }, lane))
}

function addAll(msm: Msm, sums: readonly Uint8Array[]): Uint8Array {
  const table = msm.table(concatBytes(...sums))
  if ('invalidIndex' in table) throw new Error('a partial sum is no element')
  const ones = new Uint8Array(32 * sums.length)
  for (let at = 0; at < ones.length; at += 32) ones[at] = 1
  return msm.multiply([table], ones)
}
