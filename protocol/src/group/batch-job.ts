import { ByteWriter } from '../bytes.ts'
import { sha512 } from '../hash.ts'
import type { Group } from './group.ts'
import type { Msm } from './msm.ts'

/** One piece of work of `BatchGroup`, in plain data, so that it can be sent to a thread. */
export type BatchJob =
  | {
      readonly op: 'fixed-sums'
      readonly bases: readonly Uint8Array[]
      readonly scalars: readonly Uint8Array[]
      readonly points: Uint8Array | undefined
    }
  | { readonly op: 'scale'; readonly scalar: Uint8Array; readonly points: Uint8Array }
  | {
      readonly op: 'subtract-multiples'
      readonly minuends: Uint8Array
      readonly factors: readonly Uint8Array[]
      readonly lists: readonly Uint8Array[]
    }
  | { readonly op: 'derive'; readonly prefix: Uint8Array; readonly first: number; readonly count: number }
  | {
      readonly op: 'weighted-sum'
      readonly points: Uint8Array
      readonly scalars: Uint8Array
      readonly scalarBits: number
    }

/** Elements of 32 bytes, concatenated; a weighted sum may name the first element that is not canonical instead. */
export type BatchAnswer = Uint8Array | { readonly invalidIndex: number }

/** Does one job on the calling thread. */
export function runBatchJob(group: Group, msm: Msm, job: BatchJob): BatchAnswer {
  switch (job.op) {
    case 'fixed-sums':
      return msm.fixedSums(job.bases, job.scalars, job.points)
    case 'scale':
      return mapElements(job.points.length / 32, (i) => group.multiply(job.scalar, at(job.points, i)))
    case 'subtract-multiples':
      return mapElements(job.minuends.length / 32, (i) =>
        job.factors.reduce<Uint8Array>(
          (left, factor, k) =>
            group.subtract(left, group.multiply(factor, at(job.lists[k] as Uint8Array, i))),
          at(job.minuends, i),
        ),
      )
    case 'derive':
      return mapElements(job.count, (i) =>
        group.fromUniformBytes(sha512(job.prefix, new ByteWriter().u32(job.first + i).bytes())),
      )
    case 'weighted-sum': {
      const table = msm.table(job.points)
      return 'invalidIndex' in table ? table : msm.multiply([table], job.scalars, job.scalarBits)
    }
  }
}

function mapElements(count: number, element: (i: number) => Uint8Array): Uint8Array {
  const out = new Uint8Array(32 * count)
  for (let i = 0; i < count; i++) out.set(element(i), 32 * i)
  return out
}

function at(list: Uint8Array, i: number): Uint8Array {
  return list.subarray(32 * i, 32 * i + 32)
}
