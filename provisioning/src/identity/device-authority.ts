/** Admits kiosks: an X.509 client certificate for the broker, and the 0x03 record that binds the kiosk's keys. */
import { join } from 'node:path'
import { makeDurableDirectory, readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import {
  type Credentials,
  issueClientCertificate,
  issueServerCertificate,
  signCertificateRequest,
} from '@hanpyo/platform/x509.ts'
import { decodeUtf8, fromBase64 } from '@hanpyo/protocol/bytes.ts'
import type { EnrolmentRequest } from '@hanpyo/protocol/election/enrolment.ts'
import { isAcceptableX25519 } from '@hanpyo/protocol/election/key-checks.ts'
import { isPossessionProven } from '@hanpyo/protocol/election/key-possession.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import { manifestField, parseDevice, RECORD, signRecord } from '@hanpyo/protocol/election/records.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import type { Json } from '@hanpyo/protocol/json.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'

/** The election a device is admitted to. */
export interface DeskElection {
  readonly ed25519: Ed25519
  readonly manifest: Manifest
  /** H_m, 32 bytes. */
  readonly manifestHash: Uint8Array
}

/** Where the desk keeps what it gave out; an election folder has these too. */
export interface DeskFiles {
  /** CA certificate, PEM: what brokers and kiosks trust. */
  readonly deviceCaCertificate: string
  /** The enrolment note of the kiosk that holds a slot now. */
  enrolment(kiosk: number): string
}

/** The device authority's note key: `<origin>/devices`. */
export interface DeskKey {
  readonly name: string
  readonly seed: Uint8Array
}

/** A 0x03 note ready for `POST /records`. */
export interface DeviceRecord {
  readonly type: typeof RECORD.device
  readonly note: string
}

export type DeviceAuthorityError =
  | 'request-kiosk'
  | 'request-key-weak'
  | 'request-unproven'
  | 'request-certificate'
  | 'enrolment-missing'

export interface Enrolment {
  readonly record: DeviceRecord
  /** PEM. `key` is there only when the kiosk sent no certificate request. */
  readonly certificate: { readonly cert: string; readonly key?: string }
}

/** Checks a request and makes certificate and record. Writes nothing. */
export async function enrolDevice(input: {
  readonly election: DeskElection
  readonly key: DeskKey
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
  const { proof } = request
  if (proof === undefined || !isPossessionProven(election.ed25519, request, proof)) {
    return err('request-unproven', proof === undefined ? 'no proof' : 'wrong proof')
  }
  const certificate = await certify(ca, String(kiosk), request.certificateRequest)
  if (!certificate.ok) return certificate
  const value = { action: 'enrol', kiosk, ed25519, x25519, at, ...(devEui === undefined ? {} : { devEui }) }
  return ok({ record: sign(election, key, value), certificate: certificate.value })
}

/** The record that ends an enrolment: it names the same keys. */
export function revokeDevice(
  election: DeskElection,
  key: DeskKey,
  enrolNote: string,
  at: number,
): Result<DeviceRecord, 'enrolment-missing'> {
  const note = parseNote(enrolNote)
  const enrolled = note.ok ? parseDevice(note.value.text) : note
  if (!enrolled.ok || enrolled.value.action !== 'enrol') return err('enrolment-missing')
  const { kiosk, ed25519, x25519, devEui } = enrolled.value
  const value = { action: 'revoke', kiosk, ed25519, x25519, at, ...(devEui === undefined ? {} : { devEui }) }
  return ok(sign(election, key, value))
}

/** Writes certificate, CA certificate and enrolment note to `outDir`, and the note into the election folder. */
export async function writeEnrolment(
  folder: DeskFiles,
  kiosk: number,
  enrolment: Enrolment,
  outDir: string,
): Promise<{ readonly cert: string; readonly ca: string; readonly note: string; readonly key?: string }> {
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
  folder: DeskFiles,
  kiosk: number,
): Promise<Result<string, 'enrolment-missing'>> {
  const bytes = await readIfPresent(folder.enrolment(kiosk))
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

async function certify(
  ca: Credentials,
  cn: string,
  request: string | undefined,
): Promise<Result<Enrolment['certificate'], 'request-certificate'>> {
  if (request === undefined) return ok(await issueClientCertificate({ ca, cn }))
  const signed = await signCertificateRequest({ ca, cn, request })
  return signed.ok ? ok({ cert: signed.value }) : err('request-certificate', signed.detail ?? signed.error)
}

/** `manifest` is added, so that the record cannot be used in another election. */
function sign(
  { ed25519, manifestHash }: DeskElection,
  { name, seed }: DeskKey,
  value: { readonly [name: string]: Json },
): DeviceRecord {
  const bound = { ...value, manifest: manifestField(manifestHash) }
  return { type: RECORD.device, note: signRecord({ ed25519, keyName: name, seed, value: bound }) }
}
