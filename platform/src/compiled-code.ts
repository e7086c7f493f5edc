import { lstatSync, mkdirSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { isAbsolute, join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Keeps the compiled form of the modules loaded from now on, so that the next start of a program has its code ready.
 * The folder is `hanpyo/compiled` under the user's cache folder, for this user only (mode 0700).
 *
 * @param env `CACHE_DIRECTORY` (systemd), `XDG_CACHE_HOME` or `HOME`; Node's own `NODE_COMPILE_CACHE` goes before them, and
 * `NODE_DISABLE_COMPILE_CACHE=1` switches it off
 * @returns the folder in use, or `null` where no folder is private: then every start compiles anew and nothing else differs
 */
export function keepCompiledCode(env: Environment): string | null {
  const folder = cacheFolder(env)
  if (folder === null || !isPrivate(folder)) return null
  return enableCompileCache(folder).directory ?? null
}

/** Writes what was compiled since the start; a program that is cut off from power never reaches its end. */
export function flushCompiledCode(): void {
  flushCompileCache()
}

/** Where compiled code would be kept; `null` when the user has no folder for such things. */
export function cacheFolder(env: Environment): string | null {
  const home = env.HOME === undefined ? undefined : join(env.HOME, '.cache')
  const bases = [env.CACHE_DIRECTORY?.split(':')[0], env.XDG_CACHE_HOME, home]
  const base = bases.find((path) => path !== undefined && isAbsolute(path))
  return base === undefined ? null : join(base, 'hanpyo', 'compiled')
}

/** Makes the folder if need be. Code from a folder that others can write would run as this user. */
function isPrivate(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const found = lstatSync(folder)
    return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}
