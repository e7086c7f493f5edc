/**
 * A proposal (0x20) and a support (0x21) as bytes: two fixed layouts that differ in one field, and nothing about
 * whether they are valid (docs/protocol.md, "Proposals"). All offsets are known here only.
 */
import { ByteReader, ByteWriter, concatBytes, tag } from '../bytes.ts'
import { sha512_256 } from '../hash.ts'
import { err, ok, type Result } from '../result.ts'

export const PROPOSAL_VERSION = 0x01
/** Body of a 0x20 leaf. */
export const PROPOSAL_BYTES = 151
/** Body of a 0x21 leaf. */
export const SUPPORT_BYTES = 150
export const SALT_BYTES = 16
const CHALLENGE_BYTES = 16
const SIGNATURE_BYTES = 64
/** Challenge, response and kiosk signature: what comes after the statement. */
const PROOF_BYTES = CHALLENGE_BYTES + 32 + SIGNATURE_BYTES

const PROPOSAL_ID_TAG = tag('hanpyo/proposal-id/v1')
const SUPPORT_ORDER_TAG = tag('hanpyo/support-order/v1')
const KIOSK_TAGS = {
  proposal: tag('hanpyo/kiosk-proposal/v1'),
  support: tag('hanpyo/kiosk-support/v1'),
} as const

export type StatementKind = 'proposal' | 'support'

interface Statement {
  /** Position in the sorted list of support keys, u24. */
  readonly supportIndex: number
  /** u16. */
  readonly kioskId: number
  /** 16 bytes, a little-endian integer. */
  readonly challenge: Uint8Array
  /** 32 bytes, a scalar. */
  readonly response: Uint8Array
  /** 64 bytes, Ed25519 by the kiosk. */
  readonly signature: Uint8Array
  /** The body the fields came from. */
  readonly bytes: Uint8Array
}

/** A proposal taken apart. The fields are copies. */
export interface Proposal extends Statement {
  readonly kind: 'proposal'
  /** Topic id of the manifest, 1..255. */
  readonly topic: number
  /** 32 bytes, `textCommitment`. */
  readonly textCommitment: Uint8Array
}

/** A support taken apart. The fields are copies. */
export interface Support extends Statement {
  readonly kind: 'support'
  /** 32 bytes, `proposalId` of what is supported. */
  readonly proposalId: Uint8Array
}

export type StatementLayoutError = 'statement-length' | 'statement-version'

/** Bytes 0..38 of a proposal's body. Throws `RangeError` for values that do not fit. */
export function encodeProposalStatement(fields: {
  readonly supportIndex: number
  readonly kioskId: number
  readonly topic: number
  readonly textCommitment: Uint8Array
}): Uint8Array {
  if (fields.textCommitment.length !== 32) throw new RangeError('"textCommitment" is not 32 bytes')
  return new ByteWriter()
    .u8(PROPOSAL_VERSION)
    .uint(3, fields.supportIndex)
    .u16(fields.kioskId)
    .u8(fields.topic)
    .raw(fields.textCommitment)
    .bytes()
}

/** Bytes 0..37 of a support's body. Throws `RangeError` for values that do not fit. */
export function encodeSupportStatement(fields: {
  readonly supportIndex: number
  readonly kioskId: number
  readonly proposalId: Uint8Array
}): Uint8Array {
  if (fields.proposalId.length !== 32) throw new RangeError('"proposalId" is not 32 bytes')
  return new ByteWriter()
    .u8(PROPOSAL_VERSION)
    .uint(3, fields.supportIndex)
    .u16(fields.kioskId)
    .raw(fields.proposalId)
    .bytes()
}

/** Takes the body of a 0x20 leaf apart. Total on arbitrary bytes; says nothing about proofs or signatures. */
export function parseProposal(body: Uint8Array): Result<Proposal, StatementLayoutError> {
  const problem = layoutProblem(body, PROPOSAL_BYTES)
  if (problem !== undefined) return problem
  const reader = new ByteReader(body)
  reader.u8()
  return ok({
    kind: 'proposal',
    supportIndex: reader.u24(),
    kioskId: reader.u16(),
    topic: reader.u8(),
    textCommitment: reader.take(32),
    ...readProof(reader),
    bytes: body.slice(),
  })
}

/** Takes the body of a 0x21 leaf apart. Total on arbitrary bytes; says nothing about proofs or signatures. */
export function parseSupport(body: Uint8Array): Result<Support, StatementLayoutError> {
  const problem = layoutProblem(body, SUPPORT_BYTES)
  if (problem !== undefined) return problem
  const reader = new ByteReader(body)
  reader.u8()
  return ok({
    kind: 'support',
    supportIndex: reader.u24(),
    kioskId: reader.u16(),
    proposalId: reader.take(32),
    ...readProof(reader),
    bytes: body.slice(),
  })
}

/** What the signature of knowledge covers: everything before the challenge. */
export function statementPart(body: Uint8Array): Uint8Array {
  return body.slice(0, Math.max(0, body.length - PROOF_BYTES))
}

/** What the kiosk signs: tag `hanpyo/kiosk-proposal/v1` or `hanpyo/kiosk-support/v1` ‖ H_m ‖ all bytes before. */
export function statementSignatureMessage(
  kind: StatementKind,
  manifestHash: Uint8Array,
  beforeSignature: Uint8Array,
): Uint8Array {
  return concatBytes(KIOSK_TAGS[kind], manifestHash, beforeSignature)
}

/** Everything before the kiosk signature. */
export function beforeSignature(body: Uint8Array): Uint8Array {
  return body.slice(0, Math.max(0, body.length - SIGNATURE_BYTES))
}

/** SHA-512/256(tag `hanpyo/proposal-id/v1` ‖ H_m ‖ body); 32 bytes. */
export function proposalId(manifestHash: Uint8Array, body: Uint8Array): Uint8Array {
  return sha512_256(PROPOSAL_ID_TAG, manifestHash, body)
}

/** What supports are sorted by in a batch: SHA-512/256(tag `hanpyo/support-order/v1` ‖ body); 32 bytes. */
export function supportOrder(body: Uint8Array): Uint8Array {
  return sha512_256(SUPPORT_ORDER_TAG, body)
}

function layoutProblem(body: Uint8Array, length: number) {
  const version = body[0]
  if (body.length !== length) return err('statement-length', `${body.length} bytes, ${length} wanted`)
  return version === PROPOSAL_VERSION ? undefined : err('statement-version', `version ${version}`)
}

function readProof(reader: ByteReader): Pick<Statement, 'challenge' | 'response' | 'signature'> {
  const challenge = reader.take(CHALLENGE_BYTES)
  const response = reader.take(32)
  const signature = reader.take(SIGNATURE_BYTES)
  reader.end()
  return { challenge, response, signature }
}
