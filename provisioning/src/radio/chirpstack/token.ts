import { readFile, stat } from 'node:fs/promises'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'

export const TOKEN_VARIABLE = 'HANPYO_CHIRPSTACK_TOKEN'

export type TokenError =
  | 'chirpstack-token-missing'
  | 'chirpstack-token-readable'
  | 'chirpstack-token-malformed'
  | 'chirpstack-token-expired'

export interface Token {
  readonly text: string
  /** Keys may not ask for version and regions, users may. */
  readonly kind: 'key' | 'user'
}

/**
 * The token from a file (mode 0600) or from the environment, never from the command line, where everybody on the machine could
 * read it. Its claims are read, not verified: only the server can.
 */
export async function readToken(options: {
  readonly file: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly nowMs: number
}): Promise<Result<Token, TokenError>> {
  const { file, env, nowMs } = options
  const found = file === undefined ? ok(env[TOKEN_VARIABLE] ?? '') : await readTokenFile(file)
  if (!found.ok) return found
  const text = found.value.trim()
  if (text === '') return err('chirpstack-token-missing')
  const claims = readClaims(text)
  if (claims === undefined) return err('chirpstack-token-malformed')
  const { exp, typ } = claims
  if (typeof exp === 'number' && exp * 1000 < nowMs) {
    return err('chirpstack-token-expired', new Date(exp * 1000).toISOString().slice(0, 16).replace('T', ' '))
  }
  return ok({ text, kind: typ === 'user' ? 'user' : 'key' })
}

async function readTokenFile(file: string): Promise<Result<string, TokenError>> {
  try {
    const { mode } = await stat(file)
    if ((mode & 0o077) !== 0) return err('chirpstack-token-readable', file)
    return ok(await readFile(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return err('chirpstack-token-missing', file)
    throw error
  }
}

/** The middle part of a JWT; undefined when it is none. */
function readClaims(token: string): Record<string, unknown> | undefined {
  const parts = token.split('.')
  if (parts.length !== 3 || parts.some((part) => !/^[\w-]+$/.test(part))) return undefined
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1]!, 'base64url').toString())
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
