/**
 * The three notes each trustee signs in the key ceremony. Every note names the election and a hash of the
 * trustee list, because the proof of knowledge inside a FROST package is bound to neither.
 */
import { z } from 'zod'
import { concatBytes, equalBytes, fromBase64, tag, toBase64, utf8 } from '../bytes.ts'
import { base64Bytes, integer, origin } from '../election/fields.ts'
import { keyName } from '../election/manifest.ts'
import type { Ed25519 } from '../group/group.ts'
import { sha256, sha512_256 } from '../hash.ts'
import { canonicalJson, type Json, parseCanonicalJson } from '../json.ts'
import { noteVerifier, parseNote, signNote, verifyNote } from '../log/note.ts'
import { err, ok, type Result } from '../result.ts'

const TRUSTEES_TAG = tag('hanpyo/trustees/v1')
const COMMIT_TAG = tag('hanpyo/dkg-commit/v1')
const TRANSCRIPT_TAG = tag('hanpyo/dkg-transcript/v1')

/** What is agreed before the ceremony starts and read aloud: election, threshold, and who takes part. */
export interface CeremonySetup {
  readonly electionId: string
  readonly threshold: number
  /** Note keys (vkey) of trustees 1..n in order, named `<election id>/trustee/<i>`. */
  readonly trustees: readonly string[]
}

const common = { election: origin, trustee: integer(1, 255), trustees: base64Bytes(32) }

const commitSchema = z.strictObject({ ...common, step: z.literal('commit'), commitment: base64Bytes(32) })
const revealSchema = z.strictObject({
  ...common,
  step: z.literal('reveal'),
  coefficients: z.array(base64Bytes(32)).min(1).max(32),
  proof: base64Bytes(64),
})
export const confirmSchema = z.strictObject({
  ...common,
  step: z.literal('confirm'),
  jointKey: base64Bytes(32),
  proof: base64Bytes(64),
  transcript: base64Bytes(32),
  verificationKey: base64Bytes(32),
})

export type CommitNote = z.infer<typeof commitSchema>
export type RevealNote = z.infer<typeof revealSchema>
export type ConfirmNote = z.infer<typeof confirmSchema>

export type CeremonyNoteError = 'ceremony-note' | 'ceremony-signature' | 'ceremony-setup' | 'ceremony-count'

const SCHEMAS = { commit: commitSchema, reveal: revealSchema, confirm: confirmSchema } as const
interface Notes {
  readonly commit: CommitNote
  readonly reveal: RevealNote
  readonly confirm: ConfirmNote
}

/** SHA-512/256(tag `hanpyo/trustees/v1` ‖ canonical JSON `{election, threshold, trustees}`), in base64. */
export function trusteesHash(setup: CeremonySetup): string {
  const { electionId: election, threshold, trustees } = setup
  return toBase64(sha512_256(TRUSTEES_TAG, utf8(canonicalJson({ election, threshold, trustees }))))
}

/** Commitment to a reveal before it is shown: SHA-512/256(tag `hanpyo/dkg-commit/v1` ‖ note text without LF). */
export function commitmentTo(reveal: RevealNote): Uint8Array {
  return sha512_256(COMMIT_TAG, utf8(canonicalJson(reveal)))
}

/** Whether a commit note, already checked, commits to this reveal. */
export function commitsTo(commit: CommitNote, reveal: RevealNote): boolean {
  return equalBytes(fromBase64(commit.commitment), commitmentTo(reveal))
}

/** SHA-512/256(tag `hanpyo/dkg-transcript/v1` ‖ SHA-256 of each commit note ‖ SHA-256 of each reveal note). */
export function transcriptHash(commits: readonly string[], reveals: readonly string[]): Uint8Array {
  return sha512_256(
    TRANSCRIPT_TAG,
    concatBytes(...[...commits, ...reveals].map((note) => sha256(utf8(note)))),
  )
}

/** A note of trustee `value.trustee`, signed with its 32-byte note key seed. */
export function signCeremonyNote(
  ed25519: Ed25519,
  seed: Uint8Array,
  value: CommitNote | RevealNote | ConfirmNote,
): string {
  const text = `${canonicalJson(value as Json)}\n`
  return signNote({ ed25519, seed, name: keyName.trustee(value.election, value.trustee), text })
}

/** Checks that there is one note of a step from each trustee, in order, signed by it alone, for this setup. */
export function readCeremonyNotes<Step extends keyof Notes>(
  ed25519: Ed25519,
  setup: CeremonySetup,
  step: Step,
  notes: readonly string[],
): Result<Notes[Step][], CeremonyNoteError> {
  if (notes.length !== setup.trustees.length) {
    return err('ceremony-count', `${notes.length} ${step} notes, ${setup.trustees.length} trustees`)
  }
  const hash = trusteesHash(setup)
  const values: Notes[Step][] = []
  for (const [i, note] of notes.entries()) {
    const who = `${step} of trustee ${i + 1}`
    const verifier = noteVerifier(ed25519, setup.trustees[i] as string)
    const parsed = parseNote(note)
    if (!parsed.ok || !verifier.ok) return err('ceremony-note', who)
    if (verifier.value.name !== keyName.trustee(setup.electionId, i + 1)) return err('ceremony-setup', who)
    if (!verifyNote(parsed.value, [verifier.value], { exactly: true }).ok) {
      return err('ceremony-signature', who)
    }
    const value = readText(step, parsed.value.text)
    if (value === null) return err('ceremony-note', who)
    if (value.election !== setup.electionId || value.trustees !== hash || value.trustee !== i + 1) {
      return err('ceremony-setup', who)
    }
    values.push(value)
  }
  return ok(values)
}

function readText<Step extends keyof Notes>(step: Step, text: string): Notes[Step] | null {
  const json = text.endsWith('\n') ? parseCanonicalJson(text.slice(0, -1)) : err('not-json')
  if (!json.ok) return null
  const parsed = SCHEMAS[step].safeParse(json.value)
  return parsed.success ? (parsed.data as Notes[Step]) : null
}
