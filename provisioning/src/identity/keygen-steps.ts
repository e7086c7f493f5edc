import { join } from 'node:path'
import { describeSealed, isSealed, type SealMethod, seal } from '@hanpyo/platform/sealed-file.ts'
import { createCertificateRequest, requestMatches } from '@hanpyo/platform/x509.ts'
import { decodeUtf8, utf8 } from '@hanpyo/protocol/bytes.ts'
import {
  DEVICE_KEY_FILE,
  DEVICE_KEY_TYPE,
  drawDeviceKeys,
  type EnrolmentRequest,
  enrolmentRequestSchema,
  makeEnrolmentRequest,
  TLS_KEY_FILE,
} from '@hanpyo/protocol/election/enrolment.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { DeviceFolder } from '../frame/device-folder.ts'
import { readDevice } from '../frame/device-folder.ts'
import type { ProvisionError } from '../frame/errors.ts'
import { parseJsonWith } from '../frame/parse-json.ts'
import type { FilePort } from '../frame/ports.ts'
import { defineStep, type Step, type StepContext } from '../frame/step.ts'

export interface KeygenContext extends StepContext {
  readonly ed25519: Ed25519
  /** How key files lie on the disk; null: mode 0600 alone. */
  readonly sealing: SealMethod | null
  readonly isRoot: boolean
}

/** Where the public halves wait to be asked for. */
export const requestPath = (folder: DeviceFolder): string => join(folder.keys, 'request.json')

/**
 * Draws the device's keys on the device and writes them; only public halves go into the request. The device keys' file is written last: with
 * it the set is complete, and a run cut off before draws a new set, of which nobody has heard.
 */
export const keygenStep: Step<KeygenContext> = defineStep<KeygenContext>({
  id: 'keygen',
  title: { ko: '단말기 열쇠 만들기', en: 'make the keys of the device' },
  async inspect({ files, folder, sealing }) {
    const device = await readDevice(files, folder)
    if (!device.ok && device.error !== 'folder-not-a-device') return device
    if ((await files.read(join(folder.keys, DEVICE_KEY_FILE))) === null) {
      const how = sealing === null ? 'mode 0600' : `sealed (${sealing.method})`
      const names = ['Ed25519, X25519 and hedging secret', 'TLS key P-256']
      return ok({ changes: names.map((what) => ({ what, from: null, to: how })) })
    }
    if (!device.ok) return device
    const request = await readRequest(files, folder)
    if (!request.ok) return request
    if (request.value.kiosk !== device.value.id) {
      return err('keys-of-another-kiosk', `keys of kiosk ${request.value.kiosk}`)
    }
    return ok('done')
  },
  async apply(ctx) {
    const { ed25519, files, folder, random } = ctx
    const device = await readDevice(files, folder)
    if (!device.ok) return device
    const { id } = device.value
    const drawn = drawDeviceKeys(id, { random, ed25519 })
    const { file } = drawn
    const { request: certificateRequest, key } = await createCertificateRequest({ cn: String(id) })
    const tlsKey = await protect(ctx, `kiosk/${id}`, 'pem', key)
    if (!tlsKey.ok) return tlsKey
    const keys = await protect(ctx, file.name, DEVICE_KEY_TYPE, `${JSON.stringify(file, null, 2)}\n`)
    if (!keys.ok) return keys
    await files.makeFolder(folder.keys, 0o700)
    await files.write(join(folder.keys, TLS_KEY_FILE), tlsKey.value, { mode: 0o600 })
    const request = makeEnrolmentRequest(id, drawn, certificateRequest, { random, ed25519 })
    await files.write(requestPath(folder), `${JSON.stringify(request, null, 2)}\n`)
    await files.write(join(folder.keys, DEVICE_KEY_FILE), keys.value, { mode: 0o600 })
    return ok(undefined)
  },
})

/** The user of the kiosk's core, as `kiosk install` lays it out. */
const CORE_USER = 'hanpyo-core'

/**
 * Gives the keys to the user of the core when root made them: with mode 0600 the kiosk could not read them otherwise. Where there is no such
 * user (a laptop) there is nothing to do.
 */
export const keyOwnerStep: Step<KeygenContext> = defineStep<KeygenContext>({
  id: 'keys-owner',
  title: {
    ko: '열쇠를 단말기 프로그램 사용자에게 넘기기',
    en: "give the keys to the user of the kiosk's core",
  },
  async inspect({ folder, isRoot, run }) {
    if (!isRoot || (await run('id', ['-u', CORE_USER]))?.code !== 0) return ok('done')
    const owners = await run('find', [folder.keys, '!', '-user', CORE_USER])
    if (owners?.code === 0 && owners.stdout.length === 0) return ok('done')
    return ok({ changes: [{ what: folder.keys, from: 'root', to: CORE_USER }] })
  },
  async apply({ folder, run }) {
    const done = await run('chown', ['-R', '--no-dereference', `${CORE_USER}:${CORE_USER}`, folder.keys])
    return done?.code === 0 ? ok(undefined) : err('disk-failed', done?.stderr.trim() ?? 'chown')
  },
})

/** What the keys of a device are, without opening them. */
export async function describeKeys(
  files: FilePort,
  folder: DeviceFolder,
): Promise<'none' | 'plain' | SealMethod['method']> {
  const bytes = await files.read(join(folder.keys, DEVICE_KEY_FILE))
  if (bytes === null) return 'none'
  return isSealed(bytes) ? (describeSealed(bytes)?.method ?? 'plain') : 'plain'
}

/** The request that `keygen` made, with the modem's DevEUI once that is known. */
export async function readRequest(
  files: FilePort,
  folder: DeviceFolder,
): Promise<Result<EnrolmentRequest & { readonly certificateRequest: string }, ProvisionError>> {
  const bytes = await files.read(requestPath(folder))
  if (bytes === null) return err('keys-missing', requestPath(folder))
  const parsed = parseJsonWith(enrolmentRequestSchema, bytes)
  if (!parsed.ok) return err('folder-damaged', `${requestPath(folder)}: ${parsed.detail}`)
  const { certificateRequest } = parsed.value
  if (certificateRequest === undefined || !requestMatches(certificateRequest, String(parsed.value.kiosk))) {
    return err('folder-damaged', `${requestPath(folder)}: certificateRequest`)
  }
  const device = await readDevice(files, folder)
  const devEui = device.ok && device.value.devEui !== undefined ? { devEui: device.value.devEui } : {}
  return ok({ ...parsed.value, ...devEui, certificateRequest })
}

async function protect(
  { random, sealing }: KeygenContext,
  name: string,
  content: string,
  text: string,
): Promise<Result<string, ProvisionError>> {
  return sealing === null ? ok(text) : seal({ name, content, plaintext: utf8(text), how: sealing, random })
}

/** The bytes of a file as text; null when it is not there. */
export async function readText(files: FilePort, path: string): Promise<string | null> {
  const bytes = await files.read(path)
  return bytes === null ? null : decodeUtf8(bytes)
}
