import { type Credentials, createCrl, revokedSerials } from '@hanpyo/platform/x509.ts'
import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { type DeviceFolder, readDevice, updateDevice } from '../frame/device-folder.ts'
import type { FilePort } from '../frame/ports.ts'
import { defineStep, type Step, type StepContext } from '../frame/step.ts'
import { postRecord } from './bridge.ts'
import type { Desk, DeskFolder } from './desk.ts'
import { type DeskKey, revokeDevice } from './device-authority.ts'
import { readDeviceNote } from './enrol-at-desk.ts'
import { readIssued, writeIssued } from './issued.ts'
import { readRequest } from './keygen-steps.ts'

export interface DeskContext extends StepContext {
  readonly desk: Desk
  readonly key: DeskKey
  readonly ca: Credentials
  /** Unix seconds in the record. */
  readonly at: number
}

/** Signs the record that ends a kiosk's enrolment, and marks its certificates. */
export function revokeStep(kiosk: number): Step<DeskContext> {
  return defineStep<DeskContext>({
    id: `revoke-${kiosk}`,
    title: { ko: `단말기 ${kiosk}번 폐기 서명`, en: `sign the revocation of kiosk ${kiosk}` },
    confirm: {
      ko: `단말기 ${kiosk}번을 폐기할까요? 되돌릴 수 없고, 그 열쇠로는 다시 등록할 수 없습니다.`,
      en: `Revoke kiosk ${kiosk}? It cannot be taken back: its keys can never be enrolled again.`,
    },
    async inspect({ files, desk: { folder } }) {
      const enrolled = await readDeviceNote(files, folder.enrolment(kiosk))
      if (enrolled === null) return err('enrolment-missing', `kiosk ${kiosk}`)
      const revoked = await readDeviceNote(files, folder.revocation(kiosk))
      const issued = await readIssued(files, folder)
      if (!issued.ok) return issued
      const { ed25519 } = enrolled.body
      const open = issued.value.filter((one) => one.ed25519 === ed25519 && one.revokedAt === undefined)
      const changes = [
        ...(revoked?.body.ed25519 === ed25519
          ? []
          : [{ what: `ledger record 0x03 of kiosk ${kiosk}`, from: 'enrol', to: 'revoke' }]),
        ...open.map(({ serial }) => ({ what: `certificate ${serial}`, from: 'valid', to: 'revoked' })),
      ]
      return ok(changes.length === 0 ? 'done' : { changes })
    },
    async apply({ files, desk: { folder, election }, key, at }) {
      const enrolled = await readDeviceNote(files, folder.enrolment(kiosk))
      if (enrolled === null) return err('enrolment-missing', `kiosk ${kiosk}`)
      const { ed25519 } = enrolled.body
      if ((await readDeviceNote(files, folder.revocation(kiosk)))?.body.ed25519 !== ed25519) {
        const record = revokeDevice(election, key, enrolled.note, at)
        if (!record.ok) return record
        await files.write(folder.revocation(kiosk), record.value.note)
      }
      const issued = await readIssued(files, folder)
      if (!issued.ok) return issued
      const marked = issued.value.map((one) =>
        one.ed25519 === ed25519 && one.revokedAt === undefined ? { ...one, revokedAt: at } : one,
      )
      await writeIssued(files, folder, marked)
      return ok(undefined)
    },
  })
}

/** Brings the list of revoked certificates up to date. */
export const revocationListStep: Step<DeskContext> = defineStep<DeskContext>({
  id: 'revocation-list',
  title: { ko: '인증서 폐기 목록 만들기', en: 'make the list of revoked certificates' },
  async inspect({ files, desk: { folder }, ca }) {
    const wanted = await wantedSerials(files, folder)
    if (!wanted.ok) return wanted
    const bytes = await files.read(folder.crl)
    const listed = bytes === null ? null : await revokedSerials(decodeUtf8(bytes), ca.cert)
    if (listed?.join() === wanted.value.map(({ serial }) => serial).join()) return ok('done')
    const from = listed === null ? null : `${listed.length} certificates`
    return ok({ changes: [{ what: folder.crl, from, to: `${wanted.value.length} certificates` }] })
  },
  async apply({ files, desk: { folder }, ca }) {
    const written = await writeCrl(files, folder, ca)
    return written.ok ? ok(undefined) : written
  },
})

/** Posts a kiosk's revocation; from the bridge's answer on, its ballots do not count. */
export function postRevocationStep(kiosk: number, bridge: string): Step<DeskContext> {
  return defineStep<DeskContext>({
    id: `post-revocation-${kiosk}`,
    title: {
      ko: `단말기 ${kiosk}번의 폐기를 원장에 기록`,
      en: `put the revocation of kiosk ${kiosk} on the ledger`,
    },
    async inspect({ files, desk: { folder } }) {
      const record = await readDeviceNote(files, folder.revocation(kiosk))
      const posted = await files.read(`${folder.revocation(kiosk)}.posted`)
      if (record !== null && posted !== null && decodeUtf8(posted) === record.note) return ok('done')
      return ok({
        changes: [{ what: `${bridge}: record of kiosk ${kiosk}`, from: 'enrolled', to: 'revoked' }],
      })
    },
    async apply({ files, fetch, desk: { folder } }) {
      const record = await readDeviceNote(files, folder.revocation(kiosk))
      if (record === null) return err('enrolment-missing', `kiosk ${kiosk}`)
      const posted = await postRecord(fetch, bridge, { type: 0x03, note: record.note })
      if (!posted.ok) return posted
      await files.write(`${folder.revocation(kiosk)}.posted`, record.note)
      return ok(undefined)
    },
  })
}

/** Writes the list of revoked certificates into the desk's folder, and returns it (PEM). */
export async function writeCrl(
  files: FilePort,
  folder: DeskFolder,
  ca: Credentials,
): Promise<Result<string, 'folder-damaged'>> {
  const revoked = await wantedSerials(files, folder)
  if (!revoked.ok) return revoked
  const crl = await createCrl({ ca, revoked: revoked.value })
  await files.makeFolder(folder.work)
  await files.write(folder.crl, crl)
  return ok(crl)
}

async function wantedSerials(files: FilePort, folder: DeskFolder) {
  const issued = await readIssued(files, folder)
  if (!issued.ok) return issued
  const revoked = issued.value.flatMap(({ serial, revokedAt }) =>
    revokedAt === undefined ? [] : [{ serial, at: new Date(revokedAt * 1000) }],
  )
  return ok(revoked.sort((a, b) => (a.serial < b.serial ? -1 : 1)))
}

/**
 * Says in the device's own folder that it is revoked, when that folder is at hand (`--dir`) and holds the very keys that were: every later
 * command there knows it without the desk.
 */
export function markDeviceStep(kiosk: number, device: DeviceFolder): Step<DeskContext> {
  return defineStep<DeskContext>({
    id: `mark-device-${kiosk}`,
    title: { ko: `단말기 ${kiosk}번 폴더에 폐기 표시`, en: `mark the folder of kiosk ${kiosk} as revoked` },
    async inspect({ files, desk: { folder } }) {
      const found = await readDevice(files, device)
      if (!found.ok || found.value.id !== kiosk || found.value.state !== 'active') return ok('done')
      const request = await readRequest(files, device)
      const revoked = await readDeviceNote(files, folder.revocation(kiosk))
      // Under a dry run the revocation is not signed yet.
      const record = revoked ?? (await readDeviceNote(files, folder.enrolment(kiosk)))
      if (!request.ok || record?.body.ed25519 !== request.value.ed25519) return ok('done')
      return ok({ changes: [{ what: `${device.device}: state`, from: 'active', to: 'revoked' }] })
    },
    async apply({ files }) {
      const updated = await updateDevice(files, device, { state: 'revoked' })
      return updated.ok ? ok(undefined) : updated
    },
  })
}
