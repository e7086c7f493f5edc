import { decodeUtf8, parseBase64, toBase64, utf8 } from '../bytes.ts'
import type { Ed25519 } from '../group/group.ts'
import { err, ok, type Result } from '../result.ts'
import { isSize, parseDecimal } from './decimal.ts'
import { leafHash, verifyInclusion } from './merkle.ts'
import { MAX_NOTE_BYTES, type NoteError, parseNote } from './note.ts'
import type { Policy } from './policy.ts'
import { verifyWitnessed, type WitnessedCheckpoint, type WitnessedError } from './witnessed.ts'

const HEADER = 'c2sp.org/tlog-proof@v1'
/** An inclusion proof in a tree of up to 2^63 leaves. */
const MAX_PROOF_HASHES = 63
/** The note's cap, and as much again for the rest. */
const MAX_PROOF_BYTES = 2 * MAX_NOTE_BYTES

/** A self-contained proof that a leaf is in a log (C2SP tlog-proof). `extra` is not authenticated. */
export interface TlogProof {
  readonly index: number
  /** Sibling hashes of 32 bytes, the leaf's sibling first. */
  readonly hashes: readonly Uint8Array[]
  /** The checkpoint note, verbatim, with signatures and cosignatures. */
  readonly checkpoint: string
  readonly extra?: Uint8Array
}

export type TlogProofError =
  | 'proof-not-utf8'
  | 'proof-too-large'
  | 'proof-header'
  | 'proof-extra'
  | 'proof-index'
  | 'proof-hash'
  | 'proof-too-long'
  | 'proof-malformed'
  | NoteError

/** The text of a `.tlog-proof` file. Throws `RangeError` for values that no proof can have. */
export function formatTlogProof(proof: TlogProof): string {
  if (!isSize(proof.index)) throw new RangeError(`"index" is not a leaf index: ${proof.index}`)
  if (proof.hashes.length > MAX_PROOF_HASHES || proof.hashes.some((hash) => hash.length !== 32)) {
    throw new RangeError('"hashes" are not an inclusion proof')
  }
  const extra = proof.extra === undefined ? '' : `extra ${toBase64(proof.extra)}\n`
  const hashes = proof.hashes.map((hash) => `${toBase64(hash)}\n`).join('')
  return `${HEADER}\n${extra}index ${proof.index}\n${hashes}\n${proof.checkpoint}`
}

/** Splits a proof strictly; the checkpoint must be a well-formed note. Nothing is verified yet. */
export function parseTlogProof(input: Uint8Array | string): Result<TlogProof, TlogProofError> {
  const decoded = decode(input)
  if (!decoded.ok) return decoded
  const text = decoded.value
  const split = text.indexOf('\n\n')
  if (split < 0) return err(text.startsWith(`${HEADER}\n`) ? 'proof-malformed' : 'proof-header')
  const lines = text.slice(0, split).split('\n')
  if (lines.shift() !== HEADER) return err('proof-header')
  const extraLine = lines[0]?.startsWith('extra ') ? (lines.shift() as string) : undefined
  const extra = extraLine === undefined ? undefined : parseBase64(extraLine.slice('extra '.length))
  if (extra === null) return err('proof-extra')
  const indexLine = lines.shift() ?? ''
  const index = indexLine.startsWith('index ') ? parseDecimal(indexLine.slice('index '.length)) : null
  if (index === null) return err('proof-index')
  if (lines.length > MAX_PROOF_HASHES) return err('proof-too-long')
  const hashes: Uint8Array[] = []
  for (const line of lines) {
    const hash = parseBase64(line)
    if (hash === null || hash.length !== 32) return err('proof-hash')
    hashes.push(hash)
  }
  const checkpoint = text.slice(split + 2)
  const note = parseNote(checkpoint)
  if (!note.ok) return note
  return ok(extra === undefined ? { index, hashes, checkpoint } : { index, hashes, checkpoint, extra })
}

/** What a proof establishes once verified. */
export interface VerifiedProof extends WitnessedCheckpoint {
  readonly index: number
}

/**
 * Verifies a proof for a leaf (`u8 type ‖ body`) against a pinned policy: log signature, quorum of
 * cosignatures, inclusion. A kiosk may delete a sealed ballot only after this succeeded.
 */
export function verifyTlogProof(claim: {
  readonly ed25519: Ed25519
  readonly policy: Policy
  readonly proof: Uint8Array | string
  readonly leaf: Uint8Array
}): Result<VerifiedProof, TlogProofError | WitnessedError | 'proof-not-included'> {
  const proof = parseTlogProof(claim.proof)
  if (!proof.ok) return proof
  const { index, hashes, checkpoint: note } = proof.value
  const witnessed = verifyWitnessed(claim.ed25519, claim.policy, note)
  if (!witnessed.ok) return witnessed
  const { size, root } = witnessed.value.checkpoint
  const included = verifyInclusion({ leafHash: leafHash(claim.leaf), index, size, proof: hashes, root })
  return included ? ok({ ...witnessed.value, index }) : err('proof-not-included')
}

function decode(input: Uint8Array | string): Result<string, 'proof-not-utf8' | 'proof-too-large'> {
  if (typeof input === 'string' && !input.isWellFormed()) return err('proof-not-utf8')
  const bytes = typeof input === 'string' ? utf8(input) : input
  if (bytes.length > MAX_PROOF_BYTES) return err('proof-too-large')
  try {
    return ok(decodeUtf8(bytes))
  } catch {
    return err('proof-not-utf8')
  }
}
