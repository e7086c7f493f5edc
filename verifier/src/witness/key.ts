import { type KeyFileError, readKeyFile, writeKeyFile } from '@hanpyo/platform/keyfile.ts'
import type { Ed25519, RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { cosignerVkey } from '@hanpyo/protocol/log/cosignature.ts'
import { encodeSkey, isKeyName, parseSkey } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'

const TYPE = 'hanpyo-cosigner-key'

/** `skey` is `PRIVATE+KEY+<name>+<id>+<base64>` as note tools read it; `vkey` is the public type 0x04 key. */
const cosignerKeySchema = z.strictObject({
  type: z.literal(TYPE),
  name: z.string().min(1),
  vkey: z.string().min(1),
  skey: z.string().min(1),
})

/** The key of one witness or one mirror. It signs cosignatures and nothing else. */
export interface CosignerKey {
  readonly name: string
  readonly vkey: string
  /** 32 bytes. */
  readonly seed: Uint8Array
}

/** Makes a key and keeps it in a file of mode 0600; an existing file is never replaced. */
export async function createCosignerKey(
  path: string,
  name: string,
  deps: { readonly ed25519: Ed25519; readonly random: RandomBytes },
): Promise<Result<CosignerKey, 'cosigner-name' | 'key-file-exists'>> {
  if (!isKeyName(name)) return err('cosigner-name', name)
  const { ed25519 } = deps
  const seed = deps.random(32)
  const vkey = cosignerVkey(ed25519, name, seed)
  const written = await writeKeyFile(path, {
    type: TYPE,
    name,
    vkey,
    skey: encodeSkey({ ed25519, name, seed }),
  })
  return written.ok ? ok({ name, vkey, seed }) : written
}

export async function readCosignerKey(
  path: string,
  ed25519: Ed25519,
): Promise<Result<CosignerKey, Exclude<KeyFileError, 'key-file-exists'>>> {
  const file = await readKeyFile(path, TYPE, cosignerKeySchema)
  if (!file.ok) return file
  const { name, vkey, skey } = file.value
  const key = parseSkey(ed25519, skey)
  if (!key.ok || key.value.name !== name || cosignerVkey(ed25519, name, key.value.seed) !== vkey) {
    return err('key-file-malformed', `${path}: skey`)
  }
  return ok({ name, vkey, seed: key.value.seed })
}
