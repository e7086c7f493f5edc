/** The secret files of an election. Each is JSON, mode 0600, with a `type` and the key name it belongs to. */
import { base64Bytes, integer } from '@hanpyo/protocol/election/fields.ts'
import { z } from 'zod'

export {
  type DeviceCaFile,
  deviceCaSchema,
  type SigningKeyFile,
  signingKeySchema,
} from '@hanpyo/protocol/election/office-files.ts'

/** A bridge: signs promises, and agrees on ack keys with each kiosk by X25519 (32-byte secret). */
export const bridgeKeySchema = z.strictObject({
  type: z.literal('hanpyo-bridge-key'),
  name: z.string().min(1),
  vkey: z.string().min(1),
  skey: z.string().min(1),
  x25519: base64Bytes(32),
})

/** A trustee: its note key and its share x_i of the election secret. */
export const trusteeKeySchema = z.strictObject({
  type: z.literal('hanpyo-trustee-key'),
  name: z.string().min(1),
  vkey: z.string().min(1),
  skey: z.string().min(1),
  trustee: integer(1, 255),
  secretShare: base64Bytes(32),
  verificationKey: base64Bytes(32),
})

/** All slips in printing order. Whoever reads it can vote with every slip. */
export const slipFileSchema = z.strictObject({
  type: z.literal('hanpyo-slips'),
  name: z.string().min(1),
  slips: z.array(z.strictObject({ number: integer(0, 0xff_ffff), style: integer(0, 255), text: z.string() })),
})

/** What opens the manifest's commitment to the test slips. */
export const testSlipFileSchema = z.strictObject({
  type: z.literal('hanpyo-test-slips'),
  name: z.string().min(1),
  salt: base64Bytes(32),
  slips: z.array(integer(0, 0xff_ffff)),
})

export type BridgeKeyFile = z.infer<typeof bridgeKeySchema>
export type TrusteeKeyFile = z.infer<typeof trusteeKeySchema>
export type SlipFile = z.infer<typeof slipFileSchema>
export type TestSlipFile = z.infer<typeof testSlipFileSchema>
