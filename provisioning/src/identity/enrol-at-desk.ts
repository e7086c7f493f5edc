import type { Credentials } from '@hanpyo/platform/x509.ts'
import { certificateSerial, isForKeyOfRequest } from '@hanpyo/platform/x509.ts'
import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import type { EnrolmentRequest } from '@hanpyo/protocol/election/enrolment.ts'
import { type DeviceRecord as DeviceBody, parseDevice, RECORD } from '@hanpyo/protocol/election/records.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { FilePort } from '../frame/ports.ts'
import type { Desk } from './desk.ts'
import { type DeskKey, type DeviceAuthorityError, type Enrolment, enrolDevice } from './device-authority.ts'
import { readIssued, writeIssued } from './issued.ts'

type EnrolAtDeskError =
  | DeviceAuthorityError
  | 'kiosk-unknown'
  | 'slot-occupied'
  | 'folder-damaged'
  | 'request-key-used'

/**
 * Admits the device of a request. A second run gives the same record, byte for byte, and the same certificate: the ledger takes one
 * enrolment of a key only. A slot that another device holds is refused until that one is revoked; a key that was revoked, or that
 * another slot has, is refused for good.
 */
export async function enrolAtDesk(input: {
  readonly desk: Desk
  readonly files: FilePort
  readonly key: DeskKey
  readonly ca: Credentials
  readonly kiosk: number
  readonly request: EnrolmentRequest
  readonly at: number
}): Promise<Result<Enrolment, EnrolAtDeskError>> {
  const { desk, files, kiosk, request } = input
  const { folder, election } = desk
  const made = await enrolDevice({ ...input, election })
  if (!made.ok) return made
  const earlier = await readDeviceNote(files, folder.enrolment(kiosk))
  const revoked = await readDeviceNote(files, folder.revocation(kiosk))
  // The revocation of the device before stays until the last step of an enrolment that was cut off.
  const isRevoked = earlier !== null && revoked?.body.ed25519 === earlier.body.ed25519
  const isSame = earlier?.body.ed25519 === request.ed25519 && earlier.body.x25519 === request.x25519
  const issued = await readIssued(files, folder)
  if (!issued.ok) return issued
  const isUsed = issued.value.some(
    (one) => one.ed25519 === request.ed25519 && (one.kiosk !== kiosk || one.revokedAt !== undefined),
  )
  if (isUsed || revoked?.body.ed25519 === request.ed25519) return err('request-key-used', `kiosk ${kiosk}`)
  if (earlier !== null && !isRevoked && !isSame) return err('slot-occupied', `kiosk ${kiosk}`)
  const record =
    earlier !== null && !isRevoked ? { type: RECORD.device, note: earlier.note } : made.value.record
  const kept = isRevoked ? null : await keptCertificate(files, folder.certificate(kiosk), request)
  if (kept !== null) {
    await files.remove(folder.revocation(kiosk))
    return ok({ record, certificate: { cert: kept } })
  }

  const { cert } = made.value.certificate
  const entry = { kiosk, serial: certificateSerial(cert), ed25519: request.ed25519 }
  await writeIssued(files, folder, [...issued.value, entry])
  await files.write(folder.certificate(kiosk), cert)
  // The note last: with it the slot is taken.
  await files.write(folder.enrolment(kiosk), record.note)
  await files.remove(folder.revocation(kiosk))
  return ok({ record, certificate: made.value.certificate })
}

/** The body and text of a stored 0x03 note; null when there is none. */
export async function readDeviceNote(
  files: FilePort,
  path: string,
): Promise<{ readonly note: string; readonly body: DeviceBody } | null> {
  const bytes = await files.read(path)
  const note = bytes === null ? null : parseNote(bytes)
  const body = note?.ok === true ? parseDevice(note.value.text) : null
  return bytes !== null && body?.ok === true ? { note: decodeUtf8(bytes), body: body.value } : null
}

async function keptCertificate(
  files: FilePort,
  path: string,
  { certificateRequest }: EnrolmentRequest,
): Promise<string | null> {
  const bytes = await files.read(path)
  if (bytes === null || certificateRequest === undefined) return null
  const cert = decodeUtf8(bytes)
  return isForKeyOfRequest(cert, certificateRequest) ? cert : null
}
