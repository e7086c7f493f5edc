/** Secret files of an election that more than one tool reads. Each is JSON, mode 0600, with a `type` and the key name it belongs to. */
import { z } from 'zod'

/** An Ed25519 note key: `skey` is `PRIVATE+KEY+<name>+<id>+<base64>`, the form other note tools read. */
export const signingKeySchema = z.strictObject({
  type: z.literal('hanpyo-signing-key'),
  name: z.string().min(1),
  vkey: z.string().min(1),
  skey: z.string().min(1),
})

/** The certificate authority for kiosks and broker, PEM. */
export const deviceCaSchema = z.strictObject({
  type: z.literal('hanpyo-device-ca'),
  name: z.string().min(1),
  cert: z.string().min(1),
  key: z.string().min(1),
})

export type SigningKeyFile = z.infer<typeof signingKeySchema>
export type DeviceCaFile = z.infer<typeof deviceCaSchema>
