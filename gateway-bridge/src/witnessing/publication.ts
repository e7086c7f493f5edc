import { equalBytes } from '@hanpyo/protocol/bytes.ts'
import { type Checkpoint, parseCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { cosignatureTimestamp } from '@hanpyo/protocol/log/cosignature.ts'
import { formatNote, type NoteSignature, type NoteVerifier, parseNote } from '@hanpyo/protocol/log/note.ts'
import { type Policy, quorumMet } from '@hanpyo/protocol/log/policy.ts'

/** A checkpoint of the log with the cosignatures it has by now. Values; nothing here changes. */
export interface Candidate {
  readonly checkpoint: Checkpoint
  /** The log's own note, one signature. */
  readonly note: string
  /** By policy name. */
  readonly cosignatures: ReadonlyMap<string, NoteSignature>
}

/** A candidate without cosignatures from the log's own note. Throws for anything else, which would be a bug. */
export function candidate(note: string): Candidate {
  const parsed = parseNote(note)
  const checkpoint = parsed.ok ? parseCheckpoint(parsed.value.text) : parsed
  if (!checkpoint.ok) throw new Error(`not a checkpoint note: ${checkpoint.error}`)
  return { checkpoint: checkpoint.value, note, cosignatures: new Map() }
}

/** A candidate with one more cosignature; of two by one witness the later one stays. */
export function withCosignature(of: Candidate, witness: string, line: NoteSignature): Candidate {
  const held = of.cosignatures.get(witness)
  if (held !== undefined && timeOf(held) > timeOf(line)) return of
  return { ...of, cosignatures: new Map(of.cosignatures).set(witness, line) }
}

/** A candidate with the cosignatures of another note of the same head that are new or later; itself when there are none. */
export function withCosignaturesOf(of: Candidate, other: Candidate): Candidate {
  if (!equalBytes(of.checkpoint.root, other.checkpoint.root)) return of
  let next = of
  for (const [witness, line] of other.cosignatures) {
    const held = of.cosignatures.get(witness)
    if (held === undefined || timeOf(held) < timeOf(line)) next = withCosignature(next, witness, line)
  }
  return next
}

/** Whether enough witnesses have cosigned it for the public to be shown it. */
export function isPublishable(of: Candidate, policy: Policy): boolean {
  return quorumMet(policy, new Set(of.cosignatures.keys()))
}

/** The note as it is served: the log's signature first, cosignatures in the order of the policy. */
export function servedNote(of: Candidate, order: readonly string[]): string {
  const parsed = parseNote(of.note)
  if (!parsed.ok) throw new Error(parsed.error)
  const lines = order.flatMap((name) => of.cosignatures.get(name) ?? [])
  return formatNote(parsed.value.text, [...parsed.value.signatures, ...lines])
}

/**
 * Reads a served note back: the log's signature and those cosignatures that verify. `null` when it is not a checkpoint
 * signed by this log.
 */
export function readServed(
  note: string,
  log: NoteVerifier,
  witnesses: ReadonlyMap<string, NoteVerifier>,
): Candidate | null {
  const parsed = parseNote(note)
  if (!parsed.ok) return null
  const checkpoint = parseCheckpoint(parsed.value.text)
  const text = new TextEncoder().encode(parsed.value.text)
  const is = (verifier: NoteVerifier) => (line: NoteSignature) =>
    line.name === verifier.name && line.keyId === verifier.keyId && verifier.verify(text, line.signature)
  const own = parsed.value.signatures.find(is(log))
  if (!checkpoint.ok || own === undefined) return null
  const cosignatures = new Map<string, NoteSignature>()
  for (const [name, verifier] of witnesses) {
    const line = parsed.value.signatures.find(is(verifier))
    if (line !== undefined && timeOf(line) > 0) cosignatures.set(name, line)
  }
  return { checkpoint: checkpoint.value, note: formatNote(parsed.value.text, [own]), cosignatures }
}

function timeOf({ signature }: NoteSignature): number {
  return cosignatureTimestamp(signature) ?? 0
}
