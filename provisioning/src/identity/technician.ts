import { join } from 'node:path'
import { readSealableKeyFile } from '@hanpyo/platform/sealable-key-file.ts'
import type { Openers } from '@hanpyo/platform/sealed-file.ts'
import { decodeUtf8, equalBytes, fromBase64, toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import { base64Bytes, kioskId, shortName, unixSeconds } from '@hanpyo/protocol/election/fields.ts'
import { manifestField } from '@hanpyo/protocol/election/records.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { canonicalJson } from '@hanpyo/protocol/json.ts'
import { noteVerifier, parseNote, signNote, verifyNote } from '@hanpyo/protocol/log/note.ts'
import { encodeVkey, SIGNATURE_TYPE } from '@hanpyo/protocol/log/vkey.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import type { ProvisionError } from '../frame/errors.ts'
import { parseJsonWith } from '../frame/parse-json.ts'
import type { FilePort } from '../frame/ports.ts'
import type { DeskElection, DeskKey } from './device-authority.ts'

export const TECHNICIAN_KEY_TYPE = 'hanpyo-technician-key'
export const technicianKeySchema = z.strictObject({
  type: z.literal(TECHNICIAN_KEY_TYPE),
  /** Id in the certificate. */
  name: shortName,
  seed: base64Bytes(32),
})

export const technicianRequestSchema = z.strictObject({ id: shortName, ed25519: base64Bytes(32) })
export type TechnicianRequest = z.infer<typeof technicianRequestSchema>

/** Text of the note, signed by `<origin>/devices`, that makes a key a technician's of one election. */
const certificateSchema = z.strictObject({
  type: z.literal('hanpyo-technician'),
  manifest: base64Bytes(32),
  id: shortName,
  ed25519: base64Bytes(32),
  notBefore: unixSeconds,
  notAfter: unixSeconds,
})
export type TechnicianCertificate = z.infer<typeof certificateSchema>

/** What one person agrees to: text of a note signed by `technician/<id>`. */
const approvalSchema = z.strictObject({
  approve: z.literal('revoke'),
  manifest: base64Bytes(32),
  kiosks: z.array(kioskId).min(1),
  at: unixSeconds,
})
const approvalFileSchema = z.strictObject({ approval: z.string(), certificate: z.string() })

/** Files in a technician's folder. */
export const technicianFiles = (folder: string) => ({
  key: join(folder, 'technician.json'),
  request: join(folder, 'technician-request.json'),
  certificate: join(folder, 'technician.note'),
})

/** The same skew that a kiosk's certificate is allowed. */
export const CLOCK_SKEW_SECONDS = 600
const APPROVAL_SECONDS = 7 * 86_400

export interface Technician {
  readonly id: string
  readonly seed: Uint8Array
  readonly certificate: TechnicianCertificate
  readonly certificateNote: string
}

type TechnicianError = 'technician-not-certified' | 'technician-expired'

/** Signs a technician's certificate. */
export function certifyTechnician(
  { ed25519, manifestHash }: Pick<DeskElection, 'ed25519' | 'manifestHash'>,
  key: DeskKey,
  request: TechnicianRequest,
  validity: { readonly notBefore: number; readonly notAfter: number },
): string {
  const manifest = manifestField(manifestHash)
  const text = canonicalJson({ type: 'hanpyo-technician', manifest, ...request, ...validity })
  return signNote({ ed25519, ...key, text: `${text}\n` })
}

/** Checks a certificate against the device authority's key, its election and a time (Unix seconds). */
export function verifyTechnician(
  note: string,
  { ed25519, manifest, manifestHash }: DeskElection,
  at: number,
): Result<TechnicianCertificate, TechnicianError> {
  const parsed = parseNote(note)
  const authority = noteVerifier(ed25519, manifest.keys.deviceAuthority)
  if (!parsed.ok || !authority.ok || !verifyNote(parsed.value, [authority.value], { exactly: true }).ok) {
    return err('technician-not-certified', 'signature of the device authority')
  }
  const certificate = readCertificate(note)
  if (certificate?.manifest !== manifestField(manifestHash)) {
    return err('technician-not-certified', 'of another election')
  }
  return checkValidity(certificate, at)
}

/** A technician's key and certificate. The signature of the certificate is checked where it matters: at the desk. */
export async function readTechnician(
  files: FilePort,
  folder: string,
  options: { readonly ed25519: Ed25519; readonly openers: Openers; readonly now: number },
): Promise<Result<Technician, ProvisionError>> {
  const { ed25519, now, openers } = options
  const { key: path, certificate: certificatePath } = technicianFiles(folder)
  const key = await readSealableKeyFile(path, TECHNICIAN_KEY_TYPE, technicianKeySchema, openers)
  if (!key.ok) return key
  const bytes = await files.read(certificatePath)
  const certificateNote = bytes === null ? '' : decodeUtf8(bytes)
  const certificate = readCertificate(certificateNote)
  if (certificate === null) return err('technician-not-certified', certificatePath)
  const seed = fromBase64(key.value.seed)
  if (!equalBytes(fromBase64(certificate.ed25519), ed25519.publicKey(seed))) {
    return err('technician-not-certified', 'the certificate is for another key')
  }
  const valid = checkValidity(certificate, now)
  return valid.ok ? ok({ id: certificate.id, seed, certificate, certificateNote }) : valid
}

/** A technician's agreement to revoke exactly these kiosks: JSON text of a file. */
export function approveRevocation(
  ed25519: Ed25519,
  { id, seed, certificate, certificateNote }: Technician,
  kiosks: readonly number[],
  at: number,
): string {
  const { manifest } = certificate
  const text = canonicalJson({ approve: 'revoke', manifest, kiosks: ordered(kiosks), at })
  const approval = signNote({ ed25519, name: `technician/${id}`, seed, text: `${text}\n` })
  return `${JSON.stringify({ approval, certificate: certificateNote }, null, 2)}\n`
}

/** How many devices one person may revoke at once. */
export const MOST_BY_ONE_PERSON = 5

/**
 * Whether enough different people agree to revoke these kiosks; their ids. `together` counts also what was revoked a moment ago, so that six
 * devices are not five and one.
 */
export function checkApprovals(
  election: DeskElection,
  kiosks: readonly number[],
  approvals: readonly Uint8Array[],
  now: number,
  together = kiosks.length,
): Result<readonly string[], TechnicianError | 'approval-wrong' | 'two-people-needed'> {
  const people = new Map<string, string>()
  for (const bytes of approvals) {
    const file = parseJsonWith(approvalFileSchema, bytes)
    if (!file.ok) return err('approval-wrong', file.detail)
    const { approval, certificate: certificateNote } = file.value
    const certificate = verifyTechnician(certificateNote, election, now)
    if (!certificate.ok) return certificate
    const { ed25519: key, id } = certificate.value
    const vkey = encodeVkey(`technician/${id}`, SIGNATURE_TYPE.ed25519, fromBase64(key))
    const verifier = noteVerifier(election.ed25519, vkey)
    const note = parseNote(approval)
    if (!note.ok || !verifier.ok || !verifyNote(note.value, [verifier.value], { exactly: true }).ok) {
      return err('approval-wrong', `signature of ${id}`)
    }
    const text = parseJsonWith(approvalSchema, utf8(note.value.text))
    if (!text.ok || text.value.manifest !== manifestField(election.manifestHash))
      return err('approval-wrong', id)
    if (ordered(text.value.kiosks).join() !== ordered(kiosks).join()) {
      return err('approval-wrong', `${id} agreed to ${text.value.kiosks.join(', ')}`)
    }
    const age = now - text.value.at
    if (age > APPROVAL_SECONDS || age < -CLOCK_SKEW_SECONDS)
      return err('approval-wrong', `${id}: older than a week`)
    people.set(key, id)
  }
  const names = new Set(people.values())
  if (together > MOST_BY_ONE_PERSON && (people.size < 2 || names.size < 2)) {
    return err('two-people-needed', `${together} devices, approved by ${[...names].join(', ') || 'nobody'}`)
  }
  return ok([...names])
}

/** A new technician's key file and request. */
export function drawTechnician(ed25519: Ed25519, id: string, seed: Uint8Array) {
  const request: TechnicianRequest = { id, ed25519: toBase64(ed25519.publicKey(seed)) }
  return { key: { type: TECHNICIAN_KEY_TYPE, name: id, seed: toBase64(seed) }, request }
}

/** The text of a certificate, unchecked. */
export function readCertificate(note: string): TechnicianCertificate | null {
  const parsed = parseNote(note)
  const text = parsed.ok ? parseJsonWith(certificateSchema, utf8(parsed.value.text)) : parsed
  return text.ok ? text.value : null
}

function checkValidity(
  certificate: TechnicianCertificate,
  at: number,
): Result<TechnicianCertificate, 'technician-expired'> {
  const { id, notAfter, notBefore } = certificate
  if (at > notAfter || at + CLOCK_SKEW_SECONDS < notBefore) {
    return err('technician-expired', `${id}: ${day(notBefore)} to ${day(notAfter)}`)
  }
  return ok(certificate)
}

const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10)
const ordered = (kiosks: readonly number[]): number[] => [...new Set(kiosks)].sort((a, b) => a - b)
