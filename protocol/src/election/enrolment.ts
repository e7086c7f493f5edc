/** What kiosk, technician and device authority hand to each other as files, and the keys of a device. */
import { z } from 'zod'
import { fromBase64, toBase64 } from '../bytes.ts'
import type { Ed25519, RandomBytes } from '../group/group.ts'
import { x25519PublicKey } from '../group/x25519.ts'
import { err, ok, type Result } from '../result.ts'
import { base64Bytes, hexBytes, kioskId } from './fields.ts'
import { provePossession } from './key-possession.ts'

/**
 * What a kiosk hands to the device authority: public keys in base64 and, in production, a PKCS #10 request (PEM)
 * with CN = kiosk id, so that the TLS key never leaves the kiosk. Holds no secret.
 */
export const enrolmentRequestSchema = z.strictObject({
  kiosk: kioskId,
  ed25519: base64Bytes(32),
  x25519: base64Bytes(32),
  certificateRequest: z.string().exactOptional(),
  /** DevEUI of the LoRaWAN modem, lower-case hex; the device authority binds it to the kiosk. */
  devEui: hexBytes(8).exactOptional(),
  /**
   * 64-byte signatures by both keys over slot, keys and certificate request (docs/protocol.md). DevEUI is not in them: it
   * becomes known after the keys are sealed.
   */
  proof: z.strictObject({ ed25519: base64Bytes(64), x25519: base64Bytes(64) }).exactOptional(),
})
export type EnrolmentRequest = z.infer<typeof enrolmentRequestSchema>

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

export const DEVICE_KEY_TYPE = 'hanpyo-kiosk-device'
/** Names inside a device's `keys` folder. */
export const DEVICE_KEY_FILE = 'device.json'
export const TLS_KEY_FILE = 'tls-key.pem'

/** The secret keys of a kiosk, each 32 bytes in base64; `deviceSecret` hedges its nonces. */
export const deviceKeySchema = z.strictObject({
  type: z.literal(DEVICE_KEY_TYPE),
  name: z.string(),
  ed25519Seed: base64Bytes(32),
  x25519Secret: base64Bytes(32),
  deviceSecret: base64Bytes(32),
})
export type DeviceKeyFile = z.infer<typeof deviceKeySchema>

/** Draws a kiosk's keys: the file, and the public halves for the request (base64). */
export function drawDeviceKeys(
  kiosk: number,
  { random, ed25519 }: { readonly random: RandomBytes; readonly ed25519: Ed25519 },
): { readonly file: DeviceKeyFile; readonly ed25519: string; readonly x25519: string } {
  const [seed, secret] = [random(32), random(32)]
  return {
    file: {
      type: DEVICE_KEY_TYPE,
      name: `kiosk/${kiosk}`,
      ed25519Seed: toBase64(seed),
      x25519Secret: toBase64(secret),
      deviceSecret: toBase64(random(32)),
    },
    ed25519: toBase64(ed25519.publicKey(seed)),
    x25519: toBase64(x25519PublicKey(secret)),
  }
}

/** The request for keys that were just drawn, with the proof that they are held. */
export function makeEnrolmentRequest(
  kiosk: number,
  drawn: ReturnType<typeof drawDeviceKeys>,
  certificateRequest: string,
  crypto: { readonly random: RandomBytes; readonly ed25519: Ed25519 },
): EnrolmentRequest & { readonly certificateRequest: string } {
  const { file, ed25519, x25519 } = drawn
  const claim = { kiosk, ed25519, x25519, certificateRequest }
  const secrets = { ed25519Seed: fromBase64(file.ed25519Seed), x25519Secret: fromBase64(file.x25519Secret) }
  return { ...claim, proof: provePossession(claim, secrets, crypto) }
}
