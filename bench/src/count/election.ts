import { encodePoint } from '@hanpyo/protocol/ballot/encoding.ts'
import { encodePlaintext } from '@hanpyo/protocol/ballot/plaintext.ts'
import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import type { BatchGroup } from '@hanpyo/protocol/group/batch.ts'
import { ORDER, reduceWide } from '@hanpyo/protocol/group/scalar.ts'
import { sha512 } from '@hanpyo/protocol/hash.ts'
import { scalarBytes } from '@hanpyo/protocol/proofs/shuffle.ts'

const THRESHOLD = 3
const TRUSTEES = 5
/** The trustees that decrypt in this bench. */
export const DECRYPTING = [1, 3, 5]
export const CONTEST = 1
export const LABEL = 'bench'
export const MANIFEST_HASH = new Uint8Array(32).fill(7)

/** A scalar that maker and checker of the bench both compute. */
function knownScalar(name: string): Uint8Array {
  return reduceWide(sha512(new TextEncoder().encode(`bench ${name}`)))
}

/** The shares x_1 .. x_5 of a joint secret of threshold 3, and what a manifest says about them. */
export function benchElection({ group }: BatchGroup, mixers: number) {
  const read = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
  const coefficients = Array.from({ length: THRESHOLD }, (_, i) => read(knownScalar(`coefficient ${i}`)))
  const secrets = Array.from({ length: TRUSTEES }, (_, i) =>
    scalarBytes(coefficients.reduceRight((sum, c) => (sum * BigInt(i + 1) + c) % ORDER, 0n)),
  )
  const publicKey = group.multiplyBase(scalarBytes(coefficients[0] as bigint))
  const title = { ko: '안건', en: 'question' }
  const options = [1, 2, 3, 4, 5].map((id) => ({ id, title, summary: title }))
  const contest = { id: CONTEST, kind: 'choose-one', title, summary: title, options }
  const manifest = {
    contests: [{ ...contest, minSelections: 1, maxSelections: 1 }],
    mixers: Array.from({ length: mixers }, (_, i) => i + 1),
    trustees: secrets.map((secret, i) => ({
      id: i + 1,
      verificationKey: toBase64(group.multiplyBase(secret)),
    })),
    threshold: THRESHOLD,
    jointKey: toBase64(publicKey),
    minimumCount: 2,
  } as unknown as Manifest
  return { manifest, publicKey, secrets }
}

/** `count` ballots for options 1 to 5 in turn, α ‖ β each. */
export async function encryptBallots(
  batch: BatchGroup,
  publicKey: Uint8Array,
  count: number,
  random: (length: number) => Uint8Array,
): Promise<Uint8Array> {
  const points = [1, 2, 3, 4, 5].map((option) =>
    encodePoint(batch.group, encodePlaintext({ kind: 'choose-one', option })),
  )
  const messages = new Uint8Array(32 * count)
  const scalars = random(32 * count)
  for (let i = 0; i < count; i++) {
    messages.set(points[i % 5] as Uint8Array, 32 * i)
    scalars[32 * i + 31] = (scalars[32 * i + 31] as number) & 0x0f
  }
  const alphas = await batch.fixedSums([batch.msm.basePoint()], [scalars])
  const betas = await batch.fixedSums([publicKey], [scalars], messages)
  const ballots = new Uint8Array(64 * count)
  for (let at = 0; at < alphas.length; at += 32) {
    ballots.set(alphas.subarray(at, at + 32), 2 * at)
    ballots.set(betas.subarray(at, at + 32), 2 * at + 32)
  }
  return ballots
}
