/** Making a proposal or a support at the kiosk. The caller erases the support key and the text afterwards. */

import { challengeScalar } from '../ballot/sok.ts'
import { concatBytes, isZero, tag } from '../bytes.ts'
import type { CryptoBackend, RandomBytes } from '../group/group.ts'
import { addScalars, multiplyScalars, reduceWide } from '../group/scalar.ts'
import { sha512 } from '../hash.ts'
import { encodeProposalDatagram, encodeSupportDatagram } from './datagram.ts'
import {
  encodeProposalStatement,
  encodeSupportStatement,
  proposalId,
  type StatementKind,
  statementSignatureMessage,
} from './layout.ts'
import { computeStatementChallenge } from './sok.ts'
import { checkText, MAX_TEXT_CHARACTERS, textCommitment } from './text.ts'
import { encodeText, type TextCompressor } from './text-coding.ts'

const NONCE_TAG = tag('hanpyo/statement-nonce/v1')

export interface StatementSigner {
  readonly backend: CryptoBackend
  readonly random: RandomBytes
  /** 32 bytes that never leave the device; hedges against a weak random number generator. */
  readonly deviceSecret: Uint8Array
  /** H_m, 32 bytes. */
  readonly manifestHash: Uint8Array
  /** `deriveSupportKey` of the slip, and its position in the sorted list of support keys. */
  readonly support: { readonly secret: Uint8Array; readonly publicKey: Uint8Array; readonly index: number }
  readonly kiosk: { readonly id: number; readonly seed: Uint8Array; readonly publicKey: Uint8Array }
}

export interface ProposalInput extends StatementSigner {
  /** Topic id of the manifest. */
  readonly topic: number
  /** Passed `checkText`; `RangeError` otherwise. */
  readonly text: string
  /** 16 fresh random bytes. */
  readonly salt: Uint8Array
  readonly compressor: TextCompressor
}

export interface SupportInput extends StatementSigner {
  /** 32 bytes: a proposal that is on the ledger. */
  readonly proposalId: Uint8Array
}

/** `body` becomes the leaf, `id` names the proposal, `datagram` is what the outbox sends (acked by `recordId`). */
export function createProposal(input: ProposalInput): {
  readonly body: Uint8Array
  readonly id: Uint8Array
  readonly datagram: Uint8Array
} {
  const { text, salt, topic, support, kiosk, manifestHash } = input
  const checked = checkText(text, MAX_TEXT_CHARACTERS)
  if (!checked.ok) throw new RangeError(`"text" cannot be handed in: ${checked.error}`)
  const statement = encodeProposalStatement({
    supportIndex: support.index,
    kioskId: kiosk.id,
    topic,
    textCommitment: textCommitment(salt, text),
  })
  const body = signStatement(input, 'proposal', statement)
  const coded = encodeText(input.compressor, text)
  return {
    body,
    id: proposalId(manifestHash, body),
    datagram: encodeProposalDatagram({ body, salt, coded }),
  }
}

/** `body` becomes the leaf, `datagram` is what the outbox sends. */
export function createSupport(input: SupportInput): {
  readonly body: Uint8Array
  readonly datagram: Uint8Array
} {
  const { support, kiosk, proposalId: id } = input
  const statement = encodeSupportStatement({
    supportIndex: support.index,
    kioskId: kiosk.id,
    proposalId: id,
  })
  const body = signStatement(input, 'support', statement)
  return { body, datagram: encodeSupportDatagram(body) }
}

function signStatement(signer: StatementSigner, kind: StatementKind, statement: Uint8Array): Uint8Array {
  const { backend, manifestHash, kiosk } = signer
  const proven = concatBytes(statement, prove(signer, kind, statement))
  const message = statementSignatureMessage(kind, manifestHash, proven)
  return concatBytes(proven, backend.ed25519.sign(kiosk.seed, message))
}

function prove(signer: StatementSigner, kind: StatementKind, statement: Uint8Array): Uint8Array {
  const { backend, manifestHash, support, kiosk } = signer
  for (;;) {
    const nonce = hedgedNonce(signer, statement)
    const challenge = computeStatementChallenge(
      { kind, manifestHash, statement, supportKey: support.publicKey, kioskKey: kiosk.publicKey },
      backend.group.multiplyBase(nonce),
    )
    const c = challengeScalar(challenge)
    const response =
      backend.group.respond?.(nonce, c, support.secret) ??
      addScalars(nonce, multiplyScalars(c, support.secret))
    nonce.fill(0)
    // zero values are refused by the format; they come up once in 2^128 tries
    if (!isZero(challenge) && !isZero(response)) return concatBytes(challenge, response)
  }
}

/** `wideReduce(SHA-512(tag ‖ device secret ‖ 32 random bytes ‖ H_m ‖ statement ‖ P))`, never zero. */
function hedgedNonce(signer: StatementSigner, statement: Uint8Array): Uint8Array {
  const { random, deviceSecret, manifestHash, support } = signer
  if (deviceSecret.length !== 32) throw new RangeError('"deviceSecret" is not 32 bytes')
  for (;;) {
    const input = concatBytes(NONCE_TAG, deviceSecret, random(32), manifestHash, statement, support.publicKey)
    const scalar = reduceWide(sha512(input))
    input.fill(0)
    if (!isZero(scalar)) return scalar
  }
}
