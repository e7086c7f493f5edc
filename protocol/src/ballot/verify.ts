/**
 * The one function that decides whether bytes are a valid ballot of an election, used by bridge, mirrors,
 * trustees and verifier alike. Whether the credential was used before and whether the polls are open depends
 * on the ledger and is judged in `election/state.ts`.
 */
import { equalBytes, isZero } from '../bytes.ts'
import type { CryptoBackend, Group } from '../group/group.ts'
import { isCanonicalScalar } from '../group/scalar.ts'
import { err, ok, type Result } from '../result.ts'
import type { BallotElection } from './create.ts'
import {
  type Ballot,
  ETAG_BYTES,
  headerOf,
  kioskSignatureMessage,
  type LayoutError,
  parseBallot,
  signedPart,
} from './layout.ts'
import { challengeScalar, computeSokChallenge, type SokCommitments } from './sok.ts'

export type { BallotElection } from './create.ts'

/** An election's facts, as far as the verification of one ballot needs them. */
export interface BallotContext extends BallotElection {
  /** Length of the credential list; valid indices are below it. */
  readonly credentialCount: number
  /** The list entry: a checked ristretto255 element and the contests of the slip's style, in order. */
  credential(
    index: number,
  ): { readonly publicKey: Uint8Array; readonly contestIds: readonly number[] } | undefined
  /** The Ed25519 key live for a kiosk slot at this place of the ledger, checked at registration. */
  kioskKey(kioskId: number): Uint8Array | undefined
}

export type BallotError =
  | LayoutError
  | 'ballot-etag'
  | 'credential-index'
  | 'contest-count'
  | 'kiosk-unknown'
  | 'scalar-not-canonical'
  | 'scalar-zero'
  | 'challenge-zero'
  | 'element-invalid'
  | 'element-identity'
  | 'c1-repeated'
  | 'kiosk-signature'
  | 'credential-proof'

/** A ballot of which everything but its proof has been checked, and the keys its proof is about. */
export interface ExaminedBallot {
  readonly ballot: Ballot
  readonly credential: { readonly publicKey: Uint8Array; readonly contestIds: readonly number[] }
  readonly kioskKey: Uint8Array
}

/**
 * Total on arbitrary bytes: a ballot or the first rule it breaks, in this fixed order: layout, etag,
 * credential index, contest count, kiosk, scalars, elements, repeated C1 within the ballot, kiosk signature,
 * credential proof. The signature comes before the proof because it is the cheaper of the two and stops
 * everything that no enrolled kiosk made.
 */
export function verifyBallot(
  backend: CryptoBackend,
  canonical: Uint8Array,
  context: BallotContext,
): Result<Ballot, BallotError> {
  const proven = proveBallot(backend, canonical, context)
  return proven.ok ? ok(proven.value.ballot) : proven
}

/** The same, together with the commitments that the proof was checked with (`verify-together.ts` says what for). */
export function proveBallot(
  backend: CryptoBackend,
  canonical: Uint8Array,
  context: BallotContext,
): Result<{ readonly ballot: Ballot; readonly commitments: SokCommitments }, BallotError> {
  const examined = examineBallot(backend, canonical, context)
  if (!examined.ok) return examined
  const { ballot, credential } = examined.value
  const commitments = commitmentsOf(backend.group, ballot, credential.publicKey)
  return equalBytes(challengeOf(examined.value, context, commitments), ballot.challenge)
    ? ok({ ballot, commitments })
    : err('credential-proof')
}

/** Everything `verifyBallot` checks but the proof, in its order. */
export function examineBallot(
  backend: CryptoBackend,
  canonical: Uint8Array,
  context: BallotContext,
): Result<ExaminedBallot, BallotError> {
  const parsed = parseBallot(canonical)
  if (!parsed.ok) return parsed
  const ballot = parsed.value

  if (!equalBytes(ballot.etag, context.manifestHash.slice(0, ETAG_BYTES))) return err('ballot-etag')
  if (ballot.credentialIndex >= context.credentialCount) return err('credential-index')
  const credential = context.credential(ballot.credentialIndex)
  if (credential === undefined) return err('credential-index')
  if (credential.contestIds.length !== ballot.contestCount) return err('contest-count')
  const kioskKey = context.kioskKey(ballot.kioskId)
  if (kioskKey === undefined) return err('kiosk-unknown')

  const problem = checkScalars(ballot) ?? checkElements(backend.group, ballot)
  if (problem !== undefined) return err(problem)

  const message = kioskSignatureMessage(context.manifestHash, signedPart(ballot.bytes))
  return backend.ed25519.verify(kioskKey, message, ballot.signature)
    ? ok({ ballot, credential, kioskKey })
    : err('kiosk-signature')
}

/** Unreduced scalars would make the ballot malleable: libsodium computes with them. */
function checkScalars({ challenge, sK, sR }: Ballot): BallotError | undefined {
  const responses = [sK, ...sR]
  if (!responses.every(isCanonicalScalar)) return 'scalar-not-canonical'
  if (responses.some(isZero)) return 'scalar-zero'
  return isZero(challenge) ? 'challenge-zero' : undefined
}

function checkElements(group: Group, { ciphertexts }: Ballot): BallotError | undefined {
  const elements = ciphertexts.flatMap(({ c1, c2 }) => [c1, c2])
  if (elements.some(isZero)) return 'element-identity'
  if (!elements.every((element) => group.isElement(element))) return 'element-invalid'
  const repeated = ciphertexts.some(({ c1 }, j) =>
    ciphertexts.slice(0, j).some((earlier) => equalBytes(earlier.c1, c1)),
  )
  return repeated ? 'c1-repeated' : undefined
}

/** `A = s·G − c·P` for every statement. */
function commitmentsOf(group: Group, ballot: Ballot, credentialKey: Uint8Array): SokCommitments {
  const c = challengeScalar(ballot.challenge)
  const commitment = (response: Uint8Array, statement: Uint8Array): Uint8Array =>
    group.subtract(group.multiplyBase(response), group.multiply(c, statement))
  return {
    credential: commitment(ballot.sK, credentialKey),
    randomness: ballot.sR.map((response, j) =>
      commitment(response, (ballot.ciphertexts[j] as { c1: Uint8Array }).c1),
    ),
  }
}

/** The challenge that these commitments ask for. */
export function challengeOf(
  { ballot, credential, kioskKey }: ExaminedBallot,
  { manifestHash, jointKey }: BallotElection,
  commitments: SokCommitments,
): Uint8Array {
  const statement = {
    manifestHash,
    header: headerOf(ballot),
    credentialKey: credential.publicKey,
    jointKey,
    kioskKey,
    contestIds: credential.contestIds,
    ciphertexts: ballot.ciphertexts,
  }
  return computeSokChallenge(statement, commitments)
}
