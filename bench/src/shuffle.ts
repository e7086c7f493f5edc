import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { concatBytes } from '@hanpyo/protocol/bytes.ts'
import type { Group } from '@hanpyo/protocol/group/group.ts'
import { createMsm, type Msm } from '@hanpyo/protocol/group/msm.ts'
import { randomScalar } from '@hanpyo/protocol/group/scalar.ts'
import { deriveGenerators } from '@hanpyo/protocol/proofs/generators.ts'
import { shuffle } from '@hanpyo/protocol/proofs/shuffle.ts'
import { proveShuffle } from '@hanpyo/protocol/proofs/shuffle-prove.ts'
import { verifyShuffle } from '@hanpyo/protocol/proofs/shuffle-verify.ts'
import { pippenger } from '@noble/curves/abstract/curve.js'
import { ristretto255 } from '@noble/curves/ed25519.js'
import { against, type Bench, type Figure } from './harness.ts'

const COUNT = 2000

function timed<T>(work: () => T): { value: T; ms: number } {
  const start = performance.now()
  const value = work()
  return { value, ms: performance.now() - start }
}

function makeCase(group: Group, msm: Msm) {
  const publicKey = group.multiplyBase(randomScalar(nodeRandom))
  const points = Array.from({ length: 2 * COUNT }, () => group.fromUniformBytes(nodeRandom(64)))
  const input = concatBytes(...points)
  const generators = timed(() => deriveGenerators(group, 'bench', COUNT))
  const mixed = timed(() => shuffle(group, nodeRandom, publicKey, input))
  const { output, witness } = mixed.value
  const statement = { context: new Uint8Array(35), publicKey, input, output, generators: generators.value }
  const proof = timed(() => proveShuffle(group, msm, nodeRandom, statement, witness))
  const verified = timed(() => verifyShuffle(msm, statement, proof.value))
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
function nobleSum(input: Uint8Array): number {
  const sample = 512
  const { Point } = ristretto255
  const scalars = Array.from({ length: sample }, () => Point.Fn.fromBytes(randomScalar(nodeRandom)))
  const decoded = timed(() =>
    Array.from({ length: sample }, (_, i) => Point.fromBytes(input.subarray(32 * i, 32 * i + 32))),
  )
  const summed = timed(() => pippenger(Point, decoded.value, scalars))
  return (7 * decoded.ms + 8 * summed.ms) / sample
}

export const shuffleBench: Bench = {
  name: 'shuffle',
  summary: `mix ${COUNT} ballots, prove and verify, per ballot and mixer, beside the same sum with noble`,
  async run() {
    const { group } = await createNodeBackend()
    const result = makeCase(group, createMsm())
    const verify: Figure = {
      name: 'verify, with generators',
      value: (result.verified + result.generators) / COUNT,
      unit: 'ms',
      reach: '≤ 0.3 ms, stretch 0.17 ms',
    }
    return [
      { name: 'shuffle', value: result.mixed / COUNT, unit: 'ms' },
      { name: 'prove', value: result.proof / COUNT, unit: 'ms', reach: '≤ 1 ms' },
      against(verify, 'decoding and sum with noble', nobleSum(result.input)),
      { name: 'proof', value: result.bytes / COUNT, unit: 'B', reach: '160 N + 288 B in all' },
    ]
  },
}
