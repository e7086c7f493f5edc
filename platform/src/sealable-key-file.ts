import { readFile, stat } from 'node:fs/promises'
import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { z } from 'zod'
import { type KeyFile, type KeyFileError, parseKeyFile } from './keyfile.ts'
import { isSealed, type Openers, openSealed, type SealError } from './sealed-file.ts'

export type SealableError = Exclude<KeyFileError, 'key-file-exists'> | SealError

/** The bytes of a secret file, opened when it is sealed. Refuses files that group or others may read, sealed or not. */
export async function readSecretFile(
  path: string,
  openers: Openers,
): Promise<Result<Uint8Array, SealableError>> {
  let bytes: Uint8Array
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0) return err('key-file-readable-by-others', `${path}: run chmod 600 on it`)
    bytes = new Uint8Array(await readFile(path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return err('key-file-missing', path)
    throw error
  }
  if (!isSealed(bytes)) return ok(bytes)
  const opened = await openSealed(bytes, openers)
  return opened.ok
    ? opened
    : { ...opened, detail: `${path}${opened.detail === undefined ? '' : `: ${opened.detail}`}` }
}

/** Like `readKeyFile`, and opens a sealed file. */
export async function readSealableKeyFile<T extends KeyFile>(
  path: string,
  type: T['type'],
  schema: z.ZodType<T>,
  openers: Openers,
): Promise<Result<T, SealableError>> {
  const bytes = await readSecretFile(path, openers)
  return bytes.ok ? parseKeyFile(path, decodeUtf8(bytes.value), type, schema) : bytes
}
