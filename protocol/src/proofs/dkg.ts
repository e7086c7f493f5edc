/**
 * One trustee's secret half of the key ceremony, on @noble/curves' `ristretto255_FROST.DKG` (RFC 9591 leaves
 * key generation out; this follows frost-rs). Order of steps for trustee i:
 *
 * 1. `beginCeremony`: publish the commit note; keep the reveal note back.
 * 2. When all n commit notes are out: publish the reveal note. Committing first keeps a trustee who waits for
 *    the others from choosing its part of the key after theirs (Gennaro et al., 2007).
 * 3. `makeShares`: one secret share for each other trustee, over a private channel.
 * 4. `finishCeremony` with the shares received: the trustee's secret x_i, and the confirm note to publish.
 *
 * Any failure ends the ceremony; it starts again under a new election id, without partial repair.
 */
import { ristretto255_FROST } from '@noble/curves/ed25519.js'
import { equalBytes, fromBase64, toBase64 } from '../bytes.ts'
import type { CryptoBackend, Ed25519, RandomBytes } from '../group/group.ts'
import { addScalars, isCanonicalScalar, multiplyScalars, randomScalar } from '../group/scalar.ts'
import { err, ok, type Result } from '../result.ts'
import { type CeremonyError, evaluateInExponent, possessionChallenge, verifyReveals } from './ceremony.ts'
import {
  type CeremonySetup,
  commitmentTo,
  type RevealNote,
  readCeremonyNotes,
  signCeremonyNote,
  transcriptHash,
  trusteesHash,
} from './ceremony-notes.ts'

const { DKG, Identifier } = ristretto255_FROST
type Round1 = ReturnType<typeof DKG.round1>

/** A trustee in the ceremony: its place 1..n and the 32-byte seed of its note key. */
export interface CeremonyTrustee {
  readonly index: number
  readonly seed: Uint8Array
}

/** What a trustee keeps between the steps. `secret` is changed and in the end emptied by the library. */
export interface CeremonyState {
  readonly setup: CeremonySetup
  readonly trustee: CeremonyTrustee
  readonly secret: Round1['secret']
}

export interface CeremonyStart {
  readonly state: CeremonyState
  readonly commit: string
  readonly reveal: string
}

export interface CeremonyEnd {
  /** x_i, 32 bytes: the one thing to keep secret for the decryption. */
  readonly secretShare: Uint8Array
  readonly verificationKey: Uint8Array
  readonly jointKey: Uint8Array
  readonly confirm: string
}

/** Step 1. */
export function beginCeremony(input: {
  readonly ed25519: Ed25519
  readonly random: RandomBytes
  readonly setup: CeremonySetup
  readonly trustee: CeremonyTrustee
}): CeremonyStart {
  const { ed25519, random, setup, trustee } = input
  const signers = { min: setup.threshold, max: setup.trustees.length }
  const round1 = DKG.round1(Identifier.fromNumber(trustee.index), signers, undefined, (length = 32) =>
    random(length),
  )
  const common = { election: setup.electionId, trustee: trustee.index, trustees: trusteesHash(setup) }
  const reveal: RevealNote = {
    ...common,
    step: 'reveal',
    coefficients: round1.public.commitment.map((element) => toBase64(element)),
    proof: toBase64(round1.public.proofOfKnowledge),
  }
  const commitment = toBase64(commitmentTo(reveal))
  return {
    state: { setup, trustee, secret: round1.secret },
    commit: signCeremonyNote(ed25519, trustee.seed, { ...common, step: 'commit', commitment }),
    reveal: signCeremonyNote(ed25519, trustee.seed, reveal),
  }
}

/** Step 3: the share for each other trustee, 32 bytes, by its index. */
export function makeShares(
  backend: CryptoBackend,
  state: CeremonyState,
  commits: readonly string[],
  reveals: readonly string[],
): Result<Map<number, Uint8Array>, CeremonyError> {
  const checked = verifyReveals(backend, state.setup, commits, reveals)
  if (!checked.ok) return checked
  const others = packagesOfOthers(backend, state, reveals)
  if (!others.ok) return others
  const packages = DKG.round2(state.secret, others.value)
  return ok(
    new Map(
      otherIndices(state).map((index) => {
        const share = packages[Identifier.fromNumber(index)]
        if (share === undefined) throw new Error(`no package for trustee ${index}`)
        return [index, share.signingShare]
      }),
    ),
  )
}

/** Step 4: checks the shares against the revealed coefficients and adds them up. */
export function finishCeremony(input: {
  readonly backend: CryptoBackend
  readonly random: RandomBytes
  readonly state: CeremonyState
  readonly commits: readonly string[]
  readonly reveals: readonly string[]
  /** The share received from each other trustee, by the sender's index. */
  readonly shares: ReadonlyMap<number, Uint8Array>
}): Result<CeremonyEnd, CeremonyError | 'ceremony-share'> {
  const { backend, random, state, commits, reveals, shares } = input
  const { setup, trustee } = state
  const keys = verifyReveals(backend, setup, commits, reveals)
  if (!keys.ok) return keys
  const others = packagesOfOthers(backend, state, reveals)
  if (!others.ok) return others
  const received = otherIndices(state).map((index) => ({ index, share: shares.get(index) }))
  const bad = received.find(({ share }) => share === undefined || !isCanonicalScalar(share))
  if (bad !== undefined) return err('ceremony-share', `from trustee ${bad.index}`)
  const lying = received.find(({ index, share }) => {
    const revealed = others.value.find(({ identifier }) => identifier === Identifier.fromNumber(index))
    const expected = evaluateInExponent(backend.group, revealed?.commitment ?? [], trustee.index)
    return !equalBytes(backend.group.multiplyBase(share as Uint8Array), expected)
  })
  if (lying !== undefined) return err('ceremony-share', `from trustee ${lying.index}`)
  const round2 = received.map(({ index, share }) => ({
    identifier: Identifier.fromNumber(index),
    signingShare: share as Uint8Array<ArrayBuffer>,
  }))
  let secretShare: Uint8Array
  try {
    secretShare = DKG.round3(state.secret, others.value, round2).secret.signingShare
  } catch (error) {
    // everything but the fit of a share was checked above
    return err('ceremony-share', error instanceof Error ? error.message : undefined)
  }
  const verificationKey = keys.value.verificationKeys[trustee.index - 1] as Uint8Array
  if (!equalBytes(backend.group.multiplyBase(secretShare), verificationKey)) return err('ceremony-keys')
  const { jointKey } = keys.value
  const transcript = transcriptHash(commits, reveals)
  const nonce = randomScalar(random)
  const nonceElement = backend.group.multiplyBase(nonce)
  const challenge = possessionChallenge(trustee.index, transcript, verificationKey, nonceElement)
  const response =
    backend.group.respond?.(nonce, challenge, secretShare) ??
    addScalars(nonce, multiplyScalars(challenge, secretShare))
  nonce.fill(0)
  const confirm = signCeremonyNote(backend.ed25519, trustee.seed, {
    election: setup.electionId,
    jointKey: toBase64(jointKey),
    proof: toBase64(Uint8Array.of(...nonceElement, ...response)),
    step: 'confirm',
    transcript: toBase64(transcript),
    trustee: trustee.index,
    trustees: trusteesHash(setup),
    verificationKey: toBase64(verificationKey),
  })
  return ok({ secretShare, verificationKey, jointKey, confirm })
}

function otherIndices({ setup, trustee }: CeremonyState): number[] {
  return setup.trustees.map((_, i) => i + 1).filter((index) => index !== trustee.index)
}

function packagesOfOthers(
  backend: CryptoBackend,
  state: CeremonyState,
  reveals: readonly string[],
): Result<Round1['public'][], CeremonyError> {
  const revealed = readCeremonyNotes(backend.ed25519, state.setup, 'reveal', reveals)
  if (!revealed.ok) return revealed
  const others = revealed.value.filter(({ trustee }) => trustee !== state.trustee.index)
  return ok(
    others.map((reveal) => ({
      identifier: Identifier.fromNumber(reveal.trustee),
      commitment: reveal.coefficients.map((text) => fromBase64(text) as Uint8Array<ArrayBuffer>),
      proofOfKnowledge: fromBase64(reveal.proof) as Uint8Array<ArrayBuffer>,
    })),
  )
}
