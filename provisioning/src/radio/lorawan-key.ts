import { join } from 'node:path'
import { DurableWriteError } from '@hanpyo/platform/durable-file.ts'
import { type KeyFileError, readKeyFile } from '@hanpyo/platform/keyfile.ts'
import { concatBytes, tag, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import type { FilePort } from '../frame/ports.ts'

const TYPE = 'hanpyo-lorawan-key'

const eui = z.string().regex(/^[0-9a-f]{16}$/)
const schema = z.strictObject({
  type: z.literal(TYPE),
  name: z.string(),
  devEui: eui,
  joinEui: eui,
  appKey: z.string().regex(/^[0-9a-f]{32}$/),
})

/** The root key of a kiosk's modem and the EUIs it belongs to, all hex in lower case. Never shown, never on a label. */
export type LorawanKey = z.infer<typeof schema>

export type LorawanKeyError = KeyFileError | 'key-malformed'

/**
 * The current key and, while keys are being rotated, the next one: it is on disk before the server or the modem gets it, so that
 * no power cut leaves a key that nobody has.
 */
const FILES = { current: 'lorawan.json', next: 'lorawan.next.json' } as const

export function lorawanKeyPath(folder: string, which: keyof typeof FILES = 'current'): string {
  return join(folder, 'keys', FILES[which])
}

/** `null` when there is none yet. */
export async function readLorawanKey(
  folder: string,
  which: keyof typeof FILES = 'current',
): Promise<Result<LorawanKey | null, LorawanKeyError>> {
  const read = await readKeyFile(lorawanKeyPath(folder, which), TYPE, schema)
  if (read.ok) return read
  return read.error === 'key-file-missing' ? ok(null) : read
}

/** Writes the key with mode 0600; replaces one only when told to. */
export async function writeLorawanKey(
  files: FilePort,
  folder: string,
  key: Omit<LorawanKey, 'type'>,
  options: { readonly which?: keyof typeof FILES; readonly replace?: boolean } = {},
): Promise<Result<void, LorawanKeyError>> {
  await files.makeFolder(join(folder, 'keys'), 0o700)
  const { which = 'current', replace = false } = options
  const path = lorawanKeyPath(folder, which)
  try {
    const text = `${JSON.stringify({ type: TYPE, ...key }, null, 2)}\n`
    await files.write(path, text, { mode: 0o600, exclusive: !replace })
  } catch (error) {
    if (error instanceof DurableWriteError && error.code === 'file-exists')
      return err('key-file-exists', path)
    throw error
  }
  return ok(undefined)
}

/** Tells two keys apart without saying anything about either: the first 4 bytes of a tagged SHA-256, hex. */
export function keyCheck(appKey: string): string {
  return toHex(sha256(concatBytes(tag('hanpyo/lorawan-key-check/v1'), utf8(appKey)))).slice(0, 8)
}

export function makeAppKey(random: RandomBytes): string {
  return toHex(random(16))
}

/** 32 hex digits, colons and spaces between them allowed; sixteen equal bytes are an example, not a key. */
export function parseAppKey(text: string): Result<string, 'key-malformed'> {
  const hex = text.trim().replace(/[: ]/g, '').toLowerCase()
  return /^[0-9a-f]{32}$/.test(hex) && !/^(..)\1{15}$/.test(hex) ? ok(hex) : err('key-malformed')
}
