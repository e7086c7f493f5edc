import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'

export interface StaticFile {
  readonly type: string
  readonly bytes: Uint8Array
}

/** A file by its absolute URL path, `null` when there is none. */
export type StaticFiles = (pathname: string) => Promise<StaticFile | null>

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.wav': 'audio/wav',
}

/**
 * Serves the files under `folder` and nothing else: only plain names with a known ending, no dot files, no way up.
 * `/` is `index.html`.
 */
export function folderFiles(folder: string): StaticFiles {
  return async (pathname) => {
    const path = decode(pathname === '/' ? '/index.html' : pathname)
    if (path === null || !/^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/.test(path)) return null
    const type = TYPES[extname(path)]
    if (type === undefined || normalize(path) !== path) return null
    try {
      return { type, bytes: new Uint8Array(await readFile(join(folder, path))) }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return null
      throw error
    }
  }
}

function decode(pathname: string): string | null {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return null
  }
}
