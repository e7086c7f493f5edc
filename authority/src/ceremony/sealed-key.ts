/**
 * A trustee's key file: public header, and everything secret sealed under a passphrase (Argon2id, XChaCha20-Poly1305).
 * The header says which election, trustee and X_i the file is for, and is authenticated with the secrets.
 */
import { readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { fromBase64, toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import { base64Bytes, integer, origin } from '@hanpyo/protocol/election/fields.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { canonicalJson, type Json } from '@hanpyo/protocol/json.ts'
import {
  MOST_MEMORY_KIB,
  MOST_PASSES,
  PASSPHRASE_COST,
  type PassphraseCost,
  type Sealer,
} from '@hanpyo/protocol/proofs/seal.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'

const headerSchema = z.strictObject({
  type: z.literal('hanpyo-sealed-trustee-key'),
  election: origin,
  trustee: integer(1, 255),
  of: integer(2, 32),
  threshold: integer(2, 32),
  vkey: z.string().min(1).max(400),
  x25519: base64Bytes(32),
  /** What this laptop has seen so far, SHA-512/256 in base64: it never accepts another version later. */
  seen: z.strictObject({
    roster: base64Bytes(32).exactOptional(),
    commits: base64Bytes(32).exactOptional(),
    transcript: base64Bytes(32).exactOptional(),
  }),
  /** X_i and Y once the ceremony is confirmed. */
  verificationKey: base64Bytes(32).exactOptional(),
  jointKey: base64Bytes(32).exactOptional(),
  kdf: z.strictObject({
    algorithm: z.literal('argon2id'),
    passes: integer(1, MOST_PASSES),
    memoryKiB: integer(8, MOST_MEMORY_KIB),
    salt: base64Bytes(16),
  }),
  nonce: base64Bytes(24),
})
const fileSchema = z.strictObject({ ...headerSchema.shape, sealed: z.string().max(2000) })

const secretsSchema = z.strictObject({
  noteSeed: base64Bytes(32),
  x25519: base64Bytes(32),
  polynomial: base64Bytes(32),
  secretShare: base64Bytes(32).exactOptional(),
})

type Header = Omit<z.infer<typeof headerSchema>, 'kdf' | 'nonce' | 'type'>

/** A trustee key in memory, with its passphrase's key so that steps can save it again. */
export interface TrusteeKey {
  readonly path: string
  readonly header: Header
  readonly secrets: {
    readonly noteSeed: Uint8Array
    readonly x25519: Uint8Array
    /** What the trustee's part of the joint key is derived from, so that every step can be run again. */
    readonly polynomial: Uint8Array
    readonly secretShare?: Uint8Array
  }
  readonly lock: { readonly key: Uint8Array; readonly salt: Uint8Array; readonly cost: PassphraseCost }
}

export interface SealPorts {
  readonly sealer: Sealer
  readonly random: RandomBytes
}

export type SealedKeyError =
  | 'sealed-key-missing'
  | 'sealed-key-damaged'
  | 'sealed-key-exists'
  | 'sealed-key-passphrase'
  | 'passphrase-short'

/** Shorter ones are guessed even behind Argon2id. */
const LEAST_PASSPHRASE = 12

/** Writes a new key file; never over an existing one. */
export async function createTrusteeKey(
  ports: SealPorts,
  input: Pick<TrusteeKey, 'path' | 'header' | 'secrets'> & {
    readonly passphrase: string
    readonly cost?: PassphraseCost
  },
): Promise<Result<TrusteeKey, SealedKeyError>> {
  if ([...input.passphrase].length < LEAST_PASSPHRASE) return err('passphrase-short')
  const { path, header, secrets, passphrase, cost = PASSPHRASE_COST } = input
  const salt = ports.random(16)
  const key = ports.sealer.passphraseKey(passphrase, salt, cost)
  const made: TrusteeKey = { path, header, secrets, lock: { key, salt, cost } }
  try {
    await write(ports, made, true)
  } catch (error) {
    if ((error as { code?: string }).code === 'file-exists') return err('sealed-key-exists', path)
    throw error
  }
  return ok(made)
}

/** Opens a key file. */
export async function openTrusteeKey(
  { sealer }: Pick<SealPorts, 'sealer'>,
  path: string,
  passphrase: string,
): Promise<Result<TrusteeKey, SealedKeyError>> {
  const bytes = await readIfPresent(path)
  if (bytes === null) return err('sealed-key-missing', path)
  const file = fileSchema.safeParse(parseOrNull(bytes))
  if (!file.success) return err('sealed-key-damaged', path)
  const { sealed, ...header } = file.data
  const { kdf, nonce, type, ...rest } = header
  const cost = { passes: kdf.passes, memoryKiB: kdf.memoryKiB }
  const salt = fromBase64(kdf.salt)
  const key = sealer.passphraseKey(passphrase, salt, cost)
  let box: Uint8Array
  try {
    box = fromBase64(sealed)
  } catch {
    return err('sealed-key-damaged', path)
  }
  const opened = sealer.open(key, fromBase64(nonce), box, associated(header))
  if (!opened.ok) return err('sealed-key-passphrase', path)
  const secrets = secretsSchema.safeParse(parseOrNull(opened.value))
  if (!secrets.success) return err('sealed-key-damaged', path)
  const { secretShare } = secrets.data
  return ok({
    path,
    header: rest,
    secrets: {
      noteSeed: fromBase64(secrets.data.noteSeed),
      x25519: fromBase64(secrets.data.x25519),
      polynomial: fromBase64(secrets.data.polynomial),
      ...(secretShare === undefined ? {} : { secretShare: fromBase64(secretShare) }),
    },
    lock: { key, salt, cost },
  })
}

/** Replaces the file with what the trustee knows now, under the same passphrase and a fresh nonce. */
export async function saveTrusteeKey(ports: SealPorts, key: TrusteeKey): Promise<void> {
  await write(ports, key, false)
}

/** Whether a file is a sealed trustee key, without opening it. */
export function isSealedKey(bytes: Uint8Array): boolean {
  return fileSchema.safeParse(parseOrNull(bytes)).success
}

async function write({ sealer, random }: SealPorts, made: TrusteeKey, exclusive: boolean): Promise<void> {
  const { lock, secrets } = made
  const nonce = random(24)
  const header = {
    ...made.header,
    type: 'hanpyo-sealed-trustee-key' as const,
    kdf: { algorithm: 'argon2id' as const, ...lock.cost, salt: toBase64(lock.salt) },
    nonce: toBase64(nonce),
  }
  const text = canonicalJson({
    noteSeed: toBase64(secrets.noteSeed),
    x25519: toBase64(secrets.x25519),
    polynomial: toBase64(secrets.polynomial),
    ...(secrets.secretShare === undefined ? {} : { secretShare: toBase64(secrets.secretShare) }),
  })
  const sealed = toBase64(sealer.seal(lock.key, nonce, utf8(text), associated(header)))
  const content = `${JSON.stringify({ ...header, sealed }, null, 2)}\n`
  await writeDurable(made.path, content, { mode: 0o600, exclusive })
}

function associated(header: object): Uint8Array {
  return utf8(canonicalJson(header as Json))
}

function parseOrNull(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown
  } catch {
    return null
  }
}
