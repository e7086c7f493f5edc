import { concatBytes } from '@hanpyo/protocol/bytes.ts'
import type { BatchGroup } from '@hanpyo/protocol/group/batch.ts'
import { runBatchJob } from '@hanpyo/protocol/group/batch-job.ts'
import { createMsm } from '@hanpyo/protocol/group/msm.ts'
import { nobleGroup } from '@hanpyo/protocol/group/noble.ts'
import { pippenger } from '@noble/curves/abstract/curve.js'
import { ristretto255 } from '@noble/curves/ed25519.js'

const { Point } = ristretto255
const read = (bytes: Uint8Array, i: number): Uint8Array => bytes.subarray(32 * i, 32 * i + 32)
const scalarAt = (bytes: Uint8Array, i: number): bigint =>
  BigInt(`0x${Buffer.from(read(bytes, i)).reverse().toString('hex')}`)

/** The count on @noble/curves alone, one thread: the peer of the bench. Only sums of a few terms stay in WebAssembly. */
export function createNobleBatch(): BatchGroup {
  const msm = createMsm()
  const local = async (job: Parameters<typeof runBatchJob>[2]): Promise<Uint8Array> =>
    runBatchJob(nobleGroup, msm, job) as Uint8Array
  return {
    group: nobleGroup,
    msm,
    parallel: 1,
    async fixedSums(bases, scalars, points) {
      const decoded = bases.map((base) => Point.fromBytes(base).precompute(8))
      const count = (scalars[0]?.length ?? 0) / 32
      return concatBytes(
        ...Array.from({ length: count }, (_, i) => {
          const start = points === undefined ? Point.ZERO : Point.fromBytes(read(points, i))
          const sum = decoded.reduce((total, base, b) => {
            const scalar = scalarAt(scalars[b] as Uint8Array, i)
            return scalar === 0n ? total : total.add(base.multiply(scalar))
          }, start)
          return sum.toBytes()
        }),
      )
    },
    scale: (scalar, points) => local({ op: 'scale', scalar, points }),
    subtractMultiples: (minuends, factors, lists) =>
      local({ op: 'subtract-multiples', minuends, factors, lists }),
    derive: (prefix, first, count) => local({ op: 'derive', prefix, first, count }),
    async weightedSum(parts) {
      let sum = Point.ZERO
      for (const { points, scalars } of parts) {
        const count = points.length / 32
        const decoded = Array.from({ length: count }, (_, i) => Point.fromBytes(read(points, i)))
        const values = Array.from({ length: count }, (_, i) => scalarAt(scalars, i))
        sum = sum.add(pippenger(Point, decoded, values))
      }
      return { sum: sum.toBytes() }
    },
  }
}
