import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { CoreAccess } from './core-proxy.ts'

export interface ShellConfig {
  readonly core: CoreAccess
  readonly windowed: boolean
  /** The staff page instead of the voters' page. */
  readonly isStaff: boolean
}

export type ShellConfigError = 'core-url-missing' | 'core-url-not-loopback' | 'token-file-unreadable'

/**
 * Reads where the core is from the environment: `HANPYO_CORE_URL` (loopback only, so that a wrong setting can never
 * show a page from somewhere else), `HANPYO_SHELL_TOKEN_FILE`, `HANPYO_STAFF=1` for the staff page,
 * and `HANPYO_WINDOWED=1` for a desk.
 */
export function shellConfig(
  env: Readonly<Record<string, string | undefined>>,
  readText: (path: string) => string,
): Result<ShellConfig, ShellConfigError> {
  const url = env.HANPYO_CORE_URL
  if (url === undefined || !URL.canParse(url)) {
    return err('core-url-missing', 'set HANPYO_CORE_URL to the address the core prints')
  }
  if (!isLoopback(url)) return err('core-url-not-loopback', 'the core must be on 127.0.0.1')
  const tokenFile = env.HANPYO_SHELL_TOKEN_FILE
  if (tokenFile === undefined) return err('token-file-unreadable', 'set HANPYO_SHELL_TOKEN_FILE')
  const token = (): string => readText(tokenFile).trim()
  try {
    token()
  } catch (error) {
    return err('token-file-unreadable', error instanceof Error ? error.message : String(error))
  }
  return ok({
    core: { url, token },
    windowed: env.HANPYO_WINDOWED === '1',
    isStaff: env.HANPYO_STAFF === '1',
  })
}

function isLoopback(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && (hostname === '127.0.0.1' || hostname === '[::1]')
}
