/** The published vectors of the two protocols that ceremony and decryption follow, against this code and against noble. */
import { readFileSync } from 'node:fs'
import { ristretto255_FROST, ristretto255_hasher, ristretto255_oprf } from '@noble/curves/ed25519.js'
import { describe, expect, test } from 'vitest'
import { ByteWriter, concatBytes, fromHex, toHex, utf8 } from '../bytes.ts'
import { createLocalBatch } from '../group/batch.ts'
import type { Group } from '../group/group.ts'
import { createMsm } from '../group/msm.ts'
import { nobleGroup } from '../group/noble.ts'
import { decodeScalar, encodeScalar } from '../group/scalar.ts'
import { createSodiumGroup } from '../group/sodium.ts'
import { sha512 } from '../hash.ts'
import { evaluateInExponent, knowledgeHolds } from './ceremony.ts'
import { decryptionShares } from './decryption.ts'

interface Participant {
  readonly signingKey: string
  readonly coefficient: string
  readonly commitments: readonly string[]
  readonly proofOfKnowledge: string
  readonly signingShares: Readonly<Record<string, string>>
  readonly verifyingShare: string
  readonly signingShare: string
}

const groups: Group[] = [nobleGroup, await createSodiumGroup()]
const dkg = JSON.parse(
  readFileSync(new URL('../../../docs/vectors/frost-dkg.json', import.meta.url), 'utf8'),
) as { readonly verifyingKey: string; readonly participants: readonly Participant[] }

describe('the key generation of frost-ristretto255', () => {
  const commitments = dkg.participants.map((participant) => participant.commitments.map(fromHex))

  test.each(groups)(
    'has the commitments, proofs, shares and keys that our checks expect, on $name',
    (group) => {
      for (const [i, participant] of dkg.participants.entries()) {
        const own = commitments[i] as Uint8Array[]
        expect(toHex(group.multiplyBase(fromHex(participant.signingKey)))).toBe(participant.commitments[0])
        expect(toHex(group.multiplyBase(fromHex(participant.coefficient)))).toBe(participant.commitments[1])
        const proof = fromHex(participant.proofOfKnowledge)
        expect(knowledgeHolds(group, i + 1, own[0] as Uint8Array, proof)).toBe(true)
        expect(knowledgeHolds(group, i + 2, own[0] as Uint8Array, proof)).toBe(false)
        for (const [sender, share] of Object.entries(participant.signingShares)) {
          const theirs = commitments[Number(sender) - 1] as Uint8Array[]
          expect(toHex(evaluateInExponent(group, theirs, i + 1))).toBe(
            toHex(group.multiplyBase(fromHex(share))),
          )
        }
        const sums = [0, 1].map((k) =>
          commitments.map((list) => list[k] as Uint8Array).reduce((sum, point) => group.add(sum, point)),
        )
        expect(toHex(evaluateInExponent(group, sums, i + 1))).toBe(participant.verifyingShare)
        expect(toHex(group.multiplyBase(fromHex(participant.signingShare)))).toBe(participant.verifyingShare)
        expect(toHex(sums[0] as Uint8Array)).toBe(dkg.verifyingKey)
      }
    },
  )

  test("runs to the published shares with noble's DKG, which our trustees use", () => {
    const { DKG, Identifier } = ristretto255_FROST
    const packages = dkg.participants.map((participant, i) => ({
      identifier: Identifier.fromNumber(i + 1),
      commitment: participant.commitments.map((text) => fromHex(text) as Uint8Array<ArrayBuffer>),
      proofOfKnowledge: fromHex(participant.proofOfKnowledge) as Uint8Array<ArrayBuffer>,
    }))
    for (const [i, participant] of dkg.participants.entries()) {
      const secret = {
        identifier: BigInt(i + 1),
        coefficients: [participant.signingKey, participant.coefficient].map((text) =>
          decodeScalar(fromHex(text)),
        ),
        commitment: packages[i]?.commitment ?? [],
        signers: { min: 2, max: 3 },
        step: 1 as const,
      }
      const others = packages.filter((_, j) => j !== i)
      const sent = DKG.round2(secret, others)
      for (const [j, other] of dkg.participants.entries()) {
        if (j === i) continue
        const share = sent[Identifier.fromNumber(j + 1)]?.signingShare as Uint8Array
        expect(toHex(share)).toBe(other.signingShares[i + 1])
      }
      const received = Object.entries(participant.signingShares).map(([sender, share]) => ({
        identifier: Identifier.fromNumber(Number(sender)),
        signingShare: fromHex(share) as Uint8Array<ArrayBuffer>,
      }))
      const key = DKG.round3(secret, others, received)
      expect(toHex(key.secret.signingShare)).toBe(participant.signingShare)
    }
  })
})

describe('the batched proof of RFC 9497', () => {
  /** Appendix A.1.2.3: VOPRF mode, ristretto255-SHA512, batch of two. */
  const SECRET = fromHex('e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909')
  const PUBLIC = fromHex('c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e')
  const BLINDED = [
    '863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945',
    '90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654',
  ].map(fromHex)
  const EVALUATED = [
    'aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e',
    'cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a',
  ].map(fromHex)
  const PROOF = fromHex(
    'cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08',
  )
  const msm = createMsm()
  const CONTEXT = concatBytes(utf8('OPRFV1-'), Uint8Array.of(1), utf8('-ristretto255-SHA512'))
  const DST = concatBytes(utf8('HashToScalar-'), CONTEXT)
  const framed = (...parts: Uint8Array[]) =>
    concatBytes(...parts.map((part) => new ByteWriter().u16(part.length).raw(part).bytes()))

  /** VerifyProof of section 2.2.2 on this repository's sums and products; only the hashing is the RFC's. */
  function verify(group: Group, evaluated: readonly Uint8Array[], proof: Uint8Array): boolean {
    const seed = sha512(framed(PUBLIC, concatBytes(utf8('Seed-'), CONTEXT)))
    const scalar = (bytes: Uint8Array) => encodeScalar(ristretto255_hasher.hashToScalar(bytes, { DST }))
    const weights = BLINDED.map((blinded, i) =>
      scalar(
        concatBytes(
          framed(seed),
          new ByteWriter().u16(i).bytes(),
          framed(blinded, evaluated[i] as Uint8Array),
          utf8('Composite'),
        ),
      ),
    )
    const fold = (points: readonly Uint8Array[]): Uint8Array => {
      const table = msm.table(concatBytes(...points))
      if ('invalidIndex' in table) throw new Error('not an element')
      return msm.multiply([table], concatBytes(...weights))
    }
    const [m, z] = [fold(BLINDED), fold(evaluated)]
    const [c, s] = [proof.subarray(0, 32), proof.subarray(32)]
    const t2 = group.add(group.multiplyBase(s), group.multiply(c, PUBLIC))
    const t3 = group.add(group.multiply(s, m), group.multiply(c, z))
    const challenge = scalar(concatBytes(framed(PUBLIC, m, z, t2, t3), utf8('Challenge')))
    return toHex(challenge) === toHex(c)
  }

  test.each(groups)(
    'verifies with our composites on $name, and not with swapped or other shares',
    (group) => {
      expect(verify(group, EVALUATED, PROOF)).toBe(true)
      expect(verify(group, EVALUATED.toReversed(), PROOF)).toBe(false)
      expect(verify(group, [EVALUATED[0]!, group.add(EVALUATED[1]!, PUBLIC)], PROOF)).toBe(false)
    },
  )

  test.each(groups)('is about exactly the shares that a trustee would make, on $name', async (group) => {
    expect(toHex(await decryptionShares(createLocalBatch(group), SECRET, concatBytes(...BLINDED)))).toBe(
      toHex(concatBytes(...EVALUATED)),
    )
    expect(toHex(group.multiplyBase(SECRET))).toBe(toHex(PUBLIC))
  })

  test("agrees with noble: a proof made by noble's VOPRF verifies here", () => {
    const made = ristretto255_oprf.voprf.blindEvaluateBatch(SECRET, PUBLIC, [...BLINDED])
    expect(made.evaluated.map((point) => toHex(point))).toEqual(EVALUATED.map(toHex))
    expect(verify(nobleGroup, made.evaluated, made.proof)).toBe(true)
  })
})
