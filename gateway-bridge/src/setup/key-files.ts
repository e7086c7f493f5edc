import { type KeyFile, type KeyFileError, readKeyFile } from '@hanpyo/platform/keyfile.ts'
import { parseBase64 } from '@hanpyo/protocol/bytes.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { parseSkey } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import type { BridgeKeys } from '../bridge.ts'

/** As `hanpyo election new` writes them; `skey` is the usual `PRIVATE+KEY+<name>+<id>+<base64>`. */
const signingKey = z.object({ type: z.literal('hanpyo-signing-key'), name: z.string(), skey: z.string() })
const bridgeKey = z.object({
  type: z.literal('hanpyo-bridge-key'),
  name: z.string(),
  skey: z.string(),
  x25519: z.string(),
})

export type BridgeKeyError = Exclude<KeyFileError, 'key-file-exists'> | 'key-file-content'

/** Reads the log's key file; 32-byte Ed25519 seed. */
export async function readLogSeed(
  ed25519: Ed25519,
  path: string,
): Promise<Result<Uint8Array, BridgeKeyError>> {
  const file = await readKeyFile(path, 'hanpyo-signing-key', signingKey)
  return file.ok ? seedOf(ed25519, file.value, path) : file
}

/** Reads both key files of a bridge. */
export async function readBridgeKeys(
  ed25519: Ed25519,
  paths: { readonly log: string; readonly bridge: string },
): Promise<Result<BridgeKeys, BridgeKeyError>> {
  const logSeed = await readLogSeed(ed25519, paths.log)
  if (!logSeed.ok) return logSeed
  const file = await readKeyFile(paths.bridge, 'hanpyo-bridge-key', bridgeKey)
  if (!file.ok) return file
  const promiseSeed = seedOf(ed25519, file.value, paths.bridge)
  if (!promiseSeed.ok) return promiseSeed
  const x25519Secret = parseBase64(file.value.x25519)
  if (x25519Secret?.length !== 32) return err('key-file-content', `${paths.bridge}: x25519`)
  return ok({ logSeed: logSeed.value, promiseSeed: promiseSeed.value, x25519Secret })
}

function seedOf(
  ed25519: Ed25519,
  file: KeyFile & { readonly skey: string },
  path: string,
): Result<Uint8Array, 'key-file-content'> {
  const key = parseSkey(ed25519, file.skey)
  return key.ok ? ok(key.value.seed) : err('key-file-content', `${path}: ${key.error}`)
}
