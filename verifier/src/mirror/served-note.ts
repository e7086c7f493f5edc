import { utf8 } from '@hanpyo/protocol/bytes.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { cosignatureVerifier } from '@hanpyo/protocol/log/cosignature.ts'
import { type NoteSignature, type NoteVerifier, noteVerifier, parseNote } from '@hanpyo/protocol/log/note.ts'
import { parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import type { Result } from '@hanpyo/protocol/result.ts'

/** What a mirror hands on of a checkpoint note that it has opened. */
export interface WorthServing {
  readonly text: string
  /** The log's signature. */
  readonly own: readonly NoteSignature[]
  /** Cosignatures of the election's policies. */
  readonly others: readonly NoteSignature[]
}

/**
 * The lines of a checkpoint note that verify under keys of the manifest. Anybody on the way can add lines of unknown keys,
 * until the note is longer than a reader or a witness takes.
 */
export function worthServing(ed25519: Ed25519, manifest: Manifest, note: string): WorthServing {
  const parsed = parseNote(note)
  if (!parsed.ok) throw new Error(`not an opened checkpoint: ${parsed.error}`)
  const { text, signatures } = parsed.value
  const signed = (verifiers: readonly Result<NoteVerifier, string>[]): NoteSignature[] =>
    verifiers.flatMap((verifier) => {
      if (!verifier.ok) return []
      const { name, keyId, verify } = verifier.value
      const line = signatures.find((one) => one.name === name && one.keyId === keyId)
      return line !== undefined && verify(utf8(text), line.signature) ? [line] : []
    })
  // Everybody of the policy `seen` is in the policy `official` as well.
  const policy = parsePolicy(manifest.policies.official)
  const cosigners = policy.ok ? policy.value.witnesses : []
  return {
    text,
    own: signed([noteVerifier(ed25519, manifest.keys.log)]),
    others: signed(cosigners.map(({ vkey }) => cosignatureVerifier(ed25519, vkey))),
  }
}
