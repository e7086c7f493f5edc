import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readAtMost } from '@hanpyo/platform/read-at-most.ts'

/** Reads a file of a copy of the ledger by its path there; `null` when there is none. Nothing in it is trusted. */
export type ReadCopy = (path: string, maxBytes: number) => Promise<Uint8Array | null>

/** What keeps a copy from being read; `path` says where. */
export class CopyError extends Error {
  override readonly name = 'CopyError'
}

const TIMEOUT_MS = 60_000

/** A mirror's address (`https://…`), or the folder of a copy. */
export function openCopy(from: string, cwd: string, ask: typeof fetch): ReadCopy {
  return /^https?:\/\//.test(from) ? overHttp(from.replace(/\/+$/, ''), ask) : inFolder(resolve(cwd, from))
}

function overHttp(base: string, ask: typeof fetch): ReadCopy {
  return async (path, maxBytes) => {
    const response = await ask(`${base}/${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
      (error: unknown) => {
        throw new CopyError(`${base}/${path} cannot be reached`, { cause: error })
      },
    )
    if (response.status === 404 || response.status === 410) {
      await response.body?.cancel()
      return null
    }
    if (response.status !== 200) throw new CopyError(`${base}/${path} answered ${response.status}`)
    const bytes = await readAtMost(response, maxBytes)
    if (bytes === undefined) throw new CopyError(`${base}/${path} is longer than ${maxBytes} bytes`)
    return bytes
  }
}

function inFolder(folder: string): ReadCopy {
  return async (path, maxBytes) => {
    try {
      const bytes = await readFile(join(folder, path))
      if (bytes.length > maxBytes) throw new CopyError(`${path} is longer than ${maxBytes} bytes`)
      return new Uint8Array(bytes)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
  }
}
