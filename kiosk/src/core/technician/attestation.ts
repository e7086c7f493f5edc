import { base64Bytes, hexBytes, kioskId, origin, text } from '@hanpyo/protocol/election/fields.ts'
import { type Json, parseCanonicalJson } from '@hanpyo/protocol/json.ts'
import { type NoteVerifier, parseNote, verifyNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'

const TYPE = 'hanpyo/software/v1'

const attestationSchema = z.strictObject({
  type: z.literal(TYPE),
  /** `softwareHash` of the files the kiosk runs from. */
  hash: hexBytes(32),
  version: text(40),
  kiosk: kioskId,
  election: origin,
  /** H_m of the loaded manifest. */
  manifest: base64Bytes(32),
})
/** Which software a kiosk says it runs, for which election. */
export type Attestation = z.infer<typeof attestationSchema>

export type AttestationError = 'attestation-malformed' | 'attestation-signature'

/** The value that the kiosk signs as a note; the note is the text of the QR code. */
export function attestation(facts: Omit<Attestation, 'type'>): { readonly [key: string]: Json } {
  return attestationSchema.parse({ ...facts, type: TYPE })
}

/**
 * Reads the text of such a QR code and checks that this kiosk's key signed it. It proves which key signed, and what that machine
 * said of itself: a machine with other software and the same key could lie.
 */
export function verifyAttestation(
  note: string,
  verifier: NoteVerifier,
): Result<Attestation, AttestationError> {
  const parsed = parseNote(note)
  if (!parsed.ok) return err('attestation-malformed', parsed.error)
  const verified = verifyNote(parsed.value, [verifier], { exactly: true })
  if (!verified.ok) return err('attestation-signature', verified.error)
  const value = parseCanonicalJson(parsed.value.text.replace(/\n$/, ''))
  if (!value.ok) return err('attestation-malformed', value.error)
  const read = attestationSchema.safeParse(value.value)
  return read.success ? ok(read.data) : err('attestation-malformed', read.error.issues[0]?.message)
}
