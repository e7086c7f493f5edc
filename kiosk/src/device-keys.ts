/** The kiosk's own keys: made on the machine that uses them; only their public halves leave it, in a request. */
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { type KeyFileError, readKeyFile, writeKeyFile } from '@hanpyo/platform/keyfile.ts'
import { createCertificateRequest } from '@hanpyo/platform/x509.ts'
import { fromBase64, toBase64 } from '@hanpyo/protocol/bytes.ts'
import { base64Bytes, hexBytes, kioskId as kioskIdField } from '@hanpyo/protocol/election/fields.ts'
import type { Ed25519, RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import type { KioskKeys } from './core/ballot-maker.ts'

const TYPE = 'hanpyo-kiosk-device'
export const DEVICE_KEY_FILE = 'device.json'
export const TLS_KEY_FILE = 'tls-key.pem'
export const REQUEST_FILE = 'request.json'

const deviceKeySchema = z.strictObject({
  type: z.literal(TYPE),
  name: z.string(),
  ed25519Seed: base64Bytes(32),
  x25519Secret: base64Bytes(32),
  deviceSecret: base64Bytes(32),
})

const requestSchema = z.strictObject({
  kiosk: kioskIdField,
  ed25519: base64Bytes(32),
  x25519: base64Bytes(32),
  certificateRequest: z.string(),
  /** DevEUI of the LoRaWAN modem, lower-case hex; the device authority binds it to the kiosk. */
  devEui: hexBytes(8).exactOptional(),
})
/**
 * What the device authority needs to enrol a kiosk; holds no secret: base64 of the 32-byte public keys, and a PKCS #10
 * request (PEM) for a client certificate with the kiosk id as common name.
 */
export type EnrolmentRequest = z.infer<typeof requestSchema>

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
    const request = requestSchema.parse(JSON.parse(await readFile(join(folder, REQUEST_FILE), 'utf8')))
    return request.kiosk === kioskId ? ok(request) : err('request-of-another-kiosk', `kiosk ${request.kiosk}`)
  }
  const keys = { ed25519Seed: random(32), x25519Secret: random(32), deviceSecret: random(32) }
  const { request: certificateRequest, key } = await createCertificateRequest({ cn: String(kioskId) })
  const request: EnrolmentRequest = {
    kiosk: kioskId,
    ed25519: toBase64(ed25519.publicKey(keys.ed25519Seed)),
    x25519: toBase64(x25519PublicKey(keys.x25519Secret)),
    certificateRequest,
  }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeDurable(join(folder, TLS_KEY_FILE), key, { mode: 0o600 })
  await writeRequest(join(folder, REQUEST_FILE), request)
  // Last, because its presence means that the set is complete.
  const written = await writeKeyFile(join(folder, DEVICE_KEY_FILE), {
    type: TYPE,
    name: `kiosk/${kioskId}`,
    ed25519Seed: toBase64(keys.ed25519Seed),
    x25519Secret: toBase64(keys.x25519Secret),
    deviceSecret: toBase64(keys.deviceSecret),
  })
  if (!written.ok) throw new Error('another process is making keys in this folder')
  return ok(request)
}

/** Writes a request file for the device authority. */
export async function writeRequest(path: string, request: EnrolmentRequest): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeDurable(path, `${JSON.stringify(request, null, 2)}\n`)
}

export async function readDeviceKeys(
  path: string,
): Promise<Result<KioskKeys, Exclude<KeyFileError, 'key-file-exists'>>> {
  const file = await readKeyFile(path, TYPE, deviceKeySchema)
  if (!file.ok) return file
  return ok({
    ed25519Seed: fromBase64(file.value.ed25519Seed),
    x25519Secret: fromBase64(file.value.x25519Secret),
    deviceSecret: fromBase64(file.value.deviceSecret),
  })
}
