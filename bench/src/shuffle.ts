import { createBatchPool } from '@hanpyo/platform/crypto/batch-pool.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { concatBytes } from '@hanpyo/protocol/bytes.ts'
import { type BatchGroup, createLocalBatch } from '@hanpyo/protocol/group/batch.ts'
import { randomScalar } from '@hanpyo/protocol/group/scalar.ts'
import { deriveGenerators } from '@hanpyo/protocol/proofs/generators.ts'
import { shuffle } from '@hanpyo/protocol/proofs/shuffle.ts'
import { proveShuffle } from '@hanpyo/protocol/proofs/shuffle-prove.ts'
import { verifyShuffle } from '@hanpyo/protocol/proofs/shuffle-verify.ts'
import { pippenger } from '@noble/curves/abstract/curve.js'
import { ristretto255 } from '@noble/curves/ed25519.js'
import { against, type Bench, type Figure } from './harness.ts'

const COUNT = 4000

async function timed<T>(work: () => T | Promise<T>): Promise<{ value: T; ms: number }> {
  const start = performance.now()
  const value = await work()
  return { value, ms: performance.now() - start }
}

async function makeCase(batch: BatchGroup) {
  const { group } = batch
  const publicKey = group.multiplyBase(randomScalar(nodeRandom))
  const points = Array.from({ length: 2 * COUNT }, () => group.fromUniformBytes(nodeRandom(64)))
  const input = concatBytes(...points)
  const generators = await timed(() => deriveGenerators(batch, 'bench', COUNT))
  const mixed = await timed(() => shuffle(batch, nodeRandom, publicKey, input))
  const { output, witness } = mixed.value
  const statement = { context: new Uint8Array(35), publicKey, input, output, generators: generators.value }
  const proof = await timed(() => proveShuffle(batch, nodeRandom, statement, witness))
  const verified = await timed(() => verifyShuffle(batch, statement, proof.value))
  if (!verified.value.ok) throw new Error(`the proof of the bench does not verify: ${verified.value.error}`)
  return {
    generators: generators.ms,
    mixed: mixed.ms,
    proof: proof.ms,
    verified: verified.ms,
    bytes: proof.value.length,
    input,
  }
}

/** The cost of the same sum with noble: decode seven points and add eight terms for each ballot. */
async function nobleSum(input: Uint8Array): Promise<number> {
  const sample = 512
  const { Point } = ristretto255
  const scalars = Array.from({ length: sample }, () => Point.Fn.fromBytes(randomScalar(nodeRandom)))
  const decoded = await timed(() =>
    Array.from({ length: sample }, (_, i) => Point.fromBytes(input.subarray(32 * i, 32 * i + 32))),
  )
  const summed = await timed(() => pippenger(Point, decoded.value, scalars))
  return (7 * decoded.ms + 8 * summed.ms) / sample
}

function figures(where: string, result: Awaited<ReturnType<typeof makeCase>>, nobleMs: number): Figure[] {
  const verify: Figure = {
    name: `verify, with generators, ${where}`,
    value: (result.verified + result.generators) / COUNT,
    unit: 'ms',
    reach: '≤ 0.3 ms, stretch 0.17 ms',
  }
  return [
    { name: `shuffle, ${where}`, value: result.mixed / COUNT, unit: 'ms' },
    { name: `prove, ${where}`, value: result.proof / COUNT, unit: 'ms', reach: '≤ 1 ms' },
    against(verify, 'decoding and sum with noble', nobleMs),
  ]
}

export const shuffleBench: Bench = {
  name: 'shuffle',
  summary: `mix ${COUNT} ballots, prove and verify, per ballot and mixer, beside the same sum with noble`,
  async run() {
    const { group } = await createNodeBackend()
    const pool = createBatchPool(group)
    try {
      await makeCase(pool.batch)
      const threaded = await makeCase(pool.batch)
      const single = await makeCase(createLocalBatch(group))
      const nobleMs = await nobleSum(single.input)
      return [
        ...figures('one thread', single, nobleMs),
        ...figures(`${pool.batch.parallel} threads`, threaded, nobleMs),
        { name: 'proof', value: single.bytes / COUNT, unit: 'B', reach: '160 N + 288 B in all' },
      ]
    } finally {
      await pool.close()
    }
  },
}
