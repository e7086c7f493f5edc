/** The kiosk's own keys: made on the machine that uses them; only their public halves leave it, in a request. */
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { writeKeyFile } from '@hanpyo/platform/keyfile.ts'
import { machineOpeners } from '@hanpyo/platform/machine-openers.ts'
import { readSealableKeyFile, type SealableError } from '@hanpyo/platform/sealable-key-file.ts'
import type { Openers } from '@hanpyo/platform/sealed-file.ts'
import { createCertificateRequest } from '@hanpyo/platform/x509.ts'
import { fromBase64 } from '@hanpyo/protocol/bytes.ts'
import {
  DEVICE_KEY_FILE,
  DEVICE_KEY_TYPE,
  deviceKeySchema,
  drawDeviceKeys,
  type EnrolmentRequest,
  enrolmentRequestSchema,
  makeEnrolmentRequest,
  TLS_KEY_FILE,
} from '@hanpyo/protocol/election/enrolment.ts'
import type { Ed25519, RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { KioskKeys } from './core/ballot-maker.ts'

export { DEVICE_KEY_FILE, TLS_KEY_FILE }
export const REQUEST_FILE = 'request.json'

/**
 * Makes all keys of a kiosk in `folder` (mode 0700; files 0600) and returns the enrolment request. Keys that exist are
 * never replaced: a second run returns the same request again, also after a run that broke off.
 */
export async function createDeviceKeys(options: {
  readonly kioskId: number
  readonly folder: string
  readonly random: RandomBytes
  readonly ed25519: Ed25519
}): Promise<Result<EnrolmentRequest, 'request-of-another-kiosk'>> {
  const { kioskId, folder, random, ed25519 } = options
  if ((await readIfPresent(join(folder, DEVICE_KEY_FILE))) !== null) {
    const request = enrolmentRequestSchema.parse(
      JSON.parse(await readFile(join(folder, REQUEST_FILE), 'utf8')),
    )
    return request.kiosk === kioskId ? ok(request) : err('request-of-another-kiosk', `kiosk ${request.kiosk}`)
  }
  const drawn = drawDeviceKeys(kioskId, { random, ed25519 })
  const { request: certificateRequest, key } = await createCertificateRequest({ cn: String(kioskId) })
  const request = makeEnrolmentRequest(kioskId, drawn, certificateRequest, { random, ed25519 })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeDurable(join(folder, TLS_KEY_FILE), key, { mode: 0o600 })
  await writeRequest(join(folder, REQUEST_FILE), request)
  // Last, because its presence means that the set is complete.
  const written = await writeKeyFile(join(folder, DEVICE_KEY_FILE), drawn.file)
  if (!written.ok) throw new Error('another process is making keys in this folder')
  return ok(request)
}

/** Writes a request file for the device authority. */
export async function writeRequest(path: string, request: EnrolmentRequest): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeDurable(path, `${JSON.stringify(request, null, 2)}\n`)
}

/** Reads the keys; a sealed file is opened by this machine's TPM or by the passphrase it is given at start. */
export async function readDeviceKeys(
  path: string,
  openers: Openers = machineOpeners(process.env),
): Promise<Result<KioskKeys, SealableError>> {
  const file = await readSealableKeyFile(path, DEVICE_KEY_TYPE, deviceKeySchema, openers)
  if (!file.ok) return file
  return ok({
    ed25519Seed: fromBase64(file.value.ed25519Seed),
    x25519Secret: fromBase64(file.value.x25519Secret),
    deviceSecret: fromBase64(file.value.deviceSecret),
  })
}
