/**
 * The public half of the key ceremony (Pedersen DKG with proofs of knowledge, commit-then-reveal): what
 * everybody can check from the trustees' signed notes, and the keys that follow from them. The secret half
 * is in `dkg.ts`.
 */
import { z } from 'zod'
import { equalBytes, fromBase64, isZero, tag, toBase64, utf8 } from '../bytes.ts'
import type { CryptoBackend, Group } from '../group/group.ts'
import { encodeScalar, isCanonicalScalar, reduceWide } from '../group/scalar.ts'
import { sha256, sha512 } from '../hash.ts'
import { canonicalJson, parseCanonicalJson } from '../json.ts'
import { err, ok, type Result } from '../result.ts'
import {
  type CeremonyNoteError,
  type CeremonySetup,
  commitsTo,
  type RevealNote,
  readCeremonyNotes,
  transcriptHash,
} from './ceremony-notes.ts'

const POSSESSION_TAG = tag('hanpyo/dkg-possession/v1')
/** H_DKG of the FROST suite FROST(ristretto255, SHA-512), as frost-rs and @noble/curves have it. */
const FROST_DKG_PREFIX = utf8('FROST-RISTRETTO255-SHA512-v1dkg')

/** Commit, reveal and confirm notes of trustees 1..n, in order. */
export interface Ceremony {
  readonly commits: readonly string[]
  readonly reveals: readonly string[]
  readonly confirms: readonly string[]
}

export interface CeremonyKeys {
  /** Y, 32 bytes. */
  readonly jointKey: Uint8Array
  /** X_1 .. X_n, 32 bytes each. */
  readonly verificationKeys: readonly Uint8Array[]
}

export type CeremonyError =
  | CeremonyNoteError
  | 'ceremony-document'
  | 'ceremony-threshold'
  | 'ceremony-commitment'
  | 'ceremony-element'
  | 'ceremony-knowledge'
  | 'ceremony-copied'
  | 'ceremony-transcript'
  | 'ceremony-keys'
  | 'ceremony-possession'

const documentSchema = z.strictObject({
  commits: z.array(z.string()),
  reveals: z.array(z.string()),
  confirms: z.array(z.string()),
})

/** The published blob: canonical JSON and a line feed. Its SHA-256 is the manifest's `ceremonyHash`. */
export function encodeCeremony(ceremony: Ceremony): Uint8Array {
  const { commits, confirms, reveals } = ceremony
  return utf8(`${canonicalJson({ commits, confirms, reveals })}\n`)
}

/** Base64 of SHA-256 of the published blob. */
export function ceremonyHash(document: Uint8Array): string {
  return toBase64(sha256(document))
}

/** Checks a whole published ceremony. The caller compares hash and keys with the manifest. */
export function verifyCeremony(
  backend: CryptoBackend,
  setup: CeremonySetup,
  document: string,
): Result<CeremonyKeys, CeremonyError> {
  const json = document.endsWith('\n') ? parseCanonicalJson(document.slice(0, -1)) : err('not-json')
  const parsed = documentSchema.safeParse(json.ok ? json.value : null)
  if (!parsed.success) return err('ceremony-document')
  const { commits, reveals, confirms } = parsed.data
  const keys = verifyReveals(backend, setup, commits, reveals)
  if (!keys.ok) return keys
  const confirmed = readCeremonyNotes(backend.ed25519, setup, 'confirm', confirms)
  if (!confirmed.ok) return confirmed
  const transcript = transcriptHash(commits, reveals)
  for (const { trustee, ...note } of confirmed.value) {
    const key = keys.value.verificationKeys[trustee - 1] as Uint8Array
    if (note.transcript !== toBase64(transcript)) return err('ceremony-transcript', `trustee ${trustee}`)
    if (note.jointKey !== toBase64(keys.value.jointKey) || note.verificationKey !== toBase64(key)) {
      return err('ceremony-keys', `trustee ${trustee}`)
    }
    if (!possessionHolds(backend.group, trustee, transcript, key, fromBase64(note.proof))) {
      return err('ceremony-possession', `trustee ${trustee}`)
    }
  }
  return keys
}

/**
 * Checks commit and reveal notes: signatures, commitments, count of coefficients, elements, proofs of
 * knowledge, and that no trustee copied another's. Returns `Y = Σ A_j0` and `X_i = Σ_j Σ_k i^k·A_jk`.
 */
export function verifyReveals(
  backend: CryptoBackend,
  setup: CeremonySetup,
  commits: readonly string[],
  reveals: readonly string[],
): Result<CeremonyKeys, CeremonyError> {
  const { threshold, trustees } = setup
  if (threshold < 2 || threshold > trustees.length || trustees.length > 32) return err('ceremony-threshold')
  const committed = readCeremonyNotes(backend.ed25519, setup, 'commit', commits)
  if (!committed.ok) return committed
  const revealed = readCeremonyNotes(backend.ed25519, setup, 'reveal', reveals)
  if (!revealed.ok) return revealed
  const polynomials: Uint8Array[][] = []
  for (const [i, reveal] of revealed.value.entries()) {
    const commit = committed.value[i]
    if (commit === undefined || !commitsTo(commit, reveal)) {
      return err('ceremony-commitment', `trustee ${i + 1}`)
    }
    const problem = checkReveal(backend.group, threshold, reveal)
    if (problem !== undefined) return err(problem, `trustee ${i + 1}`)
    polynomials.push(reveal.coefficients.map(fromBase64))
  }
  const constants = polynomials.map(([constant]) => toBase64(constant as Uint8Array))
  if (new Set(constants).size !== constants.length) return err('ceremony-copied')
  return deriveKeys(backend.group, threshold, polynomials)
}

/** Schnorr proof of possession of x_i, bound to the transcript: `R ‖ s` with `s·G = R + c·X_i`. */
function possessionHolds(
  group: Group,
  trustee: number,
  transcript: Uint8Array,
  verificationKey: Uint8Array,
  proof: Uint8Array,
): boolean {
  const [commitment, response] = [proof.slice(0, 32), proof.slice(32)]
  if (!isCanonicalScalar(response) || !group.isElement(commitment)) return false
  const c = possessionChallenge(trustee, transcript, verificationKey, commitment)
  return equalBytes(group.multiplyBase(response), group.add(commitment, group.multiply(c, verificationKey)))
}

/** `wideReduce(SHA-512(tag hanpyo/dkg-possession/v1 ‖ u8 trustee ‖ transcript ‖ X_i ‖ R))`. */
export function possessionChallenge(
  trustee: number,
  transcript: Uint8Array,
  verificationKey: Uint8Array,
  commitment: Uint8Array,
): Uint8Array {
  return reduceWide(sha512(POSSESSION_TAG, Uint8Array.of(trustee), transcript, verificationKey, commitment))
}

function checkReveal(group: Group, threshold: number, reveal: RevealNote): CeremonyError | undefined {
  const coefficients = reveal.coefficients.map(fromBase64)
  if (coefficients.length !== threshold) return 'ceremony-threshold'
  if (!coefficients.every((element) => !isZero(element) && group.isElement(element))) {
    return 'ceremony-element'
  }
  const [constant, proof] = [coefficients[0] as Uint8Array, fromBase64(reveal.proof)]
  return knowledgeHolds(group, reveal.trustee, constant, proof) ? undefined : 'ceremony-knowledge'
}

/** The proof of knowledge of FROST's DKG: `R = z·G − c·A_0`, `c = H_DKG(identifier ‖ A_0 ‖ R)`. */
export function knowledgeHolds(
  group: Group,
  trustee: number,
  constant: Uint8Array,
  proof: Uint8Array,
): boolean {
  const [commitment, response] = [proof.slice(0, 32), proof.slice(32)]
  if (!isCanonicalScalar(response) || !group.isElement(commitment)) return false
  const identifier = encodeScalar(BigInt(trustee))
  const c = reduceWide(sha512(FROST_DKG_PREFIX, identifier, constant, commitment))
  return equalBytes(group.subtract(group.multiplyBase(response), group.multiply(c, constant)), commitment)
}

function deriveKeys(
  group: Group,
  threshold: number,
  polynomials: readonly (readonly Uint8Array[])[],
): Result<CeremonyKeys, CeremonyError> {
  const sums = Array.from({ length: threshold }, (_, k) =>
    polynomials
      .map((coefficients) => coefficients[k] as Uint8Array)
      .reduce((sum, coefficient) => group.add(sum, coefficient)),
  )
  const verificationKeys = polynomials.map((_, i) => evaluateInExponent(group, sums, i + 1))
  const jointKey = sums[0] as Uint8Array
  if ([jointKey, ...verificationKeys].some(isZero)) return err('ceremony-keys', 'the identity')
  return ok({ jointKey, verificationKeys })
}

/** Σ_k index^k·A_k: what the share for a trustee times G has to be. */
export function evaluateInExponent(
  group: Group,
  coefficients: readonly Uint8Array[],
  index: number,
): Uint8Array {
  const at = encodeScalar(BigInt(index))
  return coefficients.reduceRight((value, coefficient) => group.add(group.multiply(at, value), coefficient))
}
