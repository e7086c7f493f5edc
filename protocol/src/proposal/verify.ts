/**
 * Decides whether bytes are a valid proposal or support of an election, for bridge, mirrors and verifier alike. Limits,
 * repetitions and whether a supported proposal exists depend on the ledger: `election/rulebook/proposal.ts`.
 */
import { challengeScalar } from '../ballot/sok.ts'
import { equalBytes, isZero } from '../bytes.ts'
import type { CryptoBackend } from '../group/group.ts'
import { isCanonicalScalar } from '../group/scalar.ts'
import { err, ok, type Result } from '../result.ts'
import {
  beforeSignature,
  type Proposal,
  parseProposal,
  parseSupport,
  type StatementLayoutError,
  type Support,
  statementPart,
  statementSignatureMessage,
} from './layout.ts'
import { computeStatementChallenge } from './sok.ts'

/** An election's facts, as far as the verification of one proposal or support needs them. */
export interface ProposalContext {
  /** H_m, 32 bytes. */
  readonly manifestHash: Uint8Array
  /** The list entry: a checked ristretto255 element other than the identity. */
  supportKey(index: number): Uint8Array | undefined
  /** The Ed25519 key live for a kiosk slot at this place of the ledger, checked at registration. */
  kioskKey(kioskId: number): Uint8Array | undefined
  /** Whether the manifest has the topic. */
  hasTopic(topic: number): boolean
}

export type StatementError =
  | StatementLayoutError
  | 'topic-unknown'
  | 'support-index'
  | 'kiosk-unknown'
  | 'scalar-not-canonical'
  | 'scalar-zero'
  | 'challenge-zero'
  | 'kiosk-signature'
  | 'support-proof'

/** Total on arbitrary bytes: a proposal or the first rule it breaks, cheap checks first, the proof last. */
export function verifyProposal(
  backend: CryptoBackend,
  body: Uint8Array,
  context: ProposalContext,
): Result<Proposal, StatementError> {
  const parsed = parseProposal(body)
  if (!parsed.ok) return parsed
  if (!context.hasTopic(parsed.value.topic)) return err('topic-unknown', `topic ${parsed.value.topic}`)
  return verifyStatement(backend, parsed.value, context)
}

/** The same for a support. */
export function verifySupport(
  backend: CryptoBackend,
  body: Uint8Array,
  context: ProposalContext,
): Result<Support, StatementError> {
  const parsed = parseSupport(body)
  return parsed.ok ? verifyStatement(backend, parsed.value, context) : parsed
}

function verifyStatement<T extends Proposal | Support>(
  backend: CryptoBackend,
  statement: T,
  context: ProposalContext,
): Result<T, StatementError> {
  const { kind, bytes, challenge, response, signature } = statement
  const kioskKey = context.kioskKey(statement.kioskId)
  if (kioskKey === undefined) return err('kiosk-unknown')
  const supportKey = context.supportKey(statement.supportIndex)
  if (supportKey === undefined) return err('support-index')
  if (!isCanonicalScalar(response)) return err('scalar-not-canonical')
  if (isZero(response)) return err('scalar-zero')
  if (isZero(challenge)) return err('challenge-zero')
  const message = statementSignatureMessage(kind, context.manifestHash, beforeSignature(bytes))
  if (!backend.ed25519.verify(kioskKey, message, signature)) return err('kiosk-signature')
  const { group } = backend
  const commitment = group.subtract(
    group.multiplyBase(response),
    group.multiply(challengeScalar(challenge), supportKey),
  )
  const expected = computeStatementChallenge(
    {
      kind,
      manifestHash: context.manifestHash,
      statement: statementPart(bytes),
      supportKey,
      kioskKey,
    },
    commitment,
  )
  return equalBytes(expected, challenge) ? ok(statement) : err('support-proof')
}
