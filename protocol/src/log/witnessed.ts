import type { Ed25519 } from '../group/group.ts'
import { err, ok, type Result } from '../result.ts'
import { type Checkpoint, type CheckpointError, parseCheckpoint } from './checkpoint.ts'
import { cosignatureTimestamp, cosignatureVerifier } from './cosignature.ts'
import {
  type Note,
  type NoteError,
  type NoteVerifier,
  type NoteVerifyError,
  noteVerifier,
  parseNote,
  verifyNote,
} from './note.ts'
import { type Policy, quorumMet } from './policy.ts'

/** A cosignature that verified: the witness's policy name and its POSIX seconds. */
export interface VerifiedCosignature {
  readonly witness: string
  readonly timestamp: number
}

/** A checkpoint signed by a log of the policy, with every valid cosignature of its witnesses. */
export interface WitnessedCheckpoint {
  readonly checkpoint: Checkpoint
  readonly note: Note
  readonly cosignatures: readonly VerifiedCosignature[]
}

export type WitnessedError =
  | NoteError
  | NoteVerifyError
  | CheckpointError
  | 'policy-weak-key'
  | 'checkpoint-unknown-log'
  | 'quorum-not-met'

/**
 * Checks a checkpoint note against a policy: signed by a listed log whose key name is the origin, no bad
 * signature of a known key, quorum met. With `laterThan`, only cosignatures after that POSIX second count
 * towards the quorum: this decides whether a promise is broken.
 */
export function verifyWitnessed(
  ed25519: Ed25519,
  policy: Policy,
  input: Uint8Array | string,
  options: { readonly laterThan?: number } = {},
): Result<WitnessedCheckpoint, WitnessedError> {
  const note = parseNote(input)
  if (!note.ok) return note
  const checkpoint = parseCheckpoint(note.value.text)
  if (!checkpoint.ok) return checkpoint
  const logs: NoteVerifier[] = []
  for (const { vkey } of policy.logs.filter((log) => log.vkey.name === checkpoint.value.origin)) {
    const verifier = noteVerifier(ed25519, vkey)
    if (!verifier.ok) return err('policy-weak-key', vkey.name)
    logs.push(verifier.value)
  }
  if (logs.length === 0) return err('checkpoint-unknown-log', checkpoint.value.origin)
  const signed = verifyNote(note.value, logs)
  if (!signed.ok) return signed
  const cosignatures = verifyCosignatures(ed25519, policy, note.value)
  if (!cosignatures.ok) return cosignatures
  const counted = cosignatures.value.filter(({ timestamp }) => timestamp > (options.laterThan ?? 0))
  if (!quorumMet(policy, new Set(counted.map(({ witness }) => witness)))) return err('quorum-not-met')
  return ok({ checkpoint: checkpoint.value, note: note.value, cosignatures: cosignatures.value })
}

function verifyCosignatures(
  ed25519: Ed25519,
  policy: Policy,
  note: Note,
): Result<VerifiedCosignature[], NoteVerifyError | 'policy-weak-key'> {
  const found: VerifiedCosignature[] = []
  for (const { name, vkey } of policy.witnesses) {
    const verifier = cosignatureVerifier(ed25519, vkey)
    if (!verifier.ok) return err('policy-weak-key', name)
    const signed = verifyNote(note, [verifier.value])
    if (!signed.ok) {
      if (signed.error === 'note-signature-missing') continue
      return signed
    }
    const timestamp = cosignatureTimestamp((signed.value[0] as { signature: Uint8Array }).signature)
    if (timestamp !== null) found.push({ witness: name, timestamp })
  }
  return ok(found)
}
