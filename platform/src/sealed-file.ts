/** Secrets at rest: a file whose content only a passphrase or this machine's TPM opens. */
import { createCipheriv, createDecipheriv, scrypt } from 'node:crypto'
import { decodeUtf8, fromBase64, parseBase64, toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { canonicalJson } from '@hanpyo/protocol/json.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import { PCRS, type Tpm, type TpmError } from './tpm/tpm.ts'

/** `seal-open`: neither the passphrase given nor the file is the right one (AES-GCM cannot tell which). */
export type SealError = TpmError | 'seal-malformed' | 'seal-passphrase-missing' | 'seal-wrong'

/** How a file is sealed. `work` is scrypt's log2 N (r 8, p 1): 17 takes 128 MiB and about half a second. */
export type SealMethod =
  | { readonly method: 'passphrase'; readonly passphrase: string; readonly work?: number }
  | { readonly method: 'tpm2'; readonly tpm: Tpm; readonly pcrs?: string }

/** What opens sealed files: whatever is at hand. */
export interface Openers {
  readonly passphrase?: () => Promise<string | undefined>
  readonly tpm?: () => Promise<Result<Tpm, 'tpm-missing'>>
}

const base64 = z.string().refine((value) => parseBase64(value) !== null)
const sealSchema = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('passphrase'), work: z.int().min(10).max(20), salt: base64 }),
  z.strictObject({
    method: z.literal('tpm2'),
    pcrs: z.string().regex(PCRS),
    public: base64,
    private: base64,
  }),
])
const sealedSchema = z.strictObject({
  type: z.literal('hanpyo-sealed'),
  name: z.string(),
  /** `type` of the key file inside, or `pem`. */
  content: z.string(),
  seal: sealSchema,
  /** 12 bytes. */
  nonce: base64,
  /** AES-256-GCM: ciphertext ‖ 16-byte tag; the fields before are authenticated with it. */
  sealed: base64,
})
type Header = Pick<z.infer<typeof sealedSchema>, 'type' | 'name' | 'content' | 'seal'>

const DEFAULT_WORK = 17
const TAG_BYTES = 16

/** Seals bytes; returns the text of the file. */
export async function seal(options: {
  readonly name: string
  readonly content: string
  readonly plaintext: Uint8Array
  readonly how: SealMethod
  readonly random: RandomBytes
}): Promise<Result<string, TpmError>> {
  const { name, content, plaintext, how, random } = options
  let [key, header]: [Uint8Array, Header['seal']] = [
    new Uint8Array(),
    { method: 'tpm2', pcrs: '', public: '', private: '' },
  ]
  if (how.method === 'passphrase') {
    const { passphrase, work = DEFAULT_WORK } = how
    const salt = random(16)
    key = await stretch(passphrase, salt, work)
    header = { method: 'passphrase', work, salt: toBase64(salt) }
  } else {
    key = random(32)
    const sealed = await how.tpm.seal(key, how.pcrs)
    if (!sealed.ok) return sealed
    header = { method: 'tpm2', ...sealed.value }
  }
  const head: Header = { type: 'hanpyo-sealed', name, content, seal: header }
  const nonce = random(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associated(head))
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  key.fill(0)
  return ok(`${JSON.stringify({ ...head, nonce: toBase64(nonce), sealed: toBase64(sealed) }, null, 2)}\n`)
}

/** Whether a file is sealed, without opening it. */
export function isSealed(bytes: Uint8Array): boolean {
  return sealedSchema.safeParse(parseJson(bytes)).success
}

/** What a sealed file says about itself without being opened, or null when it is none. */
export function describeSealed(
  bytes: Uint8Array,
): { readonly name: string; readonly content: string; readonly method: SealMethod['method'] } | null {
  const file = sealedSchema.safeParse(parseJson(bytes))
  if (!file.success) return null
  const { name, content, seal: how } = file.data
  return { name, content, method: how.method }
}

/** Opens a sealed file. */
export async function openSealed(
  bytes: Uint8Array,
  openers: Openers,
): Promise<Result<Uint8Array, SealError>> {
  const file = sealedSchema.safeParse(parseJson(bytes))
  if (!file.success) return err('seal-malformed')
  const { nonce, sealed, ...head } = file.data
  const key = await keyOf(head.seal, openers)
  if (!key.ok) return key
  const [iv, all] = [fromBase64(nonce), fromBase64(sealed)]
  if (iv.length !== 12 || all.length < TAG_BYTES || key.value.length !== 32) return err('seal-malformed')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.value, iv, { authTagLength: TAG_BYTES })
      .setAAD(associated(head))
      .setAuthTag(all.subarray(-TAG_BYTES))
    return ok(new Uint8Array(Buffer.concat([decipher.update(all.subarray(0, -TAG_BYTES)), decipher.final()])))
  } catch {
    return err('seal-wrong')
  } finally {
    key.value.fill(0)
  }
}

async function keyOf(how: Header['seal'], openers: Openers): Promise<Result<Uint8Array, SealError>> {
  if (how.method === 'passphrase') {
    const passphrase = await openers.passphrase?.()
    if (passphrase === undefined) return err('seal-passphrase-missing')
    return ok(await stretch(passphrase, fromBase64(how.salt), how.work))
  }
  const tpm = (await openers.tpm?.()) ?? err('tpm-missing')
  return tpm.ok ? tpm.value.unseal(how) : tpm
}

/** scrypt (RFC 7914) of the NFC text. */
function stretch(passphrase: string, salt: Uint8Array, work: number): Promise<Uint8Array> {
  const N = 2 ** work
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, 32, { N, r: 8, p: 1, maxmem: 256 * N * 8 }, (error, key) =>
      error === null ? resolve(new Uint8Array(key)) : reject(error),
    )
  })
}

function associated(head: Header): Uint8Array {
  const { content, name, seal: how, type } = head
  return utf8(canonicalJson({ content, name, seal: { ...how }, type }))
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes)) as unknown
  } catch {
    return undefined
  }
}
