import { readFile, stat } from 'node:fs/promises'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { z } from 'zod'
import { writeDurable } from './durable-file.ts'

export type KeyFileError =
  | 'key-file-missing'
  | 'key-file-readable-by-others'
  | 'key-file-malformed'
  | 'key-file-type'
  | 'key-file-exists'

/** A secret on disk: JSON with what it is (`type`), whose it is (`name`) and fields of the type. */
export interface KeyFile {
  readonly type: string
  readonly name: string
}

/**
 * Writes a key file durably with mode 0600. An existing file is never replaced unless asked to, because the
 * old key would be gone for good.
 */
export async function writeKeyFile<T extends KeyFile>(
  path: string,
  content: T,
  options: { readonly replace?: boolean } = {},
): Promise<Result<void, 'key-file-exists'>> {
  const text = `${JSON.stringify(content, null, 2)}\n`
  try {
    await writeDurable(path, text, { mode: 0o600, exclusive: options.replace !== true })
  } catch (error) {
    if ((error as { code?: string }).code === 'file-exists') return err('key-file-exists', path)
    throw error
  }
  return ok(undefined)
}

/**
 * Reads a key file and checks it against `schema`. Refuses files that group or others may read: a copied key
 * is found out at start and not after the election.
 */
export async function readKeyFile<T extends KeyFile>(
  path: string,
  type: T['type'],
  schema: z.ZodType<T>,
): Promise<Result<T, Exclude<KeyFileError, 'key-file-exists'>>> {
  let text: string
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0) return err('key-file-readable-by-others', `${path}: run chmod 600 on it`)
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return err('key-file-missing', path)
    throw error
  }
  return parseKeyFile(path, text, type, schema)
}

/** The text of a key file, checked; `path` is for the messages. */
export function parseKeyFile<T extends KeyFile>(
  path: string,
  text: string,
  type: T['type'],
  schema: z.ZodType<T>,
): Result<T, 'key-file-malformed' | 'key-file-type'> {
  const content = parseJson(text)
  if (typeof content !== 'object' || content === null) return err('key-file-malformed', `${path}: not JSON`)
  const found = (content as { type?: unknown }).type
  if (found !== type) return err('key-file-type', `${path}: expected ${type}, found ${String(found)}`)
  const checked = schema.safeParse(content)
  if (checked.success) return ok(checked.data)
  // Field names only: zod's messages may quote the value.
  const fields = checked.error.issues.map((issue) => issue.path.join('.') || '(file)')
  return err('key-file-malformed', `${path}: ${[...new Set(fields)].join(', ')}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
