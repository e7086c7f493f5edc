/** Admits kiosks: an X.509 client certificate for the broker, and the 0x03 record that binds the kiosk's keys. */
import { join } from 'node:path'
import { makeDurableDirectory, readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { readKeyFile } from '@hanpyo/platform/keyfile.ts'
import {
  type Credentials,
  issueClientCertificate,
  issueServerCertificate,
  signCertificateRequest,
} from '@hanpyo/platform/x509.ts'
import { decodeUtf8, fromBase64 } from '@hanpyo/protocol/bytes.ts'
import { base64Bytes, hexBytes, kioskId } from '@hanpyo/protocol/election/fields.ts'
import { isAcceptableX25519 } from '@hanpyo/protocol/election/key-checks.ts'
import { parseDevice, RECORD } from '@hanpyo/protocol/election/records.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import { deviceCaSchema } from './key-files.ts'
import type { LoadedElection } from './load-election.ts'
import { type OfficialRecord, sign } from './official-records.ts'
import type { NoteKey } from './role-keys.ts'

export type DeviceAuthorityError =
  | 'request-unreadable'
  | 'request-kiosk'
  | 'request-key-weak'
  | 'request-certificate'
  | 'enrolment-missing'

/**
 * What a kiosk hands to the device authority: public keys in base64 and, in production, a PKCS #10 request
 * with CN = kiosk id, so that the TLS key never leaves the kiosk. Without it the key pair is made here.
 */
export const enrolmentRequestSchema = z.strictObject({
  kiosk: kioskId,
  ed25519: base64Bytes(32),
  x25519: base64Bytes(32),
  devEui: hexBytes(8).optional(),
  certificateRequest: z.string().optional(),
})

export type EnrolmentRequest = z.infer<typeof enrolmentRequestSchema>

export interface Enrolment {
  readonly record: OfficialRecord
  /** PEM. `key` is there only when the kiosk sent no certificate request. */
  readonly certificate: { readonly cert: string; readonly key?: string }
}

/** Reads the JSON text of a request. */
export function parseEnrolmentRequest(text: string): Result<EnrolmentRequest, 'request-unreadable'> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return err('request-unreadable', 'not JSON')
  }
  const parsed = enrolmentRequestSchema.safeParse(json)
  if (parsed.success) return ok(parsed.data)
  return err('request-unreadable', parsed.error.issues.map((issue) => issue.path.join('.')).join(', '))
}

/** Checks a request and makes certificate and record. Writes nothing. */
export async function enrolDevice(input: {
  readonly election: LoadedElection
  readonly key: NoteKey
  readonly ca: Credentials
  readonly kiosk: number
  readonly request: EnrolmentRequest
  readonly at: number
}): Promise<Result<Enrolment, DeviceAuthorityError | 'kiosk-unknown'>> {
  const { election, key, ca, kiosk, request, at } = input
  const { devEui, ed25519, x25519 } = request
  if (!election.manifest.kioskSlots.some(({ id }) => id === kiosk)) return err('kiosk-unknown', String(kiosk))
  if (request.kiosk !== kiosk) return err('request-kiosk', `the request says kiosk ${request.kiosk}`)
  if (!election.ed25519.isAcceptableKey(fromBase64(ed25519))) return err('request-key-weak', 'ed25519')
  if (!isAcceptableX25519(fromBase64(x25519))) return err('request-key-weak', 'x25519')
  const certificate = await certify(ca, String(kiosk), request.certificateRequest)
  if (!certificate.ok) return certificate
  const value = { action: 'enrol', kiosk, ed25519, x25519, at, ...(devEui === undefined ? {} : { devEui }) }
  return ok({ record: sign(election, key, RECORD.device, value), certificate: certificate.value })
}

/** The record that ends an enrolment: it names the same keys. */
export function revokeDevice(
  election: LoadedElection,
  key: NoteKey,
  enrolNote: string,
  at: number,
): Result<OfficialRecord, 'enrolment-missing'> {
  const note = parseNote(enrolNote)
  const enrolled = note.ok ? parseDevice(note.value.text) : note
  if (!enrolled.ok || enrolled.value.action !== 'enrol') return err('enrolment-missing')
  const { kiosk, ed25519, x25519, devEui } = enrolled.value
  const value = { action: 'revoke', kiosk, ed25519, x25519, at, ...(devEui === undefined ? {} : { devEui }) }
  return ok(sign(election, key, RECORD.device, value))
}

/** Writes certificate, CA certificate and enrolment note to `outDir`, and the note into the election folder. */
export async function writeEnrolment(
  election: LoadedElection,
  kiosk: number,
  enrolment: Enrolment,
  outDir: string,
): Promise<{ readonly cert: string; readonly ca: string; readonly note: string; readonly key?: string }> {
  const { folder } = election
  const ca = await readIfPresent(folder.deviceCaCertificate)
  if (ca === null) throw new Error(`${folder.deviceCaCertificate} is missing`)
  await makeDurableDirectory(outDir)
  const files = {
    cert: join(outDir, `kiosk-${kiosk}.crt.pem`),
    ca: join(outDir, 'ca.crt.pem'),
    note: join(outDir, `kiosk-${kiosk}.enrol.note`),
  }
  await writeDurable(files.cert, enrolment.certificate.cert)
  await writeDurable(files.ca, ca)
  await writeDurable(files.note, enrolment.record.note)
  await writeDurable(folder.enrolment(kiosk), enrolment.record.note)
  const { key } = enrolment.certificate
  if (key === undefined) return files
  const keyPath = join(outDir, `kiosk-${kiosk}.key.pem`)
  await writeDurable(keyPath, key, { mode: 0o600 })
  return { ...files, key: keyPath }
}

/** The enrolment note kept in the election folder. */
export async function readEnrolment(
  election: LoadedElection,
  kiosk: number,
): Promise<Result<string, 'enrolment-missing'>> {
  const bytes = await readIfPresent(election.folder.enrolment(kiosk))
  return bytes === null ? err('enrolment-missing', `kiosk ${kiosk}`) : ok(decodeUtf8(bytes))
}

/** A server certificate of the device CA for the broker, so that kiosks need to trust one CA only. */
export function issueBrokerCertificate(ca: Credentials, names: readonly string[]): Promise<Credentials> {
  return issueServerCertificate({ ca, names })
}

/** Common names that are not kiosks but speak at the kiosks' door of the broker (`deploy/mosquitto/acl`). */
export const BROKER_SERVICES = ['bridge', 'chirpstack'] as const
export type BrokerService = (typeof BROKER_SERVICES)[number]

/** A client certificate and its new key for a service, by the device CA. */
export function issueServiceCertificate(ca: Credentials, service: BrokerService): Promise<Credentials> {
  return issueClientCertificate({ ca, cn: service })
}

/** The device CA of an election folder. */
export async function readDeviceCa(election: LoadedElection) {
  return readKeyFile(election.folder.deviceCa, 'hanpyo-device-ca', deviceCaSchema)
}

async function certify(
  ca: Credentials,
  cn: string,
  request: string | undefined,
): Promise<Result<Enrolment['certificate'], 'request-certificate'>> {
  if (request === undefined) return ok(await issueClientCertificate({ ca, cn }))
  const signed = await signCertificateRequest({ ca, cn, request })
  return signed.ok ? ok({ cert: signed.value }) : err('request-certificate', signed.detail ?? signed.error)
}
